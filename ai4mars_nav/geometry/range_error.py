"""How wrong a stereo point is: along the ray, across it, and in height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError

Array = NDArray[np.floating]


@dataclass(frozen=True)
class RangeError:
    """Standard deviations in metres of points triangulated by a rectified pair.

    `focal_baseline` is fx * baseline in pixels * metres, `disparity_sigma` in the same pixels.
    A depth error moves a point along its ray, so a camera on a mast misplaces the ground far
    more than it misjudges heights.
    """

    focal_baseline: float
    disparity_sigma: float

    def __post_init__(self) -> None:
        for name in ("focal_baseline", "disparity_sigma"):
            value = getattr(self, name)
            if not np.isfinite(value) or value <= 0.0:
                raise GeometryError(f"range error: {name} is {value}, must be positive and finite")

    def range_sigma(self, depth: Array) -> Array:
        """Along the ray, for depths in metres, any shape: depth^2 / (f B) * sigma."""
        sigma: Array = np.square(depth) * (self.disparity_sigma / self.focal_baseline)
        return sigma

    def lateral_sigma(self, depth: Array, pixel_angle: float) -> Array:
        """Across the ray, for depths in metres and radians per pixel (1 / fx)."""
        sigma: Array = np.asarray(depth) * (self.disparity_sigma * pixel_angle)
        return sigma

    def height_sigma(self, depth: Array, height: Array, pixel_angle: float = 0.0) -> Array:
        """In height, for points `height` metres above (or below) the camera at `depth` metres.

        The range error times the slope of the ray, with the pointing error across it when
        `pixel_angle` (radians per pixel) is given.
        """
        along = self.range_sigma(depth) * np.abs(height) / depth
        sigma: Array = np.hypot(along, self.lateral_sigma(depth, pixel_angle))
        return sigma
