"""The OpenVINO back end: an optional second runtime for Intel's and other x86 CPUs.

    pip install openvino==2026.4.1        (the extra `openvino` of setup.py)

On the CPU it was measured on it is about as fast as ONNX Runtime (docs/engines.md).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.promise import (
    Tensor,
    check_batch,
    check_network,
    check_threads,
    threads_in_words,
)
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import METADATA_KEY, Sidecar

_METADATA = ["framework", METADATA_KEY]
"""Where OpenVINO keeps the metadata of an ONNX file."""
_OPTIONS: Mapping[str, object] = {
    "PERFORMANCE_HINT": "LATENCY",
    "NUM_STREAMS": 1,
    # the precision is that of the file: left alone, OpenVINO takes bfloat16 where the CPU has it,
    # and one cell in a hundred becomes another class
    "INFERENCE_PRECISION_HINT": "f32",
    # pinned threads of two nodes would share one core while another is idle
    "ENABLE_CPU_PINNING": False,
}


class OpenVinoEngine:
    """A network in OpenVINO on the CPU with a stated number of threads."""

    def __init__(self, sidecar: Sidecar, content: bytes, threads: int) -> None:
        """Load a model's bytes; its names and shapes must be the sidecar's.

        Unavailable where OpenVINO is not installed.
        """
        check_threads(sidecar, threads)
        openvino = load_openvino()
        version = str(openvino.__version__).split("-")[0]
        try:
            core = openvino.Core()
            network = core.read_model(content)
            options = {**_OPTIONS, "INFERENCE_NUM_THREADS": threads}
            compiled = core.compile_model(network, "CPU", options)
        except RuntimeError as error:
            raise ModelError(
                f"{sidecar.model.file}: OpenVINO {version} cannot load it: {error}"
            ) from error
        has = network.has_rt_info(_METADATA)
        belongs_to = str(network.get_rt_info(_METADATA).astype(str)) if has else None
        check_network(sidecar, belongs_to, _tensors(network.inputs), _tensors(network.outputs))
        self.model = sidecar.name
        self.input_shape = sidecar.input_shape
        self.output_shape = sidecar.output_shape
        self.name = f"OpenVINO {version}, CPU, {threads_in_words(threads)}"
        self._image = np.empty(self.input_shape, np.float32)
        self._logits = np.empty(self.output_shape, np.float32)
        self._request: Any = compiled.create_infer_request()
        self._request.set_input_tensor(openvino.Tensor(self._image, shared_memory=True))
        self._request.set_output_tensor(openvino.Tensor(self._logits, shared_memory=True))

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 images (1, 1, H, W) to float32 logits (1, 4, rows, cols), a new array."""
        if self._request is None:
            raise ModelError(f"{self.model}: the engine was closed")
        check_batch(self.model, batch, self.input_shape)
        np.copyto(self._image, batch)
        try:
            self._request.infer()
        except RuntimeError as error:
            raise ModelError(f"{self.model}: {self.name} failed on a frame: {error}") from error
        # the next frame is written over it
        return self._logits.copy()

    def close(self) -> None:
        """Free the compiled network."""
        self._request = None


def load_openvino() -> ModuleType:
    """The module; Unavailable where it is missing or cannot be loaded."""
    try:
        return importlib.import_module("openvino")
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"OpenVINO is not installed: Python has no module {error.name}; it is an extra of "
            "this package (docs/engines.md)"
        ) from error
    except ImportError as error:
        raise Unavailable(f"OpenVINO is installed but cannot be loaded: {error}") from error


def _tensors(ports: Any) -> list[Tensor]:
    """The inputs or outputs of a network."""
    return [
        Tensor(
            port.get_any_name(),
            str(np.dtype(port.get_element_type().to_dtype())),
            tuple(
                each.get_length() if each.is_static else str(each)
                for each in port.get_partial_shape()
            ),
        )
        for port in ports
    ]
