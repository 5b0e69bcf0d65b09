"""Compiled loops of the local ground: means of low points in cells, patches fitted to the means.

Points are (h, w, 3) float32 metres, z up, origin at the camera. Each loop has a plain twin in
`slow_rocks.py`.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

TERMS = 6
"""Of a local surface: 1, dx, dy, dx^2, dx dy, dy^2 about its node."""
_ROUNDS = 5
"""Of reweighting; the ground under a rock settles in three."""
_ROUNDING = 1e-6
"""Metres by which a point may lie above the mean of points that are level with it."""


@numba.njit(cache=True, nogil=True)
def ground_means(
    points: NDArray[np.float32],
    heights: NDArray[np.float32],
    over: float,
    reach: float,
    cell: float,
    range_gain: float,
    levels: NDArray[np.float64],
    means: NDArray[np.float64],
) -> None:
    """Fill means (n, n, 4) with mean x, y, z and the count of the lower points of each cell.

    Lower are those not above the mean height of their cell: stones that are no ground show many
    of its pixels, as they face the camera. Points whose heights (h, w) above an earlier fit are
    over `over` and the error that one sigma of range makes of it are left out, nan is not.
    `levels` (n, n, 2) is room to work in.
    """
    n = means.shape[0]
    half = n // 2
    levels[:] = 0.0
    means[:] = 0.0
    for turn in range(2):
        for row in range(points.shape[0]):
            for column in range(points.shape[1]):
                x, y, z = points[row, column]
                if not (x * x + y * y < reach * reach and abs(z) < reach):
                    continue
                error = range_gain * np.sqrt(x * x + y * y + z * z) * abs(z)
                if heights[row, column] > over + error:
                    continue
                i, j = int(np.floor(y / cell)) + half, int(np.floor(x / cell)) + half
                if turn == 0:
                    levels[i, j, 0] += z
                    levels[i, j, 1] += 1.0
                elif z <= levels[i, j, 0] / levels[i, j, 1] + _ROUNDING:
                    sums = means[i, j]
                    sums[0] += x
                    sums[1] += y
                    sums[2] += z
                    sums[3] += 1.0
    for i in range(n):
        for j in range(n):
            count = means[i, j, 3]
            if count > 0.0:
                means[i, j, :3] /= count


@numba.njit(cache=True, nogil=True)
def fit_ground(
    means: NDArray[np.float64],
    cell: float,
    spacing: float,
    radius: float,
    scatter: float,
    range_gain: float,
    priors: NDArray[np.float64],
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
) -> None:
    """Fit surfaces (m, m, 6) with sigmas (m, m) to cell means at nodes `spacing` metres apart.

    Each is a weighted least-squares quadratic over `radius` metres, reweighted so that what
    stands above it (rocks) and far below it (wrong matches) loses its say. `priors` (6,) are
    the spreads that terrain has in each term. A sigma is inf where too little ground is seen.
    """
    m, half = surfaces.shape[0], surfaces.shape[0] // 2
    needed = _nodes_near_cells(means, spacing, m)
    for i in range(m):
        for j in range(m):
            sigmas[i, j] = np.inf
            if needed[i, j]:
                sigmas[i, j] = _fit_node(
                    means,
                    cell,
                    (j - half) * spacing,
                    (i - half) * spacing,
                    radius,
                    scatter,
                    range_gain,
                    priors,
                    surfaces[i, j],
                )


@numba.njit(cache=True, nogil=True)
def _nodes_near_cells(means: NDArray[np.float64], spacing: float, m: int) -> NDArray[np.bool_]:
    needed = np.zeros((m, m), np.bool_)
    half = m // 2
    for i in range(means.shape[0]):
        for j in range(means.shape[1]):
            if means[i, j, 3] > 0.0:
                row = int(np.floor(means[i, j, 1] / spacing)) + half
                column = int(np.floor(means[i, j, 0] / spacing)) + half
                needed[row : row + 2, column : column + 2] = True
    return needed


@numba.njit(cache=True, nogil=True)
def _fit_node(
    means: NDArray[np.float64],
    cell: float,
    x0: float,
    y0: float,
    radius: float,
    scatter: float,
    range_gain: float,
    priors: NDArray[np.float64],
    surface: NDArray[np.float64],
) -> float:
    """Fit `surface` (6,) about (x0, y0); the sigma of its height there, inf if not known."""
    n, half = means.shape[0], means.shape[0] // 2
    low_i = max(int(np.floor((y0 - radius) / cell)) + half, 0)
    low_j = max(int(np.floor((x0 - radius) / cell)) + half, 0)
    high_i = min(int(np.floor((y0 + radius) / cell)) + half + 1, n)
    high_j = min(int(np.floor((x0 + radius) / cell)) + half + 1, n)
    most = max(high_i - low_i, 0) * max(high_j - low_j, 0)
    terms, heights = np.empty((TERMS, most)), np.empty(most)
    weights, scales = np.empty(most), np.empty(most)
    count, level = 0, 0.0
    for i in range(low_i, high_i):
        for j in range(low_j, high_j):
            seen = means[i, j, 3]
            if seen == 0.0:
                continue
            dx, dy = means[i, j, 0] - x0, means[i, j, 1] - y0
            near = 1.0 - (dx * dx + dy * dy) / (radius * radius)
            if near <= 0.0:
                continue
            terms[0, count], terms[1, count], terms[2, count] = 1.0, dx, dy
            terms[3, count], terms[4, count], terms[5, count] = dx * dx, dx * dy, dy * dy
            heights[count] = means[i, j, 2]
            square = means[i, j, 0] ** 2 + means[i, j, 1] ** 2 + means[i, j, 2] ** 2
            scales[count] = np.sqrt(scatter**2 + (range_gain * square) ** 2 / seen)
            weights[count] = near * near / scales[count] ** 2
            level += means[i, j, 2]
            count += 1
    if count < TERMS:
        return np.inf
    level /= count
    heights[:count] -= level
    normal, right = np.empty((TERMS, TERMS)), np.empty(TERMS)
    trusted = weights.copy()
    for turn in range(_ROUNDS):
        _normal_equations(terms, heights, trusted, count, normal, right)
        for a in range(TERMS):
            normal[a, a] += 1.0 / priors[a] ** 2
        _cholesky(normal)
        _solve(normal, right, surface)
        s0, s1, s2, s3, s4, s5 = surface
        for k in range(count):
            dx, dy = terms[1, k], terms[2, k]
            fitted = s0 + dx * (s1 + s3 * dx + s4 * dy) + dy * (s2 + s5 * dy)
            trusted[k] = weights[k] * _trust((heights[k] - fitted) / scales[k], turn)
    right[:] = 0.0
    right[0] = 1.0
    unit = np.empty(TERMS)
    _solve(normal, right, unit)
    surface[0] += level
    return float(np.sqrt(unit[0]))


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _normal_equations(
    terms: NDArray[np.float64],
    heights: NDArray[np.float64],
    weights: NDArray[np.float64],
    count: int,
    normal: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Fill the lower half of normal (6, 6) and right (6,) from the first `count` cells."""
    weighted = np.empty(count)
    for a in range(TERMS):
        own = 0.0
        for k in range(count):
            weighted[k] = weights[k] * terms[a, k]
            own += weighted[k] * heights[k]
        right[a] = own
        for b in range(a + 1):
            own = 0.0
            for k in range(count):
                own += weighted[k] * terms[b, k]
            normal[a, b] = own


@numba.njit(cache=True, nogil=True)
def _trust(residual: float, turn: int) -> float:
    """Weight 0..1 of a cell `residual` sigmas above the ground; at first the low cells lead."""
    if residual > 0.0:
        if turn == 0:
            return 0.1
        return 1.0 / (1.0 + (residual / 2.0) ** 2) ** 2
    return 1.0 / (1.0 + (residual / 6.0) ** 2) ** 2


@numba.njit(cache=True, nogil=True)
def _cholesky(matrix: NDArray[np.float64]) -> None:
    """The lower factor of a positive definite matrix, in place of its lower half."""
    for a in range(matrix.shape[0]):
        for b in range(a + 1):
            rest = matrix[a, b]
            for c in range(b):
                rest -= matrix[a, c] * matrix[b, c]
            matrix[a, b] = np.sqrt(rest) if a == b else rest / matrix[b, b]


@numba.njit(cache=True, nogil=True)
def _solve(
    factor: NDArray[np.float64], right: NDArray[np.float64], unknown: NDArray[np.float64]
) -> None:
    """Fill `unknown` with the solution of factor factor^T unknown = right."""
    size = factor.shape[0]
    for a in range(size):
        rest = right[a]
        for b in range(a):
            rest -= factor[a, b] * unknown[b]
        unknown[a] = rest / factor[a, a]
    for a in range(size - 1, -1, -1):
        rest = unknown[a]
        for b in range(a + 1, size):
            rest -= factor[b, a] * unknown[b]
        unknown[a] = rest / factor[a, a]


@numba.njit(cache=True, nogil=True)
def ground_at(
    x: float,
    y: float,
    spacing: float,
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
) -> tuple[float, float]:
    """Height of the ground at one place and its sigma, blended from the nodes around; or nan."""
    m, half = surfaces.shape[0], surfaces.shape[0] // 2
    u, v = x / spacing, y / spacing
    j, i = int(np.floor(u)), int(np.floor(v))
    if not (0 <= i + half < m - 1 and 0 <= j + half < m - 1):
        return np.nan, np.inf
    share, height, sigma = 0.0, 0.0, 0.0
    for di in range(2):
        for dj in range(2):
            row, column = i + di + half, j + dj + half
            if sigmas[row, column] == np.inf:
                continue
            weight = (1.0 - abs(v - i - di)) * (1.0 - abs(u - j - dj))
            dx, dy = x - (j + dj) * spacing, y - (i + di) * spacing
            s = surfaces[row, column]
            local = s[0] + dx * (s[1] + s[3] * dx + s[4] * dy) + dy * (s[2] + s[5] * dy)
            share += weight
            height += weight * local
            sigma += weight * sigmas[row, column]
    if share < 1e-6:
        return np.nan, np.inf
    return height / share, sigma / share
