"""The left-right check: does the right image, matched on its own, see the same disparity?

The right image is matched at half the size. On a scene of known depth that removed as many
wrong matches as a second match at full size (1951 down to 712, against 761) for a sixth of its
time; deriving the right disparity from the left one removed next to none (1696 left), and
OpenCV's own check, disp12MaxDiff, none at all.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.sgbm import SUBPIXEL, disparity_count, sgbm

Grey = NDArray[np.uint8]
Image = NDArray[np.float32]


class CoarseRightMatch:
    """Right-to-left matcher at half the size of images (h, w); owns its buffers."""

    def __init__(
        self, shape: tuple[int, int], low: int, high: int, block: int, mode: str, uniqueness: int
    ) -> None:
        self._low, high = low // 2, -(-high // 2)
        self._border = self._low + disparity_count(self._low, high)
        self._matcher = sgbm(self._low, high, block, mode, uniqueness)
        self._shape = shape
        self._coarse = (shape[0] // 2, shape[1] // 2)
        padded = (self._coarse[0], self._border + self._coarse[1])
        self._small = [np.empty(self._coarse, np.uint8) for _ in range(2)]
        self._padded = [np.empty(padded, np.uint8) for _ in range(2)]
        self._raw = np.empty(padded, np.int16)
        self._right = np.empty(padded, np.float32)
        # where left column x looks in the mirrored, padded, half-size right disparity, if d = 0
        column = (np.arange(shape[1], dtype=np.float32) + 0.5) / 2.0 - 0.5
        mirrored = np.float32(self._border + self._coarse[1] - 1) - column
        row = (np.arange(shape[0], dtype=np.float32) + 0.5) / 2.0 - 0.5
        self._mirrored = np.tile(mirrored, (shape[0], 1))
        self._row = np.repeat(row[:, None], shape[1], axis=1)
        self._column = np.empty(shape, np.float32)
        self._difference = np.empty(shape, np.float32)

    def difference(self, left: Grey, right: Grey, disparity: Image) -> Image:
        """|left - right disparity| (h, w) in pixels; inf where the right image has no match."""
        self._match(left, right)
        np.multiply(disparity, np.float32(0.5), out=self._column)
        self._column += self._mirrored
        cv2.remap(
            self._right,
            self._column,
            self._row,
            cv2.INTER_NEAREST,
            dst=self._difference,
            borderMode=cv2.BORDER_REPLICATE,
        )
        np.subtract(self._difference, disparity, out=self._difference)
        return np.abs(self._difference, out=self._difference)

    def _match(self, left: Grey, right: Grey) -> None:
        # mirrored and swapped, the right image takes the part of the left one
        height, width = (2 * size for size in self._coarse)
        for image, small, padded in zip((right, left), self._small, self._padded, strict=True):
            even = image[:height, :width]
            cv2.resize(even, self._coarse[::-1], dst=small, interpolation=cv2.INTER_AREA)
            cv2.copyMakeBorder(
                small[:, ::-1], 0, 0, self._border, 0, cv2.BORDER_REPLICATE, dst=padded
            )
        self._matcher.compute(self._padded[0], self._padded[1], disparity=self._raw)
        np.multiply(self._raw, np.float32(2.0 / SUBPIXEL), out=self._right)
        self._right[self._raw < self._low * SUBPIXEL] = np.inf
