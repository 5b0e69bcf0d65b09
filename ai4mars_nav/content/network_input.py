"""From a picture to what a content classifier takes: one way, in training as in the archive."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

SCALE, OFFSET = 1.0 / 127.5, -1.0
"""Of the stored MobileNetV2 weights: network input = level (0..255) * SCALE + OFFSET."""


def squeezed(picture: U8, side: int) -> U8:
    """(h, w, 3) to (side, side, 3) by area means; the sides of a picture may change their ratio.

    Nothing is cut off: what a picture shows is often at its edge.
    """
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def network_input(picture: U8, side: int) -> F32:
    """(h, w, 3) uint8 RGB to (1, 3, side, side) float32."""
    levels = squeezed(picture, side).astype(np.float32)
    return np.ascontiguousarray((levels * SCALE + OFFSET).transpose(2, 0, 1)[None], np.float32)
