"""Which runtimes there are, by the name that a user gives them; none is imported before its use.

A new one is a line here, and in `engine.KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable

from ai4mars_nav.perception.engine import CPU, CUDA, OPENVINO, TENSORRT, Engine
from ai4mars_nav.perception.engines.builder import Builder
from ai4mars_nav.perception.sidecar import Sidecar

Open = Callable[[Sidecar, bytes, int], Engine]
"""Opens a model (its sidecar, the bytes of its .onnx file) with so many threads."""

AUTO_ORDER: tuple[str, ...] = (TENSORRT, CUDA, CPU)
"""What `auto` tries, the fastest first; the last one runs everywhere. OpenVINO is about as fast."""
ACCELERATORS: tuple[str, ...] = (TENSORRT, CUDA)
"""These can be lost in flight."""


def tensorrt_builder() -> Builder:
    """TensorRT, on the first CUDA device."""
    from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder

    return TensorRtBuilder()


def open_onnx(sidecar: Sidecar, content: bytes, threads: int) -> Engine:
    """ONNX Runtime on the CPU: what all others are compared with."""
    from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine

    return OnnxEngine(sidecar, content, threads)


def open_onnx_cuda(sidecar: Sidecar, content: bytes, threads: int) -> Engine:
    """ONNX Runtime on the first CUDA device."""
    from ai4mars_nav.perception.engines.onnx_runtime import CUDA_PROVIDER, OnnxEngine

    return OnnxEngine(sidecar, content, threads, CUDA_PROVIDER)


def open_openvino(sidecar: Sidecar, content: bytes, threads: int) -> Engine:
    """OpenVINO on the CPU, where it is installed."""
    from ai4mars_nav.perception.engines.openvino import OpenVinoEngine

    return OpenVinoEngine(sidecar, content, threads)


OPENED: dict[str, Open] = {CUDA: open_onnx_cuda, CPU: open_onnx, OPENVINO: open_openvino}
"""Runtimes that take a network as it is."""
BUILT: dict[str, Callable[[], Builder]] = {TENSORRT: tensorrt_builder}
"""Runtimes that need a plan."""
