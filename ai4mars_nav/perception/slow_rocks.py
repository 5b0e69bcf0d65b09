"""Plain twins of the ground and rock kernels: what tests and benchmarks compare them with."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Array = NDArray[np.float64]
_ROUNDS = 5


def ground_means(
    points: NDArray[np.float32],
    heights: NDArray[np.floating],
    over: float,
    reach: float,
    cell: float,
    range_gain: float,
    size: int,
) -> Array:
    """Points (h, w, 3) to means (size, size, 4): mean x, y, z and count of the lower points of
    each ground cell, without those that stood over `over` and their error."""
    x, y, z = points.reshape(-1, 3).astype(np.float64).T
    with np.errstate(invalid="ignore", over="ignore"):
        inside = (x * x + y * y < reach * reach) & (np.abs(z) < reach)
        error = range_gain * np.sqrt(x * x + y * y + z * z) * np.abs(z)
        inside &= ~(heights.ravel() > over + error)
    x, y, z = x[inside], y[inside], z[inside]
    cells = np.stack([np.floor(y / cell), np.floor(x / cell)]).astype(int) + size // 2
    count, total = np.zeros((size, size)), np.zeros((size, size))
    np.add.at(count, tuple(cells), 1.0)
    np.add.at(total, tuple(cells), z)
    low = z <= (total / np.maximum(count, 1.0))[tuple(cells)] + 1e-6
    means = np.zeros((size, size, 4))
    for k, values in enumerate((x, y, z, np.ones_like(x))):
        np.add.at(means[..., k], tuple(cells[:, low]), values[low])
    seen = means[..., 3] > 0.0
    means[seen, :3] /= means[seen, 3:]
    return means


def fit_ground(
    means: Array,
    spacing: float,
    nodes: int,
    radius: float,
    scatter: float,
    range_gain: float,
    priors: Array,
) -> tuple[Array, Array]:
    """Surfaces (nodes, nodes, 6) and sigmas (nodes, nodes), inf where there is no ground."""
    cells = means[means[..., 3] > 0.0]
    corners = np.floor(cells[:, 1::-1] / spacing).astype(int) + nodes // 2
    needed = {
        (int(i) + di, int(j) + dj) for (i, j), di, dj in itertools.product(corners, (0, 1), (0, 1))
    }
    surfaces = np.zeros((nodes, nodes, len(priors)))
    sigmas = np.full((nodes, nodes), np.inf)
    for i, j in needed:
        centre = spacing * np.array([j - nodes // 2, i - nodes // 2])
        surfaces[i, j], sigmas[i, j] = _fit_node(cells, centre, radius, scatter, range_gain, priors)
    return surfaces, sigmas


def _fit_node(
    cells: Array, centre: Array, radius: float, scatter: float, range_gain: float, priors: Array
) -> tuple[Array, float]:
    offset = cells[:, :2] - centre
    near = 1.0 - (offset**2).sum(axis=1) / radius**2
    cells, offset, near = cells[near > 0.0], offset[near > 0.0], near[near > 0.0]
    if len(cells) < len(priors):
        return np.zeros(len(priors)), np.inf
    dx, dy = offset.T
    terms = np.stack([np.ones_like(dx), dx, dy, dx * dx, dx * dy, dy * dy], axis=1)
    square = (cells[:, :3] ** 2).sum(axis=1)
    scale = np.sqrt(scatter**2 + (range_gain * square) ** 2 / cells[:, 3])
    level = cells[:, 2].mean()
    trust: Array = np.ones(len(cells))
    for turn in range(_ROUNDS):
        weights = near**2 / scale**2 * trust
        normal = terms.T @ (terms * weights[:, None]) + np.diag(1.0 / priors**2)
        surface = np.linalg.solve(normal, terms.T @ (weights * (cells[:, 2] - level)))
        trust = _trust((cells[:, 2] - level - terms @ surface) / scale, turn)
    sigma = float(np.sqrt(np.linalg.inv(normal)[0, 0]))
    surface[0] += level
    return surface, sigma


def _trust(residual: Array, turn: int) -> Array:
    above = 0.1 if turn == 0 else 1.0 / (1.0 + (residual / 2.0) ** 2) ** 2
    return np.where(residual > 0.0, above, 1.0 / (1.0 + (residual / 6.0) ** 2) ** 2)


def ground_at(places: Array, spacing: float, surfaces: Array, sigmas: Array) -> Array:
    """Blended height of the ground (n,) at places (n, 2), nan where there is none."""
    half = len(surfaces) // 2
    scaled = places / spacing
    first = np.floor(scaled).astype(int)
    share, height = np.zeros(len(places)), np.zeros(len(places))
    for step in itertools.product((0, 1), (0, 1)):
        node = first + step
        row, column = node[:, 1] + half, node[:, 0] + half
        weight = np.prod(1.0 - np.abs(scaled - node), axis=1)
        weight[np.isinf(sigmas[row, column])] = 0.0
        share += weight
        height += weight * _surface(places - node * spacing, surfaces[row, column])
    return np.where(share < 1e-6, np.nan, height / np.maximum(share, 1e-12))


def heights_above(
    points: NDArray[np.float32], reach: float, spacing: float, surfaces: Array, sigmas: Array
) -> Array:
    """Height (h, w) above the nearest patch, nan where not known."""
    heights = np.full(points.shape[:2], np.nan)
    p = points.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        inside = (p[..., 0] ** 2 + p[..., 1] ** 2 < reach * reach) & (np.abs(p[..., 2]) < reach)
    p = p[inside]
    node = np.rint(p[:, :2] / spacing).astype(int)
    row, column = node[:, 1] + len(surfaces) // 2, node[:, 0] + len(surfaces) // 2
    above = p[:, 2] - _surface(p[:, :2] - node * spacing, surfaces[row, column])
    heights[inside] = np.where(np.isinf(sigmas[row, column]), np.nan, above)
    return heights


def _surface(offset: Array, surface: Array) -> Array:
    dx, dy = offset.T
    terms = np.stack([np.ones_like(dx), dx, dy, dx * dx, dx * dy, dy * dy], axis=1)
    height: Array = (terms * surface).sum(axis=1)
    return height


def standing_pixels(
    points: NDArray[np.float32],
    heights: Array,
    low: float,
    range_gain: float,
    spacing: float,
    surfaces: Array,
    sigmas: Array,
) -> tuple[Array, Array, Array]:
    """Steadied heights, ranges (nan where nothing stands) and height errors, (h, w) each."""
    heights, errors = heights.copy(), np.zeros(heights.shape)
    with np.errstate(invalid="ignore"):
        stands = heights > 0.5 * low
    ranges = np.where(stands, np.linalg.norm(points.astype(np.float64), axis=2), np.nan)
    for row, column in np.argwhere(stands):
        own = ranges[row, column]
        sigma = range_gain * own * own
        around = ranges[row, max(column - 5, 0) : column + 6]
        stretch = around[np.abs(around - own) < 0.15 + 3.0 * sigma].mean() / own
        moved = points[row, column].astype(np.float64) * stretch
        further = moved * (1.0 + sigma / own)
        ground = ground_at(np.stack([moved[:2], further[:2]]), spacing, surfaces, sigmas)
        heights[row, column] = moved[2] - ground[0]
        errors[row, column] = abs((further[2] - ground[1]) - (moved[2] - ground[0]))
    return heights, ranges, errors


def label_objects(
    heights: Array, ranges: Array, errors: Array, low: float, range_gain: float
) -> NDArray[np.int32]:
    """Labels (h, w) from 1 in reading order, 0 nothing."""
    with np.errstate(invalid="ignore"):
        stands = (ranges > 0.0) & (heights > low + errors)
    names = np.arange(stands.size).reshape(stands.shape)
    pairs = []
    for axis, step in itertools.product((0, 1), (1, 2)):
        later = np.moveaxis(np.arange(stands.size).reshape(stands.shape), axis, 0)[step:]
        earlier = np.moveaxis(names, axis, 0)[:-step]
        a, b = later.ravel(), earlier.ravel()
        gate = 0.2 + 3.0 * range_gain * ranges.ravel()[a] ** 2
        with np.errstate(invalid="ignore"):
            near = np.abs(ranges.ravel()[a] - ranges.ravel()[b]) < gate
        joined = stands.ravel()[a] & stands.ravel()[b] & near
        pairs.append(np.stack([a[joined], b[joined]]))
    a, b = np.concatenate(pairs, axis=1)
    links = coo_matrix((np.ones(len(a)), (a, b)), shape=(stands.size, stands.size))
    _, component = connected_components(links, directed=False)
    labels = np.zeros(stands.size, dtype=np.int32)
    inside = np.flatnonzero(stands.ravel())
    _, first, inverse = np.unique(component[inside], return_index=True, return_inverse=True)
    labels[inside] = (np.argsort(np.argsort(first)) + 1)[inverse]
    return labels.reshape(stands.shape)
