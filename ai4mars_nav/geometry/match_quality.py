"""Confidence of a match: how well the two images explain each other there.

Over a window, the mean grey difference that is left after the match (its own mean taken off, as
two cameras expose differently) is divided by the mean grey step from pixel to pixel. That is the
shift in pixels that would explain the difference. Trust is 1 at no shift and falls linearly to 0
at `WORST_SHIFT`; noise, a wrong match and a window without texture all get little. It is
multiplied by the fourth power of the share of the window that is matched, as wrong matches stand
beside holes. Confidence ranks matches; it is not a probability.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Image = NDArray[np.float32]

WORST_SHIFT = 2.0
"""Pixels of unexplained shift at which confidence is 0."""
NOISE = 1.0
"""Grey levels added to the texture, so that none at all is never a reason for trust."""


class MatchQuality:
    """Confidence of disparities of images (h, w), over windows of `block`; owns its buffers."""

    def __init__(self, shape: tuple[int, int], block: int) -> None:
        self._window = (block, block)
        self._columns = np.tile(np.arange(shape[1], dtype=np.float32), (shape[0], 1))
        self._rows = np.repeat(np.arange(shape[0], dtype=np.float32)[:, None], shape[1], axis=1)
        self._x = np.empty(shape, np.float32)
        self._matched = np.empty(shape, np.uint8)
        self._residual, self._mean = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._slope, self._step = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._trust = np.empty(shape, np.float32)

    def confidence(self, left: Grey, right: Grey, disparity: Image) -> Image:
        """Pair (h, w) and its disparity, nan where none, to confidence 0..1 (h, w)."""
        nothing = np.isnan(disparity)
        np.subtract(self._columns, disparity, out=self._x)
        self._x[nothing] = -1.0
        cv2.remap(right, self._x, self._rows, cv2.INTER_LINEAR, dst=self._matched)
        np.subtract(left, self._matched, out=self._residual, dtype=np.float32)
        self._residual[nothing] = 0.0
        cv2.blur(self._residual, self._window, dst=self._mean)
        cv2.absdiff(self._residual, self._mean, dst=self._residual)
        cv2.blur(self._residual, self._window, dst=self._mean)
        self._mean_step(left)
        np.divide(self._mean, self._step, out=self._mean)

        trust: Image = np.subtract(1.0, self._mean / WORST_SHIFT, out=self._trust)
        np.clip(trust, 0.0, 1.0, out=trust)
        share = cv2.blur(np.logical_not(nothing).astype(np.float32), self._window, dst=self._mean)
        np.square(share, out=self._mean)
        np.square(self._mean, out=self._mean)
        trust *= self._mean
        trust[nothing] = 0.0
        return trust

    def _mean_step(self, left: Grey) -> None:
        cv2.Sobel(left, cv2.CV_32F, 1, 0, dst=self._slope, ksize=3, scale=1.0 / 8.0)
        np.abs(self._slope, out=self._slope)
        cv2.blur(self._slope, self._window, dst=self._step)
        self._step += NOISE
