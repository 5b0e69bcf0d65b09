"""TensorRT without a GPU: the names and rules of one version, executed by ONNX Runtime.

It refuses what the real one refuses: flags of another way of typing, plans of another version or
device, addresses that are no device memory. What it answers is ONNX Runtime's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from . import FACTS, Played, enum
from .cuda import PlayedCuda
from .tensorrt_build import HEAD, Builder, Object, OnnxParser, head

ACTIVATIONS = 4096


class PlayedTensorRt(Played):
    """The module `tensorrt` of one version, on a played device."""

    def __init__(self, version: str, cuda: PlayedCuda) -> None:
        names = FACTS["tensorrt"][version]["names"]
        self._names, self._cuda = names, cuda
        self._fails: dict[str, str] = {}
        """What is logged as an error by the name of a call that fails."""
        self._built: list[dict[str, Any]] = []
        """How each plan was built: flags, limits, kernels that were timed."""
        self.__version__ = version
        for kind in ("NetworkDefinitionCreationFlag", "BuilderFlag", "MemoryPoolType"):
            setattr(self, kind, enum(names, kind))
        self.TensorIOMode, self.DataType = enum(names, "TensorIOMode"), enum(names, "DataType")
        self.ILogger = type("ILogger", (), {"log": lambda *_: None})
        for level in ("INTERNAL_ERROR", "ERROR", "WARNING", "INFO"):
            setattr(self.ILogger, level, getattr(enum(names, "ILogger"), level))
        if names["IProgressMonitor"]:
            self.IProgressMonitor = type("IProgressMonitor", (), {})
        for kind in ("Builder", "OnnxParser", "Runtime"):
            setattr(self, kind, lambda *given, _kind=kind: self._made(_kind, *given))

    def _made(self, kind: str, *given: Any) -> Any:
        made = {"Builder": Builder, "OnnxParser": OnnxParser, "Runtime": _Runtime}[kind]
        if self._failed(kind, given[-1]):
            raise TypeError("pybind11::init(): factory function returned nullptr")
        return made(self, *given)

    def _failed(self, call: str, logger: Any) -> bool:
        """Whether this call is to fail; it then says why."""
        if call in self._fails:
            logger.log(self.ILogger.ERROR, self._fails[call])
        return call in self._fails

    def _bit(self, flag: str) -> int:
        fact = self._names[f"NetworkDefinitionCreationFlag.{flag}"]
        return 1 << fact["value"] if fact else 0


class _Runtime(Object):
    _kind = "Runtime"

    def __init__(self, trt: PlayedTensorRt, logger: Any) -> None:
        super().__init__(trt)
        self._logger = logger

    def deserialize_cuda_engine(self, plan: bytes) -> _Engine | None:
        if plan[:HEAD] != head(self._trt):
            self._logger.log(self._trt.ILogger.ERROR, "Version tag does not match")
            return None
        if self._trt._failed("deserialize_cuda_engine", self._logger):
            return None
        return _Engine(self._trt, plan[HEAD:], self._logger)


class _Engine(Object):
    _kind = "ICudaEngine"

    def __init__(self, trt: PlayedTensorRt, content: bytes, logger: Any) -> None:
        super().__init__(trt)
        self._session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        self._logger = logger
        mode = trt.TensorIOMode
        self._tensors = {
            **{each.name: (mode.INPUT, each) for each in self._session.get_inputs()},
            **{each.name: (mode.OUTPUT, each) for each in self._session.get_outputs()},
        }
        self.num_io_tensors = len(self._tensors)
        for name in ("device_memory_size", "device_memory_size_v2"):
            if trt._names[f"ICudaEngine.{name}"]:
                setattr(self, name, ACTIVATIONS)

    def get_tensor_name(self, index: int) -> str:
        return list(self._tensors)[index]

    def get_tensor_mode(self, name: str) -> Any:
        return self._tensors[name][0]

    def get_tensor_shape(self, name: str) -> list[int]:
        return list(self._tensors[name][1].shape)

    def get_tensor_dtype(self, name: str) -> Any:
        plain = self._tensors[name][1].type == "tensor(float)"
        return self._trt.DataType.FLOAT if plain else "DataType.HALF"

    def create_execution_context(self) -> _Context | None:
        if self._trt._cuda._free < ACTIVATIONS:
            self._logger.log(self._trt.ILogger.ERROR, "Error Code 2: OutOfMemory (Requested size)")
            return None
        return _Context(self)


class _Context(Object):
    _kind = "IExecutionContext"

    def __init__(self, engine: _Engine) -> None:
        super().__init__(engine._trt)
        self._engine, self._cuda = engine, engine._trt._cuda
        self._activations = self._cuda._take(ACTIVATIONS)
        self._addresses: dict[str, int] = {}
        self._shaped: set[str] = set()

    def __del__(self) -> None:
        self._cuda._give_back(self._activations)

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self._shaped.add(name)
        return list(shape) == self._engine.get_tensor_shape(name)

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._addresses[name] = address
        return name in self._engine._tensors and address in self._cuda._memory

    def execute_async_v3(self, handle: int) -> bool:
        logger, tensors = self._engine._logger, self._engine._tensors
        if set(self._addresses) != set(tensors) or not self._shaped:
            logger.log(self._trt.ILogger.ERROR, "not all tensors have an address and a shape")
            return False
        if self._trt._failed("execute_async_v3", logger):
            return False
        self._cuda._streams[handle].begun.append(self._execute)
        return True

    def _execute(self) -> None:
        memory, mode = self._cuda._memory, self._trt.TensorIOMode
        given = {
            name: np.frombuffer(memory[self._addresses[name]], np.float32).reshape(tensor.shape)
            for name, (way, tensor) in self._engine._tensors.items()
            if way == mode.INPUT
        }
        outputs = [n for n, (way, _) in self._engine._tensors.items() if way == mode.OUTPUT]
        for name, value in zip(outputs, self._engine._session.run(outputs, given), strict=True):
            memory[self._addresses[name]][:] = value.tobytes()
