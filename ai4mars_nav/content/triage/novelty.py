"""How new each image is beside those before it, as a share that does not depend on the network."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.demud import Demud

F64 = NDArray[np.float64]

FIRST = 5
"""Images before anything can be called usual: none of them is called new."""
USUAL_OVER = 200
"""Newest images that tell what is usual."""


@dataclass(frozen=True)
class New:
    """What is new in an image."""

    share: float
    """0 for what is rebuilt as well as images usually are, 1 if twice as badly or worse."""
    residual: F64
    """(d,) of the feature that was not expected."""


class Novelty:
    """Looks at features in turn; each is known from then on."""

    def __init__(self, model: Demud) -> None:
        self._model = model
        self._lengths: deque[float] = deque(maxlen=USUAL_OVER)

    def take(self, feature: F64) -> New:
        """What is new in (d,)."""
        residual = self._model.residual(feature)
        length = float(np.linalg.norm(residual))
        usual = float(np.median(self._lengths)) if len(self._lengths) >= FIRST else 0.0
        if self._model.count:
            # beside nothing at all, anything is strange
            self._lengths.append(length)
        self._model.learn(feature)
        share = float(np.clip(length / usual - 1.0, 0.0, 1.0)) if usual > 0.0 else 0.0
        return New(share, residual)
