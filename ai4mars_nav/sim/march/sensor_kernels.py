"""Light to levels of 8 bits, pixel by pixel, compiled by numba. The slow twin is `slow.py`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def mixed(number: np.uint64) -> np.uint64:
    """A 64-bit number well stirred: the same everywhere, in any order."""
    x = number
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy")
def expose(
    first_row: int,
    last_row: int,
    light: F32,
    gain: float,
    vignetting: float,
    full_well: float,
    read_noise: float,
    seed: int,
    code: U8,
    grey: U8,
) -> None:
    """Fill rows of `grey` (h, w): light times gain, 0..1, with noise, as 12 bits, through `code`.

    `code` (4096,) maps 12 bits to grey levels; the noise of a pixel depends on `seed` alone.
    """
    height, width = light.shape
    middle_v, middle_u = (height - 1) / 2.0, (width - 1) / 2.0
    corner = middle_v * middle_v + middle_u * middle_u + 1e-9
    third = np.float64(2.0**-16)
    for v in range(first_row, last_row):
        for u in range(width):
            away = ((v - middle_v) ** 2 + (u - middle_u) ** 2) / corner
            value = light[v, u] * gain * (1.0 - vignetting * away)
            bits = mixed(np.uint64(seed) + np.uint64(v * width + u) * np.uint64(0x9E3779B97F4A7C15))
            # the sum of four uniform numbers is normal enough; its variance is 1/3
            total = (
                (bits & np.uint64(0xFFFF))
                + ((bits >> np.uint64(16)) & np.uint64(0xFFFF))
                + ((bits >> np.uint64(32)) & np.uint64(0xFFFF))
                + (bits >> np.uint64(48))
            )
            draw = (np.float64(total) * third - 2.0) * 1.7320508
            sigma = np.sqrt(max(value, 0.0) / full_well + (read_noise / 4095.0) ** 2)
            level = int((value + sigma * draw) * 4095.0 + 0.5)
            grey[v, u] = code[min(max(level, 0), 4095)]
