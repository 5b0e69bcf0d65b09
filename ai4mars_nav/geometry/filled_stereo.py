"""Stereo whose holes are filled by a match of half the size: what sand without texture needs.

Half-size pixels are four averaged ones, so noise is half and a faint, wide texture still matches
where the full size finds nothing. Edges blur and errors are those of the half size, so only holes
are filled, and only by matches the half size is sure of (`StereoSettings.fill_confidence`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.stereo import Disparity, Grey, StereoMatcher, StereoSettings


class FilledStereo:
    """Matches pairs of one size at two sizes; a result is overwritten by the next match."""

    def __init__(self, settings: StereoSettings, left: Pinhole, right: Pinhole) -> None:
        self._fine = StereoMatcher(settings, left, right)
        self.camera = self._fine.camera
        """Camera of the disparity image: the left one at the matched size."""
        self.focal_baseline = self._fine.focal_baseline
        self.range_error = self._fine.range_error
        self._coarse: StereoMatcher | None = None
        if settings.fill_confidence < 1.0:
            half = replace(
                settings,
                scale=2 * settings.scale,
                least_confidence=settings.fill_confidence,
                speckle_area=settings.speckle_area // 4,
            )
            self._coarse = StereoMatcher(half, left, right)
            shape = (self.camera.height, self.camera.width)
            self._row, self._column = np.meshgrid(
                *(np.minimum(np.arange(size) // 2, size // 2 - 1) for size in shape), indexing="ij"
            )

    def match(self, left: Grey, right: Grey) -> Disparity:
        """Rectified pair of uint8 (H, W) to disparity and confidence (H // scale, W // scale)."""
        fine = self._fine.match(left, right)
        if self._coarse is None:
            return fine
        coarse = self._coarse.match(left, right)
        holes = np.isnan(fine.disparity)
        at = self._row[holes], self._column[holes]
        fine.disparity[holes] = 2.0 * coarse.disparity[at]
        fine.confidence[holes] = coarse.confidence[at]
        return fine
