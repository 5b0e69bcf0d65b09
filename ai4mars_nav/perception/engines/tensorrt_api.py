"""What we use of TensorRT's objects, as types and nothing else; each is named as TensorRT names it.

TensorRT is never installed where this is developed: mypy holds our code to these names, and
`tools/tensorrt_contract.py` holds these names to the real bindings of each version. Those that
some version lacks stand in `tensorrt_versions.py`, which alone uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, SupportsInt

Severity = object
"""How grave a line of the log is: one of the members of ILogger."""


class ILogger(Protocol):
    """Hears what TensorRT says; ours derive from it."""

    INTERNAL_ERROR: Severity
    ERROR: Severity
    WARNING: Severity
    INFO: Severity

    def log(self, severity: Severity, msg: str, /) -> None: ...


class IProgressMonitor(Protocol):
    """Hears how far a build is; ours derive from it. Called from threads of TensorRT."""

    def phase_start(self, phase: str, parent: str | None, steps: int, /) -> None: ...
    def step_complete(self, phase: str, step: int, /) -> bool: ...
    def phase_finish(self, phase: str, /) -> None: ...


class NetworkDefinitionCreationFlag(Protocol):
    """Numbers of bits, not the bits themselves."""

    EXPLICIT_BATCH: SupportsInt
    STRONGLY_TYPED: SupportsInt


class BuilderFlag(Protocol):
    """What a weakly typed network may be computed in."""

    FP16: BuilderFlag
    INT8: BuilderFlag


class MemoryPoolType(Protocol):
    """Whose memory a limit holds for."""

    WORKSPACE: MemoryPoolType


class TensorIOMode(Protocol):
    """Which way a tensor goes."""

    INPUT: TensorIOMode
    OUTPUT: TensorIOMode


class DataType(Protocol):
    """What a tensor's numbers are."""

    FLOAT: DataType


class IHostMemory(Protocol):
    """Bytes that TensorRT owns; `bytes(memory)` is a copy of them."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class ITimingCache(Protocol):
    """How fast each kernel was on this device."""

    def serialize(self) -> IHostMemory: ...


class INetworkDefinition(Protocol):
    """A network while it is built."""


class IBuilderConfig(Protocol):
    """How a network is built."""

    progress_monitor: IProgressMonitor

    def set_flag(self, flag: BuilderFlag, /) -> None: ...
    def set_memory_pool_limit(self, pool: MemoryPoolType, pool_size: int, /) -> None: ...
    def create_timing_cache(self, serialized: bytes, /) -> ITimingCache | None: ...
    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool, /) -> bool: ...


class Builder(Protocol):
    """Makes plans."""

    def create_network(self, flags: int, /) -> INetworkDefinition: ...
    def create_builder_config(self) -> IBuilderConfig: ...
    def build_serialized_network(
        self, network: INetworkDefinition, config: IBuilderConfig, /
    ) -> IHostMemory | None: ...


class ParserError(Protocol):
    """What is wrong with an ONNX file, and at which node."""

    def desc(self) -> str: ...
    def node(self) -> int: ...


class OnnxParser(Protocol):
    """Reads an ONNX file's bytes into a network."""

    num_errors: int

    def parse(self, model: bytes, /) -> bool: ...
    def get_error(self, index: int, /) -> ParserError: ...


class IExecutionContext(Protocol):
    """An engine's activations, and the running of it."""

    def set_input_shape(self, name: str, shape: tuple[int, ...], /) -> bool: ...
    def set_tensor_address(self, name: str, memory: int, /) -> bool: ...
    def execute_async_v3(self, stream_handle: int, /) -> bool: ...


class ICudaEngine(Protocol):
    """A plan that is loaded."""

    num_io_tensors: int
    device_memory_size: int
    device_memory_size_v2: int

    def get_tensor_name(self, index: int, /) -> str: ...
    def get_tensor_mode(self, name: str, /) -> TensorIOMode: ...
    def get_tensor_shape(self, name: str, /) -> Sequence[int]: ...
    def get_tensor_dtype(self, name: str, /) -> DataType: ...
    def create_execution_context(self) -> IExecutionContext | None: ...


class Runtime(Protocol):
    """Loads plans."""

    def deserialize_cuda_engine(self, serialized_engine: bytes, /) -> ICudaEngine | None: ...
