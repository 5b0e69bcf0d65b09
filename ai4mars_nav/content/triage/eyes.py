"""The shipped classifiers as the eyes of triage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.classifier import calibrated, open_classifier
from ai4mars_nav.content.errors import ContentError

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


class ClassifierEyes:
    """A classifier of whole images that tells what it saw, too."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        self._classifier = open_classifier(model, threads)
        self._sidecar = self._classifier.sidecar
        if self._sidecar.output.seen is None:
            raise ContentError(
                f"{model}: this network tells its answer, not what it saw; triage needs one that "
                "was exported with its `seen` output"
            )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._sidecar.classes

    def look(self, picture: U8) -> tuple[F64, F32]:
        """Calibrated probabilities (classes,), and what was seen where, of (h, w, 3) RGB."""
        look = self._classifier.look(picture)
        return calibrated(look.logits, self._sidecar.calibration), look.seen
