"""How far ranges scatter in a frame, measured in the frame: what depth really is worth here.

A statement in the settings holds for the worst of sources. Errors of stereo differ from pixel to
pixel, and ground does so little that what bends over a few pixels of a row is nearly all error.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception import rock_kernels

ROWS = 64
"""Rows of a frame that are looked at."""
ENOUGH = 500
"""Bends without which nothing is said."""
BEST, WORST = 0.1, 4.0
"""Times the error as stated between which a measured one is believed."""
_HALF_OF_NORMAL = 0.6745
"""Sigmas that half of normal errors exceed."""


class Scatter:
    """Measures the range error of frames; `stated` is what it is said to be, over squared range
    [1/m]."""

    def __init__(self, stated: float, shape: tuple[int, int]) -> None:
        self._stated = stated
        self._step = max(1, shape[0] // ROWS)
        self._bends = np.empty((shape[0] // self._step + 1) * shape[1], np.float32)

    def measure(self, points: NDArray[np.float32], reach: float) -> float:
        """Range error over squared range [1/m], one sigma, of points (h, w, 3) within `reach`."""
        count = rock_kernels.range_bends(points, reach, self._step, self._bends)
        if count < ENOUGH:
            return self._stated
        # a bend is a - 2 b + c of three errors
        measured = float(np.median(self._bends[:count])) / (_HALF_OF_NORMAL * math.sqrt(6.0))
        return float(min(max(measured, BEST * self._stated), WORST * self._stated))
