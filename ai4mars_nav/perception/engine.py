"""Engines: what runs a terrain network. One protocol, one back end a file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

AUTO, TENSORRT, CUDA, CPU, OPENVINO = "auto", "tensorrt", "onnx-cuda", "onnx", "openvino"
KINDS: tuple[str, ...] = (AUTO, TENSORRT, CUDA, CPU, OPENVINO)
"""What a user may ask for: `auto` is the best that runs here, `onnx` ONNX Runtime on the CPU,
`onnx-cuda` the same through CUDA."""


class Engine(Protocol):
    """A loaded network: float32 images (1, 1, H, W) in, float32 logits (1, 4, rows, cols) out."""

    @property
    def name(self) -> str:
        """What runs the network and how, for people and diagnostics."""

    @property
    def model(self) -> str:
        """The name in the sidecar of the model that is loaded."""

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(1, 1, height, width)."""

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(1, classes, rows, columns)."""

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of one batch, both of the shapes above."""

    def close(self) -> None:
        """Give the runtime's memory back; the engine cannot be used afterwards."""


def open_engine(kind: str, model: Path, threads: int) -> Engine:
    """Load a model as `engines.choose` does, with the user's cache, in silence."""
    from ai4mars_nav.perception.engines.choose import Wish, choose

    return choose(model, Wish(kind, threads), lambda _: None).engine
