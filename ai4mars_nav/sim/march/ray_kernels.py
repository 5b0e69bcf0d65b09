"""Rays against a grid of heights, compiled by numba. The slow twin is `slow.py`.

Between grid nodes the surface is bilinear, and a hit is its exact root. Columns and rows are
counted from node (0, 0), heights are metres, t counts the direction vector given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ai4mars_nav.sim.march.grid import Grid

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Pixels = tuple[float, float, float, float]
"""Focal lengths and centre: fx, fy, cx, cy."""

TINY = 1e-7
"""Step over the border of a patch; the surface is continuous, nothing hides in so short a gap."""


@njit(cache=True, nogil=True)
def halved(finer: F32) -> F32:
    """The maximum of every 2 x 2 block (rows, columns) -> half as many, rounded up."""
    rows, columns = finer.shape
    coarse = np.empty(((rows + 1) // 2, (columns + 1) // 2), np.float32)
    for j in range(coarse.shape[0]):
        low, high = 2 * j, min(2 * j + 1, rows - 1)
        for i in range(coarse.shape[1]):
            left, right = 2 * i, min(2 * i + 1, columns - 1)
            coarse[j, i] = max(
                max(finer[low, left], finer[low, right]), max(finer[high, left], finer[high, right])
            )
    return coarse


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def patch_root(
    heights: F32, i: int, j: int, u: float, v: float, z: float, du: float, dv: float, dz: float
) -> float:
    """Smallest s >= 0 at which (u, v, z) + s (du, dv, dz) is at or below patch (i, j), else inf.

    u and v count from the corner of the patch.
    """
    h00, h01 = np.float64(heights[j, i]), np.float64(heights[j, i + 1])
    h10, h11 = np.float64(heights[j + 1, i]), np.float64(heights[j + 1, i + 1])
    b, c, e = h01 - h00, h10 - h00, h11 - h10 - h01 + h00
    over = z - (h00 + b * u + c * v + e * u * v)
    if over <= 0.0:
        return 0.0
    slope = dz - b * du - c * dv - e * (u * dv + v * du)
    bend = -e * du * dv
    # bend s^2 + slope s + over = 0, by the form that does not cancel
    root = slope * slope - 4.0 * bend * over
    if root < 0.0:
        return np.inf
    q = -0.5 * (slope - np.sqrt(root)) if slope < 0.0 else -0.5 * (slope + np.sqrt(root))
    first = q / bend if bend != 0.0 else np.inf
    second = over / q if q != 0.0 else np.inf
    best = np.inf
    if first >= 0.0:
        best = first
    if 0.0 <= second < best:
        best = second
    return best


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def hit(
    o: tuple[float, float, float],
    d: tuple[float, float, float],
    per: tuple[float, float],
    start: float,
    end: float,
    grid: Grid,
) -> float:
    """First t in start..end, within the grid, at which o + t d meets the surface, or inf; `per`
    is what `inverse` says of d."""
    heights, maxes, levels = grid.heights, grid.maxes, grid.levels
    rows, columns = heights.shape
    top, level, t = levels.shape[0] - 1, 1, start
    ceiling = maxes[levels[top, 0]]
    if d[2] < 0.0:
        t = max(t, (ceiling - o[2]) / d[2])
    elif o[2] + t * d[2] > ceiling:
        return np.inf
    right, up = 1 if d[0] > 0.0 else 0, 1 if d[1] > 0.0 else 0
    while t < end:
        z = o[2] + t * d[2]
        i = min(max(int(o[0] + t * d[0]), 0), columns - 2)
        j = min(max(int(o[1] + t * d[1]), 0), rows - 2)
        a, b = i >> level, j >> level
        leave_x = (((a + right) << level) - o[0]) * per[0]
        leave_y = (((b + up) << level) - o[1]) * per[1]
        leave = min(leave_x, leave_y)
        lowest = z if d[2] >= 0.0 else o[2] + leave * d[2]
        if level == 0:
            highest = max(
                max(heights[j, i], heights[j, i + 1]), max(heights[j + 1, i], heights[j + 1, i + 1])
            )
        else:
            highest = maxes[levels[level, 0] + b * levels[level, 2] + a]
        if lowest > highest:
            t = max(leave, t) + TINY
            if d[2] >= 0.0 and o[2] + t * d[2] > ceiling:
                return np.inf
            # on leaving the parent block too, look at larger blocks again
            if level < top and ((a & 1) == right if leave_x < leave_y else (b & 1) == up):
                level += 1
        elif level > 0:
            level -= 1
        else:
            x, y = o[0] + t * d[0], o[1] + t * d[1]
            s = patch_root(heights, i, j, x - i, y - j, z, d[0], d[1], d[2])
            if t + s <= min(leave, end) + TINY:
                return t + s
            t = max(leave, t) + TINY
            level = min(1, top)
    return np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def beam_start(
    o: tuple[float, float, float],
    corners: Array,
    grid: Grid,
    finest: float,
) -> float:
    """A t before which no ray of a beam meets the surface: its corner rays are `corners` (4, 3).

    Steps grow while the beam is free and shrink where it is not, down to `finest` of t.
    """
    maxes, levels = grid.maxes, grid.levels
    t, step = 0.0, 0.25
    rows, columns = levels[0, 1], levels[0, 2]
    top = levels.shape[0] - 1
    ceiling = maxes[levels[top, 0]]
    while t < 400.0:
        ahead = t + step
        left, right, low, high, lowest = np.inf, -np.inf, np.inf, -np.inf, np.inf
        for k in range(4):
            for at in (t, ahead):
                x, y = o[0] + at * corners[k, 0], o[1] + at * corners[k, 1]
                left, right = min(left, x), max(right, x)
                low, high = min(low, y), max(high, y)
                lowest = min(lowest, o[2] + at * corners[k, 2])
        free = lowest > ceiling or right < 0.0 or high < 0.0 or left > columns or low > rows
        if not free:
            i0, i1 = int(max(left, 0.0)), int(min(right, columns - 1.0))
            j0, j1 = int(max(low, 0.0)), int(min(high, rows - 1.0))
            level = 0
            while level < top and (
                (i1 >> level) - (i0 >> level) > 1 or (j1 >> level) - (j0 >> level) > 1
            ):
                level += 1
            offset, wide = levels[level, 0], levels[level, 2]
            highest = -np.inf
            for b in range(j0 >> level, (j1 >> level) + 1):
                for a in range(i0 >> level, (i1 >> level) + 1):
                    highest = max(highest, maxes[offset + b * wide + a])
            free = lowest > highest
        if free:
            t = ahead
            step *= 2.0
        else:
            step *= 0.5
            if step < finest * (0.5 + t):
                return t
    return t


@njit(cache=True, nogil=True, error_model="numpy")
def in_nodes(p: tuple[float, float, float], grid: Grid) -> tuple[float, float, float]:
    """A point (metres) with x, y in columns and rows of the grid."""
    x, y = p[0] - grid.first[0], p[1] - grid.first[1]
    return x * grid.per_metre, y * grid.per_metre, p[2]


@njit(cache=True, nogil=True, error_model="numpy")
def inverse(d: tuple[float, float, float]) -> tuple[float, float]:
    """t per node along x and y; a ray along an axis crosses no line of the other, and a number that
    is not quite endless keeps 0 * inf away."""
    return 1.0 / (d[0] if d[0] != 0.0 else 1e-300), 1.0 / (d[1] if d[1] != 0.0 else 1e-300)


@njit(cache=True, nogil=True, error_model="numpy")
def within(
    o: tuple[float, float, float], per: tuple[float, float], grid: Grid
) -> tuple[float, float]:
    """The t >= 0 between which a ray is over the grid; the end before the start where never."""
    x0, x1 = -o[0] * per[0], (grid.heights.shape[1] - 1.0 - o[0]) * per[0]
    y0, y1 = -o[1] * per[1], (grid.heights.shape[0] - 1.0 - o[1]) * per[1]
    return max(max(min(x0, x1), min(y0, y1)), 0.0), min(max(x0, x1), max(y0, y1))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def first_hit(
    near_o: tuple[float, float, float],
    far_o: tuple[float, float, float],
    d: tuple[float, float, float],
    start: float,
    limit: float,
    near: Grid,
    far: Grid,
) -> float:
    """First t up to `limit` at which a ray along d (metres) meets the near grid, or the far one
    where the near one ends, else inf; nothing of the near one is met before `start`.

    near_o and far_o are its origin in the nodes of each grid.
    """
    near_d = (d[0] * near.per_metre, d[1] * near.per_metre, d[2])
    per = inverse(near_d)
    enter, leave = within(near_o, per, near)
    if leave <= enter:
        return far_hit(far_o, d, 0.0, limit, far)
    t = np.inf
    if enter > 0.0:
        t = far_hit(far_o, d, 0.0, min(enter, limit), far)
    if t == np.inf:
        t = hit(near_o, near_d, per, max(start, enter), min(leave, limit), near)
    if t == np.inf and leave < limit:
        t = far_hit(far_o, d, leave, limit, far)
    return t


@njit(cache=True, nogil=True, error_model="numpy")
def far_hit(
    o: tuple[float, float, float],
    d: tuple[float, float, float],
    start: float,
    end: float,
    far: Grid,
) -> float:
    """`hit` of the part of a ray (d in metres, o in nodes) that is over the far grid."""
    e = (d[0] * far.per_metre, d[1] * far.per_metre, d[2])
    per = inverse(e)
    enter, leave = within(o, per, far)
    return hit(o, e, per, max(start, enter), min(end, leave), far)


@njit(cache=True, nogil=True, error_model="numpy")
def ray(
    u: float, v: float, pinhole: tuple[float, float, float, float], turn: Array
) -> tuple[float, float, float]:
    """Direction through a pixel with optical z = 1, turned by `turn` (3, 3)."""
    x, y = (u - pinhole[2]) / pinhole[0], (v - pinhole[3]) / pinhole[1]
    return (
        turn[0, 0] * x + turn[0, 1] * y + turn[0, 2],
        turn[1, 0] * x + turn[1, 1] * y + turn[1, 2],
        turn[2, 0] * x + turn[2, 1] * y + turn[2, 2],
    )
