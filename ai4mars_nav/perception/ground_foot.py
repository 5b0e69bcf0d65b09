"""The ground under a thing, closer than the smooth patches tell: by what is seen around its foot.

Patches metres wide leave some 2 cm of ripples and hollows, and that is what heights of rocks err
by; a rock hides its own ground, but what lies beside it is much the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception import ground_foot_kernels, ground_kernels
from ai4mars_nav.perception.ground import Ground

CELL = 0.15
"""Metres: small cells, so that few hold a stone and ground at once."""
OVER = 0.04
"""Metres above the patches from which on a point is no ground beside a foot."""


class FootGround:
    """What is seen of the ground of one frame in small cells, in arrays made once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        cells = 2 * int(np.ceil(ground.settings.max_range / CELL)) + 2
        self._means = np.empty((cells, cells, 4))
        self._levels = np.empty((cells, cells, 2))

    def see(
        self, points: NDArray[np.float32], heights: NDArray[np.float32], range_gain: float
    ) -> None:
        """Take the points (h, w, 3), z up, origin at the camera, with their heights (h, w) above
        the patches as fitted to the same frame."""
        ground_kernels.ground_means(
            points,
            heights,
            OVER,
            self._ground.settings.max_range,
            CELL,
            range_gain,
            self._levels,
            self._means,
        )
        self._range_gain = range_gain

    def off(self, x: float, y: float) -> tuple[float, float]:
        """Metres by which the ground at a place lies above the patches, and its sigma."""
        own, ground = self._ground.settings, self._ground
        off, sigma = ground_foot_kernels.ground_off(
            x,
            y,
            self._means,
            CELL,
            own.spacing,
            ground.surfaces,
            ground.sigmas,
            own.scatter,
            self._range_gain,
        )
        return float(off), float(sigma)
