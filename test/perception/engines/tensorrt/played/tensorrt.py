"""TensorRT without a GPU: the names and rules of one version, executed by ONNX Runtime.

It refuses what the real one refuses: flags of another way of typing, plans of another version or
device, addresses that are no device memory. What it answers is ONNX Runtime's.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

from . import FACTS, Played, enum
from .cuda import CAPABILITY, NAME, PlayedCuda

PHASE, STEPS = "Building Engine", 20
WEAK = {TensorProto.FLOAT16: "FP16", TensorProto.INT8: "INT8"}
"""Flags without which a weakly typed network may not compute in a type of its file."""
ACTIVATIONS = 4096
_CUT = 64
"""Bytes before the network in a plan."""


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
        made = {"Builder": _Builder, "OnnxParser": _Parser, "Runtime": _Runtime}[kind]
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


class _Object(Played):
    """An object that belongs to a module; its class is named as its facts are."""

    def __init__(self, trt: PlayedTensorRt) -> None:
        self._names, self._trt = trt._names, trt


class _Network(_Object):
    _kind = "INetworkDefinition"

    def __init__(self, trt: PlayedTensorRt, flags: int) -> None:
        super().__init__(trt)
        explicit = trt._bit("EXPLICIT_BATCH")
        self._batch_is_dimension = not explicit or bool(flags & explicit)
        self._strong = bool(flags & trt._bit("STRONGLY_TYPED"))
        self._content = b""


class _Cache(_Object):
    _kind = "ITimingCache"

    def __init__(self, trt: PlayedTensorRt, kernels: list[str]) -> None:
        super().__init__(trt)
        self._kernels = kernels

    def serialize(self) -> bytes:
        return json.dumps([self._trt.__version__, self._kernels]).encode()


class _Config(_Object):
    _kind = "IBuilderConfig"

    def __init__(self, trt: PlayedTensorRt) -> None:
        super().__init__(trt)
        self._flags: set[str] = set()
        self._limits: dict[str, int] = {}
        self._cache: _Cache | None = None
        if trt._names["IBuilderConfig.progress_monitor"]:
            self.progress_monitor = None

    def set_flag(self, flag: Any) -> None:
        self._flags.add(flag.name.split(".")[1])

    def set_memory_pool_limit(self, pool: Any, size: int) -> None:
        self._limits[pool.name] = size

    def create_timing_cache(self, content: bytes) -> _Cache | None:
        if not content:
            return _Cache(self._trt, [])
        try:
            version, kernels = json.loads(content)
        except ValueError:
            return None
        cache = _Cache(self._trt, kernels)
        cache._version = version
        return cache

    def set_timing_cache(self, cache: _Cache, ignore_mismatch: bool) -> bool:
        fits = getattr(cache, "_version", self._trt.__version__) == self._trt.__version__
        if fits or ignore_mismatch:
            self._cache = cache
        return fits or ignore_mismatch


class _Builder(_Object):
    _kind = "Builder"

    def __init__(self, trt: PlayedTensorRt, logger: Any) -> None:
        super().__init__(trt)
        self._logger = logger

    def create_network(self, flags: int) -> _Network:
        return _Network(self._trt, flags)

    def create_builder_config(self) -> _Config:
        return _Config(self._trt)

    def build_serialized_network(self, network: _Network, config: _Config) -> bytes | None:
        trt = self._trt
        self._logger.log(trt.ILogger.INFO, "Local timing cache in use")
        self._logger.log(trt.ILogger.WARNING, "a tactic was skipped")
        if trt._failed("build_serialized_network", self._logger):
            return None
        if wrong := _mistyped(network, config):
            self._logger.log(trt.ILogger.ERROR, wrong)
            return None
        graph = onnx.load_from_string(network._content).graph
        kernels = {node.name or node.op_type for node in graph.node}
        timed = sorted(kernels - set(config._cache._kernels if config._cache else ()))
        if not self._step(config):
            return None
        if config._cache:
            config._cache._kernels += timed
        trt._built.append({"flags": config._flags, "limits": config._limits, "timed": timed})
        head = json.dumps([trt.__version__, NAME.decode(), CAPABILITY]).encode()
        return head.ljust(_CUT) + network._content

    def _step(self, config: _Config) -> bool:
        """Go through a build's steps; whether nobody stopped it."""
        if not self._trt._names["IBuilderConfig.progress_monitor"]:
            return True
        monitor = config.progress_monitor
        monitor.phase_start(PHASE, None, STEPS)
        monitor.phase_start("Timing", PHASE, 100)
        monitor.step_complete("Timing", 0)
        monitor.phase_finish("Timing")
        going = all(monitor.step_complete(PHASE, step) for step in range(STEPS))
        monitor.phase_finish(PHASE)
        return going


class _ParserError(_Object):
    _kind = "ParserError"

    def __init__(self, trt: PlayedTensorRt, words: str) -> None:
        super().__init__(trt)
        self._words = words

    def desc(self) -> str:
        return self._words

    def node(self) -> int:
        return 7


class _Parser(_Object):
    _kind = "OnnxParser"

    def __init__(self, trt: PlayedTensorRt, network: _Network, logger: Any) -> None:
        super().__init__(trt)
        self._network, self._logger, self._errors = network, logger, list[str]()
        self.num_errors = 0

    def parse(self, content: bytes) -> bool:
        if not self._network._batch_is_dimension:
            self._errors.append("the parser only supports an explicit batch dimension")
        try:
            model = onnx.load_from_string(content)
            onnx.checker.check_model(model)
            self._errors += _ill_quantised(model.graph, self._trt.__version__)
        except Exception as error:  # whatever onnx finds, the real parser refuses it as well
            self._errors.append(f"ModelImporter: {error}")
        self.num_errors = len(self._errors)
        self._network._content = content
        return not self._errors

    def get_error(self, index: int) -> _ParserError:
        return _ParserError(self._trt, self._errors[index])


class _Runtime(_Object):
    _kind = "Runtime"

    def __init__(self, trt: PlayedTensorRt, logger: Any) -> None:
        super().__init__(trt)
        self._logger = logger

    def deserialize_cuda_engine(self, plan: bytes) -> _Engine | None:
        head = json.dumps([self._trt.__version__, NAME.decode(), CAPABILITY]).encode()
        if plan[:_CUT] != head.ljust(_CUT):
            self._logger.log(self._trt.ILogger.ERROR, "Version tag does not match")
            return None
        if self._trt._failed("deserialize_cuda_engine", self._logger):
            return None
        return _Engine(self._trt, plan[_CUT:], self._logger)


class _Engine(_Object):
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


class _Context(_Object):
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


def _ill_quantised(graph: onnx.GraphProto, version: str) -> list[str]:
    """What the parser says of QDQ nodes that TensorRT has no layers for."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    wrong = []
    for node in graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        if numpy_helper.to_array(constants[node.input[2]]).any():
            wrong.append(f"{node.name}: Non-zero zero point is not supported")
        held = constants.get(node.input[0])
        kind = held.data_type if held is not None and node.op_type[0] == "D" else None
        if kind == TensorProto.INT32:
            wrong.append(f"{node.name}: input has type Int32 but must have type FP8 or Int8")
        if kind == TensorProto.INT8 and version.startswith("8"):
            wrong.append(f"{held.name}: invalid weights type of Int8")
    return wrong


def _mistyped(network: _Network, config: _Config) -> str:
    """Why the types of a network and the flags of its build do not go together; or nothing."""
    if network._strong:
        return "a strongly typed network takes no precision flags" if config._flags else ""
    graph = onnx.load_from_string(network._content).graph
    wanted = {WEAK[t.data_type] for t in graph.initializer if t.data_type in WEAK}
    missing = wanted - config._flags
    return f"the network has types of {sorted(missing)}, not configured" if missing else ""
