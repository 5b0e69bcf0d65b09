"""The local ground under organised points: quadratic patches that rocks cannot lift.

Patches, not one plane: a rock on a dune's ridge stands on the ridge, not on the mean of its
two sides. Patches a few metres wide, not a lowest point: a slope has no lowest point nearby.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception import ground_kernels, rock_kernels
from ai4mars_nav.perception.ground_settings import GroundSettings

STANDING = (math.inf, 0.05, 0.03)
"""Metres above the ground as fitted before, from which on a point is no ground, fit by fit.

Rocks that lie close together hold half the cells around them: weights alone let them lift the
ground by 8 to 19 cm."""


class Ground:
    """The fitted ground of one frame, in arrays made once."""

    def __init__(self, settings: GroundSettings, range_gain: float) -> None:
        """`range_gain` is the range error of a point over its squared range, 1/m."""
        self.settings = settings
        self.range_gain = range_gain
        cells = 2 * int(np.ceil(settings.max_range / settings.cell)) + 2
        nodes = 2 * int(np.ceil(settings.max_range / settings.spacing)) + 3
        self.means = np.empty((cells, cells, 4))
        self._levels = np.empty((cells, cells, 2))
        bend, slope = settings.bend_prior, settings.slope_prior
        self.priors = np.array([100.0, slope, slope, bend, bend, bend])
        self.surfaces = np.zeros((nodes, nodes, ground_kernels.TERMS))
        """Coefficients of each patch about its node, see ground_kernels.TERMS."""
        self.sigmas = np.full((nodes, nodes), np.inf)
        """One sigma of each patch's height at its node, metres; inf where there is no ground."""

    def fit(self, points: NDArray[np.float32], heights: NDArray[np.float32]) -> None:
        """Fit the patches to points (h, w, 3), z up, origin at the camera, nan where none; fill
        heights (h, w) with metres above them, nan where that is not known."""
        own = self.settings
        heights.fill(np.nan)
        for over in STANDING:
            ground_kernels.ground_means(
                points,
                heights,
                over,
                own.max_range,
                own.cell,
                self.range_gain,
                self._levels,
                self.means,
            )
            ground_kernels.fit_ground(
                self.means,
                own.cell,
                own.spacing,
                own.radius,
                own.scatter,
                self.range_gain,
                self.priors,
                self.surfaces,
                self.sigmas,
            )
            rock_kernels.heights_above(
                points, own.max_range, own.spacing, self.surfaces, self.sigmas, heights
            )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Height of the ground at one place and its sigma, metres; nan, inf where not known."""
        height, sigma = ground_kernels.ground_at(
            x, y, self.settings.spacing, self.surfaces, self.sigmas
        )
        return float(height), float(sigma)
