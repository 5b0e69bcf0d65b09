"""The compiled loop of the brush. Its plain NumPy twin is in the tests of `drawn.py`."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def fill_stroke(points: NDArray[np.float64], radius: float, mask: NDArray[np.bool_]) -> None:
    """Set the pixels of mask (h, w) whose centre is at most `radius` from a line (n, 2) x, y.

    A piece of the line with its round ends is convex, so in each row it is one run of pixels:
    between the outermost of its two circles and of the rectangle between them.
    """
    height, width = mask.shape
    for i in range(max(1, len(points) - 1)):
        ax, ay = points[i]
        bx, by = points[min(i + 1, len(points) - 1)]
        length = math.hypot(bx - ax, by - ay)
        nx = radius * (ay - by) / length if length > 0.0 else 0.0
        ny = radius * (bx - ax) / length if length > 0.0 else 0.0
        corners = ((ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny))
        first = max(0, math.ceil(min(ay, by) - radius - 0.5))
        last = min(height, math.floor(max(ay, by) + radius - 0.5) + 1)
        for row in range(first, last):
            y = row + 0.5
            low, high = np.inf, -np.inf
            for cx, cy in ((ax, ay), (bx, by)):
                across = radius * radius - (y - cy) * (y - cy)
                if across >= 0.0:
                    low = min(low, cx - math.sqrt(across))
                    high = max(high, cx + math.sqrt(across))
            for k in range(4):
                px, py = corners[k - 1]
                qx, qy = corners[k]
                if (py <= y) != (qy <= y):
                    x = px + (y - py) * (qx - px) / (qy - py)
                    low, high = min(low, x), max(high, x)
            if low <= high:
                begin = max(0, math.ceil(low - 0.5))
                end = min(width, math.floor(high - 0.5) + 1)
                if begin < end:
                    mask[row, begin:end] = True
