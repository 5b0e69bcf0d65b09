"""TensorRT as a module: its types, and how it is loaded or found missing."""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines.builder import Unavailable

OLDEST = (8, 6)


class TensorRt(Protocol):
    """What we use of the module `tensorrt`."""

    __version__: str
    ILogger: type[api.ILogger]
    IProgressMonitor: type[api.IProgressMonitor]
    NetworkDefinitionCreationFlag: api.NetworkDefinitionCreationFlag
    BuilderFlag: api.BuilderFlag
    MemoryPoolType: api.MemoryPoolType
    TensorIOMode: api.TensorIOMode
    DataType: api.DataType

    def Builder(self, logger: api.ILogger, /) -> api.Builder: ...
    def OnnxParser(
        self, network: api.INetworkDefinition, logger: api.ILogger, /
    ) -> api.OnnxParser: ...
    def Runtime(self, logger: api.ILogger, /) -> api.Runtime: ...


def load_tensorrt() -> TensorRt:
    """The module; Unavailable where it is missing, cannot be loaded or is too old."""
    try:
        module = cast(TensorRt, importlib.import_module("tensorrt"))
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"TensorRT is not installed: Python has no module {error.name}; on a Jetson it comes "
            "with JetPack (python3-libnvinfer), elsewhere with NVIDIA's wheels"
        ) from error
    except ImportError as error:
        raise Unavailable(f"TensorRT is installed but cannot be loaded: {error}") from error
    found = tuple(int(part) for part in module.__version__.split(".")[:2])
    if found < OLDEST:
        raise Unavailable(
            f"TensorRT {module.__version__} is too old, must be at least "
            f"{'.'.join(map(str, OLDEST))}"
        )
    return module
