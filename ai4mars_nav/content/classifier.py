"""A content classifier: pictures in, calibrated probabilities of their classes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import scaled
from ai4mars_nav.content.picture_network import Look, PictureNetwork
from ai4mars_nav.content.sidecar import ContentSidecar, load_content_model

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


class Classifier:
    """A network and its calibration."""

    def __init__(self, sidecar: ContentSidecar, content: bytes, threads: int = 1) -> None:
        self.sidecar = sidecar
        self._network = PictureNetwork(sidecar, content, threads)

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, before calibration."""
        return self._network.logits(picture)

    def look(self, picture: U8) -> Look:
        """Logits and what was seen of a picture (h, w, 3) RGB, in one go."""
        return self._network.look(picture)

    def seen(self, picture: U8) -> F32:
        """(channels, rows, columns) of a picture (h, w, 3) RGB, for features alone."""
        return self._network.seen(picture)

    def probabilities(self, picture: U8, instrument: str) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, calibrated for the instrument that took it."""
        return scaled(self.logits(picture), self.sidecar.calibration.of(instrument))


def open_classifier(model: Path, threads: int = 1) -> Classifier:
    """The classifier of an .onnx file with its sidecar."""
    return Classifier(*load_content_model(model), threads)
