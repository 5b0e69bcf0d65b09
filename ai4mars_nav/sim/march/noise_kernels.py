"""Smooth noise over a unit lattice, with its slope, compiled by numba. The twin is `slow.py`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def noise(x: float, y: float, table: F32) -> float:
    """Value -1..1 of cubic value noise; `table` is square, a power of two a side, and repeats."""
    mask = table.shape[0] - 1
    i, j = int(np.floor(x)), int(np.floor(y))
    u, v = x - i, y - j
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    i0, i1, j0, j1 = i & mask, (i + 1) & mask, j & mask, (j + 1) & mask
    near = table[j0, i0] + u * (table[j0, i1] - table[j0, i0])
    away = table[j1, i0] + u * (table[j1, i1] - table[j1, i0])
    return float(near + v * (away - near))


@njit(cache=True, nogil=True, error_model="numpy")
def sloping_noise(x: float, y: float, table: F32) -> tuple[float, float, float]:
    """`noise` and its slope along x and y."""
    mask = table.shape[0] - 1
    i, j = int(np.floor(x)), int(np.floor(y))
    u, v = x - i, y - j
    su, sv = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    du, dv = 6.0 * u * (1.0 - u), 6.0 * v * (1.0 - v)
    i0, i1, j0, j1 = i & mask, (i + 1) & mask, j & mask, (j + 1) & mask
    a, b, c, d = table[j0, i0], table[j0, i1], table[j1, i0], table[j1, i1]
    near, away = a + su * (b - a), c + su * (d - c)
    return (
        near + sv * (away - near),
        du * ((b - a) + sv * ((d - c) - (b - a))),
        dv * (away - near),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def noises(rows: int, columns: int, first: tuple[float, float], step: float, table: F32) -> F32:
    """`noise` at even steps along x (columns) and y (rows) from `first` on."""
    values = np.empty((rows, columns), np.float32)
    for j in range(rows):
        for i in range(columns):
            values[j, i] = noise(first[0] + i * step, first[1] + j * step, table)
    return values
