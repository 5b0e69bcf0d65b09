"""Disparity of a rectified 8-bit pair: semi-global matching, checked from right to left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.left_right import CoarseRightMatch
from ai4mars_nav.geometry.match_quality import MatchQuality
from ai4mars_nav.geometry.pinhole import Pinhole, check_pair
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.geometry.sgbm import SUBPIXEL, disparity_count, sgbm
from ai4mars_nav.settings import SettingsError, setting

Grey = NDArray[np.uint8]
Image = NDArray[np.float32]


MATCH_SIGMA = 0.25
"""Standard deviation of a good match, pixels of the matched image (test_stereo.py)."""


@dataclass(frozen=True)
class StereoSettings:
    """How a pair is matched; disparities in pixels of the full-size image."""

    scale: int = setting(2, "match images made smaller by this factor", lo=1, hi=4)
    min_disparity: int = setting(0, "of the farthest point sought", unit="px", lo=0, hi=1024)
    max_disparity: int = setting(256, "of the nearest point sought", unit="px", lo=16, hi=2048)
    block_size: int = setting(5, "matched window, odd", unit="px", lo=1, hi=15)
    mode: str = setting(
        "three_way", "directions of smoothing", choices=("three_way", "five_way", "eight_way")
    )
    uniqueness: int = setting(
        10, "margin of the best match over the second", unit="%", lo=0, hi=100
    )
    max_left_right_difference: float = setting(
        1.5, "left and right disparity may differ by, in the matched image", unit="px", lo=0.5, hi=8
    )
    speckle_area: int = setting(
        60, "smallest patch of even disparity kept, in the matched image; 0 keeps all",
        unit="px^2", lo=0,
    )  # fmt: skip
    speckle_step: float = setting(
        1.0, "disparity step that ends a patch, in the matched image", unit="px", lo=0.1, hi=16
    )
    least_confidence: float = setting(
        0.0, "a match of less is none; 0.2 drops most gross mismatches", lo=0.0, hi=1.0
    )
    fill_confidence: float = setting(
        1.0, "holes are filled by matches of half the size of more than this; 1 fills none",
        lo=0.0, hi=1.0,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.block_size % 2 == 0:
            raise SettingsError(f"stereo block_size is {self.block_size}, must be odd")
        if self.max_disparity <= self.min_disparity:
            raise SettingsError(
                f"stereo max_disparity {self.max_disparity} must exceed "
                f"min_disparity {self.min_disparity}"
            )


@dataclass(frozen=True)
class Disparity:
    """What one match gave, of the size of `StereoMatcher.camera`."""

    disparity: Image
    """(h, w) pixels of the matched image, nan where there is no checked match."""
    confidence: Image
    """(h, w) 0 to 1, 0 where there is no match; its meaning: geometry/match_quality.py."""


class StereoMatcher:
    """Matches pairs of one size; owns all buffers, so a result is overwritten by the next match."""

    def __init__(self, settings: StereoSettings, left: Pinhole, right: Pinhole) -> None:
        check_pair(left, right)
        scale = settings.scale
        self.settings = settings
        self._full = left
        height, width = left.height // scale, left.width // scale
        if min(height, width) < 4 * settings.block_size:
            raise GeometryError(
                f"images of {left.width} x {left.height} at scale {scale} are too small to match "
                f"with blocks of {settings.block_size}"
            )
        even = left.subframe(0, 0, width * scale, height * scale)
        self.camera: Pinhole = even.scaled(1.0 / scale, 1.0 / scale)
        """Camera of the disparity image: the left one at the matched size."""
        self.focal_baseline = right.baseline * self.camera.fx
        """Pixels of the matched image * metres: depth = focal_baseline / disparity."""
        self.range_error = RangeError(self.focal_baseline, MATCH_SIGMA)

        low, high = settings.min_disparity // scale, -(-settings.max_disparity // scale)
        self._low = low
        self._border = low + disparity_count(low, high)
        self._matcher = sgbm(low, high, settings.block_size, settings.mode, settings.uniqueness)
        self._check = CoarseRightMatch(
            (height, width), low, high, settings.block_size, settings.mode, settings.uniqueness
        )
        self._quality = MatchQuality((height, width), settings.block_size)
        self._small = [np.empty((height, width), np.uint8) for _ in range(2)]
        # without the border, points at the left edge would have no room to be searched for
        padded = (height, self._border + width)
        self._padded = [np.empty(padded, np.uint8) for _ in range(2)]
        self._raw = np.empty(padded, np.int16)
        self._columns = np.arange(width, dtype=np.float32)
        self._disparity = np.empty((height, width), np.float32)
        self._unusable = np.empty((height, width), np.bool_)
        self._fixed = np.empty((height, width), np.int16)

    def match(self, left: Grey, right: Grey) -> Disparity:
        """Rectified pair of uint8 (H, W) to disparity and confidence (H // scale, W // scale)."""
        small_left, small_right = self._resized(left, 0), self._resized(right, 1)
        for image, padded in zip((small_left, small_right), self._padded, strict=True):
            cv2.copyMakeBorder(image, 0, 0, self._border, 0, cv2.BORDER_REPLICATE, dst=padded)
        self._matcher.compute(self._padded[0], self._padded[1], disparity=self._raw)
        np.multiply(self._raw[:, self._border :], np.float32(1.0 / SUBPIXEL), out=self._disparity)
        self._drop_unchecked(small_left, small_right)
        confidence = self._quality.confidence(small_left, small_right, self._disparity)
        # patches last: what the checks leave of a mismatch is small, and no longer held together
        # by the pixels they dropped
        self._drop(confidence < self.settings.least_confidence, confidence)
        self._drop(self._speckles(), confidence)
        return Disparity(self._disparity, confidence)

    def _drop_unchecked(self, left: Grey, right: Grey) -> None:
        disparity = self._disparity
        difference = self._check.difference(left, right, disparity)
        # below the range is no match, 0 is at infinity; past the left edge it matched the border
        keep = (disparity >= self._low) & (disparity > 0.0) & (disparity <= self._columns)
        keep &= difference <= self.settings.max_left_right_difference
        disparity[~keep] = np.nan

    def _speckles(self) -> NDArray[np.bool_]:
        """(h, w) where there is no match, or one in too small a patch."""
        nothing = np.isnan(self._disparity, out=self._unusable)
        if self.settings.speckle_area:
            none = (self._low - 1) * SUBPIXEL
            fixed = self._fixed
            np.copyto(fixed, self._raw[:, self._border :])
            fixed[nothing] = none
            step = round(self.settings.speckle_step * SUBPIXEL)
            cv2.filterSpeckles(fixed, none, self.settings.speckle_area, step)
            np.equal(fixed, none, out=nothing)
        return nothing

    def _drop(self, where: NDArray[np.bool_], confidence: Image) -> None:
        self._disparity[where] = np.nan
        confidence[where] = 0.0

    def _resized(self, image: Grey, slot: int) -> Grey:
        _check_image(image, ("left image", "right image")[slot], self._full)
        if self.settings.scale == 1:
            return image
        small = self._small[slot]
        height, width = (size * self.settings.scale for size in small.shape)
        cv2.resize(
            image[:height, :width], small.shape[::-1], dst=small, interpolation=cv2.INTER_AREA
        )
        return small


def depth_from_disparity(
    disparity: Image, focal_baseline: float, out: Image | None = None
) -> Image:
    """Disparity (h, w) in pixels to depth in metres, nan where it is nan or not above zero."""
    with np.errstate(divide="ignore"):
        depth: Image = np.divide(np.float32(focal_baseline), disparity, out=out)
    np.copyto(depth, np.float32(np.nan), where=disparity <= 0.0)
    return depth


def _check_image(image: NDArray[Any], name: str, camera: Pinhole) -> None:
    if image.dtype != np.uint8 or image.ndim != 2:
        raise GeometryError(
            f"{name} is {image.dtype} of shape {image.shape}; stereo takes 8-bit grey (H, W)"
        )
    camera.check_shape(image.shape, name)
