"""A content classifier: pictures in, calibrated probabilities of their classes out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.network_input import network_input, squeezed
from ai4mars_nav.content.sidecar import Calibration, ContentSidecar, load_content_model
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]


class Classifier:
    """A model in ONNX Runtime; one picture at a time, as a CPU likes it best."""

    def __init__(self, sidecar: ContentSidecar, content: bytes, threads: int = 1) -> None:
        self.sidecar = sidecar
        self._engine = OnnxEngine(sidecar, content, threads)

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, before calibration."""
        side = self.sidecar.input.height
        small = squeezed(picture, side)
        views = [small]
        if self.sidecar.mirrored:
            views.append(np.asarray(cv2.flip(small, 1), np.uint8))
        answers = [self._engine.infer(network_input(view, side)).ravel() for view in views]
        return np.asarray(np.mean(answers, axis=0, dtype=np.float64))

    def probabilities(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, calibrated."""
        return calibrated(self.logits(picture), self.sidecar.calibration)


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
