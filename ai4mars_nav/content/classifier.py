"""A content classifier: pictures in, calibrated probabilities of their classes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.network_input import network_input, squeezed
from ai4mars_nav.content.sidecar import Calibration, ContentSidecar, load_content_model
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.engines.promise import Tensor

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """Of one picture: logits (classes,) before calibration, and what the last layer saw of it."""

    logits: F64
    seen: F32
    """(channels, rows, columns) of the picture as it stands, not of its mirror image."""


class Classifier:
    """A model in ONNX Runtime; one picture at a time, as a CPU likes it best."""

    def __init__(self, sidecar: ContentSidecar, content: bytes, threads: int = 1) -> None:
        self.sidecar = sidecar
        seen = sidecar.output.seen
        besides = [] if seen is None else [Tensor(seen.name, "float32", seen.shape)]
        self._engine = OnnxEngine(sidecar, content, threads, besides=besides)

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, before calibration."""
        answers = [self._engine.infer(view).ravel() for view in self._views(picture)]
        return np.asarray(np.mean(answers, axis=0, dtype=np.float64))

    def look(self, picture: U8) -> Look:
        """Logits and what was seen of a picture (h, w, 3) RGB, in one go."""
        if self.sidecar.output.seen is None:
            raise ContentError(
                f"{self.sidecar.model.file}: this network tells its answer, not what it saw; "
                "novelty needs one that was exported with its `seen` output"
            )
        first, *others = self._views(picture)
        logits, seen = self._engine.infer_all(first)
        answers = [logits.ravel(), *(self._engine.infer(view).ravel() for view in others)]
        return Look(np.asarray(np.mean(answers, axis=0, dtype=np.float64)), seen[0])

    def probabilities(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, calibrated."""
        return calibrated(self.logits(picture), self.sidecar.calibration)

    def _views(self, picture: U8) -> list[F32]:
        """The network's inputs of a picture: itself, and its mirror image where that is asked."""
        side = self.sidecar.input.height
        small = squeezed(picture, side)
        views = [small]
        if self.sidecar.mirrored:
            views.append(np.asarray(cv2.flip(small, 1), np.uint8))
        return [network_input(view, side) for view in views]


def open_classifier(model: Path, threads: int = 1) -> Classifier:
    """The classifier of an .onnx file with its sidecar."""
    return Classifier(*load_content_model(model), threads)


def calibrated(logits: F64, calibration: Calibration) -> F64:
    """Probabilities (..., classes) of logits (..., classes)."""
    return softmax(logits / calibration.temperature + np.asarray(calibration.bias))


def softmax(logits: F64) -> F64:
    """Probabilities of logits (..., classes)."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float64)
