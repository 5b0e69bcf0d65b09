"""Where the sun reaches a grid of heights, compiled by numba. The slow twin is `slow.py`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def shadow_heights(heights: F32, spacing: float, sun: tuple[float, float, float]) -> F32:
    """Height (rows, columns) up to which each node lies in shadow, -inf where in none.

    `sun` is a unit vector towards it. The front of the light goes row by row (or column by column,
    what the sun is nearer to) away from the sun; between two nodes of the row before it is linear.
    """
    rows, columns = heights.shape
    shadow = np.full((rows, columns), np.float32(-np.inf))
    across = abs(sun[0]) > abs(sun[1])
    lead, side = (sun[0], sun[1]) if across else (sun[1], sun[0])
    count, width = (columns, rows) if across else (rows, columns)
    drift = side / lead if lead > 0.0 else -side / lead
    drop = np.float32(spacing * np.hypot(1.0, drift) * sun[2] / np.hypot(sun[0], sun[1]))
    for step in range(1, count):
        at = count - 1 - step if lead > 0.0 else step
        before = at + 1 if lead > 0.0 else at - 1
        for k in range(width):
            from_k = k + drift
            low = int(np.floor(from_k))
            share = np.float32(from_k - low)
            if low < 0 or low + 1 >= width:
                continue
            if across:
                a = max(heights[low, before], shadow[low, before])
                b = max(heights[low + 1, before], shadow[low + 1, before])
                shadow[k, at] = a + share * (b - a) - drop
            else:
                a = max(heights[before, low], shadow[before, low])
                b = max(heights[before, low + 1], shadow[before, low + 1])
                shadow[at, k] = a + share * (b - a) - drop
    return shadow
