"""Compiled: how far the ground under a thing lies off the smooth patches, from what is seen of it.

Means are those of `ground_kernels.ground_means` in small cells. The twin is in `slow_rocks.py`.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.ground_kernels import cholesky, ground_at, solve

LENGTH, POWER = 0.8, 1.6
"""Metres over which ground off a patch goes on alike, and how smoothly: its covariance falls with
exp(-(distance / LENGTH) ** POWER)."""
TEXTURE = 0.012
"""Metres (one sigma) by which the mean of a small cell differs from its neighbours'."""
BEARABLE = 0.016
"""Metres that a cell may lie above the others' ground, beside twice what range makes of it."""
REACH = 1.2
"""Metres around a foot whose ground tells of it."""
MOST = 64
"""Cells that are asked, the nearest; more change nothing."""
_LEAST = 3
_ROUNDS = 3
_CORRELATED = 25
"""Neighbouring pixels whose stereo errors are about the same: a 5 x 5 matching window."""


@numba.njit(cache=True, nogil=True)
def ground_off(
    x: float,
    y: float,
    means: NDArray[np.float64],
    cell: float,
    spacing: float,
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
    scatter: float,
    range_gain: float,
) -> tuple[float, float]:
    """Metres by which the ground at x, y lies above the patches, and its sigma, by cells around it.

    The mean of a Gaussian process with `scatter` as its spread; what stands above the others loses
    its say, as it is a stone or the foot of the thing itself.
    """
    cells, blurs = _cells_around(x, y, means, cell, spacing, surfaces, sigmas, range_gain)
    count = len(blurs)
    if count < _LEAST:
        return 0.0, scatter
    covariance, towards = np.empty((count, count)), np.empty(count)
    for a in range(count):
        towards[a] = _alike(cells[a, 0] - x, cells[a, 1] - y, scatter)
        for b in range(a + 1):
            covariance[a, b] = _alike(cells[a, 0] - cells[b, 0], cells[a, 1] - cells[b, 1], scatter)
            covariance[b, a] = covariance[a, b]
    trust = np.where(cells[:, 2] > 0.0, 0.3, 1.0)
    factor, weights = np.empty((count, count)), np.empty(count)
    for turn in range(_ROUNDS):
        factor[:] = covariance
        for a in range(count):
            factor[a, a] += (TEXTURE**2 + blurs[a] ** 2) / trust[a]
        cholesky(factor)
        if turn == _ROUNDS - 1:
            break
        solve(factor, cells[:, 2].copy(), weights)
        for a in range(count):
            fitted = 0.0
            for b in range(count):
                fitted += covariance[a, b] * weights[b]
            trust[a] = _trust((cells[a, 2] - fitted) / np.sqrt(BEARABLE**2 + 4.0 * blurs[a] ** 2))
    solve(factor, towards, weights)
    off, known = 0.0, 0.0
    for a in range(count):
        off += weights[a] * cells[a, 2]
        known += weights[a] * towards[a]
    return off, np.sqrt(max(scatter**2 - known, 0.0))


@numba.njit(cache=True, nogil=True)
def _cells_around(
    x: float,
    y: float,
    means: NDArray[np.float64],
    cell: float,
    spacing: float,
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
    range_gain: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cells (n, 3) of x, y and height above the patches, and what range errors make of the last
    (n,), within REACH of a place, the nearest MOST of them."""
    n, half = means.shape[0], means.shape[0] // 2
    low_i = max(int(np.floor((y - REACH) / cell)) + half, 0)
    low_j = max(int(np.floor((x - REACH) / cell)) + half, 0)
    high_i = min(int(np.floor((y + REACH) / cell)) + half + 1, n)
    high_j = min(int(np.floor((x + REACH) / cell)) + half + 1, n)
    room = max(high_i - low_i, 0) * max(high_j - low_j, 0)
    found, away, blurs = np.empty((room, 3)), np.empty(room), np.empty(room)
    count = 0
    for i in range(low_i, high_i):
        for j in range(low_j, high_j):
            u, v, z, seen = means[i, j]
            square = (u - x) ** 2 + (v - y) ** 2
            if seen == 0.0 or square > REACH**2:
                continue
            level, _ = ground_at(u, v, spacing, surfaces, sigmas)
            if np.isnan(level):
                continue
            found[count, 0], found[count, 1], found[count, 2] = u, v, z - level
            blur = range_gain * np.sqrt(u * u + v * v + z * z) * abs(z)
            blurs[count] = blur / np.sqrt(max(1.0, seen / _CORRELATED))
            away[count] = square
            count += 1
    order = np.argsort(away[:count])[:MOST]
    return found[order], blurs[order]


@numba.njit(cache=True, nogil=True)
def _alike(dx: float, dy: float, scatter: float) -> float:
    """Covariance of the ground at two places this far apart."""
    return float(scatter**2 * np.exp(-((np.sqrt(dx * dx + dy * dy) / LENGTH) ** POWER)))


@numba.njit(cache=True, nogil=True)
def _trust(residual: float) -> float:
    """Weight 0..1 of a cell that lies so many times what is bearable above the others' ground."""
    bearable = 1.0 if residual > 0.0 else 6.0
    return 1.0 / (1.0 + (residual / bearable) ** 2) ** 2
