"""Compiled loops over what stands on the ground: heights above it, steadied, connected.

Points are (h, w, 3) float32 metres, z up, origin at the camera. Each loop has a plain twin in
`slow_rocks.py`.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.ground_kernels import ground_at

STEADY = 5
"""Pixels to either side over which ranges are averaged."""


@numba.njit(cache=True, nogil=True)
def heights_above(
    points: NDArray[np.float32],
    reach: float,
    spacing: float,
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
    heights: NDArray[np.float32],
) -> None:
    """Fill heights (h, w) in metres above the nearest patch; nan beyond reach or without ground.

    The nearest alone is a quarter of the work of `ground_at` and within a centimetre or two
    of it: enough to tell which pixels are worth a second look.
    """
    half = surfaces.shape[0] // 2
    square, density = np.float32(reach * reach), np.float32(1.0 / spacing)
    for row in range(points.shape[0]):
        for column in range(points.shape[1]):
            x, y, z = points[row, column]
            if not (x * x + y * y < square and abs(z) < reach):
                heights[row, column] = np.nan
                continue
            j, i = int(np.rint(x * density)), int(np.rint(y * density))
            if sigmas[i + half, j + half] == np.inf:
                heights[row, column] = np.nan
                continue
            dx, dy = x - j * spacing, y - i * spacing
            s = surfaces[i + half, j + half]
            local = s[0] + dx * (s[1] + s[3] * dx + s[4] * dy) + dy * (s[2] + s[5] * dy)
            heights[row, column] = z - local


@numba.njit(cache=True, nogil=True)
def standing_pixels(
    points: NDArray[np.float32],
    heights: NDArray[np.float32],
    low: float,
    range_gain: float,
    spacing: float,
    surfaces: NDArray[np.float64],
    sigmas: NDArray[np.float64],
    ranges: NDArray[np.float32],
    errors: NDArray[np.float32],
) -> None:
    """Steady the heights (h, w) of what may stand above the ground, by a mean range along the row.

    A range error slides a point along its ray, which on a slope looks like height; directions
    are exact, so the range is averaged over neighbours of the same object and the height taken
    anew. Along a row alone: rows below see the nearer side of a thing, and a mean with their
    ranges lifts its top by centimetres. Fills ranges (h, w) of standing pixels (else nan) and
    errors (h, w): how far one sigma of range moves the height.
    """
    h, w = heights.shape
    ranges[:] = np.nan
    for row in range(h):
        for column in range(w):
            if heights[row, column] > 0.5 * low:
                x, y, z = points[row, column]
                ranges[row, column] = np.sqrt(x * x + y * y + z * z)
    for row in range(h):
        for column in range(w):
            own = ranges[row, column]
            if not own > 0.0:
                continue
            sigma = range_gain * own * own
            gate = 0.15 + 3.0 * sigma
            total, count = 0.0, 0
            for j in range(max(column - STEADY, 0), min(column + STEADY + 1, w)):
                if abs(ranges[row, j] - own) < gate:
                    total += ranges[row, j]
                    count += 1
            stretch = total / count / own
            x, y, z = points[row, column]
            x, y, z = x * stretch, y * stretch, z * stretch
            ground, _ = ground_at(x, y, spacing, surfaces, sigmas)
            step = 1.0 + sigma / own
            further, _ = ground_at(x * step, y * step, spacing, surfaces, sigmas)
            heights[row, column] = z - ground
            errors[row, column] = abs((z * step - further) - (z - ground))


@numba.njit(cache=True, nogil=True)
def label_objects(
    heights: NDArray[np.float32],
    ranges: NDArray[np.float32],
    errors: NDArray[np.float32],
    low: float,
    range_gain: float,
    labels: NDArray[np.int32],
) -> int:
    """Fill labels (h, w): 0 nothing, 1.. connected objects higher than `low`; how many.

    Pixels belong together when they are at most two apart in a row or column and about as
    far away, so that holes of one pixel do not split a rock.
    """
    h, w = heights.shape
    parents = np.empty(h * w + 1, np.int32)
    parents[0] = 0
    used = 1
    for row in range(h):
        for column in range(w):
            labels[row, column] = 0
            own = ranges[row, column]
            if not (own > 0.0 and heights[row, column] > low + errors[row, column]):
                continue
            gate = 0.2 + 3.0 * range_gain * own * own
            mine = 0
            for back in range(4):
                step = back // 2 + 1
                i = row - step if back % 2 else row
                j = column if back % 2 else column - step
                if i < 0 or j < 0 or labels[i, j] == 0 or not abs(ranges[i, j] - own) < gate:
                    continue
                root = _root(parents, labels[i, j])
                if mine == 0:
                    mine = root
                elif root != mine:
                    parents[max(root, mine)] = min(root, mine)
                    mine = min(root, mine)
            if mine == 0:
                mine = used
                parents[used] = used
                used += 1
            labels[row, column] = mine
    names = np.zeros(used, np.int32)
    count = 0
    for row in range(h):
        for column in range(w):
            if labels[row, column]:
                root = _root(parents, labels[row, column])
                if names[root] == 0:
                    count += 1
                    names[root] = count
                labels[row, column] = names[root]
    return count


@numba.njit(cache=True, nogil=True)
def _root(parents: NDArray[np.int32], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label
