"""Rays of a whole image against two grids of heights, compiled by numba: depth."""

from __future__ import annotations

import numpy as np
from numba import njit

from ai4mars_nav.sim.march.grid import Grid
from ai4mars_nav.sim.march.ray_kernels import (
    F32,
    Array,
    Pixels,
    beam_start,
    first_hit,
    in_nodes,
    ray,
)

TILE = 8
"""Pixels a side of the beams that find out where their rays may begin."""
FINEST = 0.004
"""Shortest step of a beam, of its way."""
MARGIN = 1.0
"""Nodes before the end of the lower neighbours at which a ray begins."""
STEEPEST = 0.2
"""Of the way of the lowest rays, the part over the ground: looking down more steeply, rows are not
one over the other."""


@njit(cache=True, nogil=True, error_model="numpy")
def level_length(u: float, v: float, pinhole: Pixels, turn: Array) -> float:
    """Length over the ground of a pixel's direction with optical z = 1."""
    d = ray(u, v, pinhole, turn)
    return float(np.sqrt(d[0] * d[0] + d[1] * d[1]))


@njit(cache=True, nogil=True, error_model="numpy")
def upright(width: int, height: int, pinhole: Pixels, turn: Array) -> bool:
    """Whether a row's rays all rise higher than those of the row below it, pixel over pixel: not
    where the camera lies on its side or looks at what is under it."""
    for u in (0.0, width - 1.0):
        low, high = ray(u, height - 1.0, pinhole, turn), ray(u, 0.0, pinhole, turn)
        if low[0] * high[0] + low[1] * high[1] <= 0.0:
            return False
        if low[0] * turn[0, 2] + low[1] * turn[1, 2] <= STEEPEST:
            return False
    return bool(-turn[2, 1] > 0.8 * np.sqrt(turn[2, 0] ** 2 + turn[2, 1] ** 2))


@njit(cache=True, nogil=True, error_model="numpy")
def march(
    first_row: int,
    last_row: int,
    pinhole: Pixels,
    turn: Array,
    eye: tuple[float, float, float],
    near: Grid,
    far: Grid,
    limit: float,
    depth: F32,
) -> None:
    """Fill rows first..last of `depth` (h, w): z-depth in metres, inf where no ray ends.

    `pinhole` is fx, fy, cx, cy, `turn` (3, 3) the rotation of the optical frame in the world.

    Rows are done from below. Heights have no overhangs: what stands in the way of a ray stood in
    the way of those below it, too. So a ray begins a little before the place where its three lower
    neighbours ended, as long as pixels lie closer together than nodes do.
    """
    height, width = depth.shape
    corners, starts = np.empty((4, 3)), np.empty((width + TILE - 1) // TILE)
    o, far_o = in_nodes(eye, near), in_nodes(eye, far)
    climbs = upright(width, height, pinhole, turn)
    dense = near.spacing * min(pinhole[0], pinhole[1])
    for v0 in range(last_row - TILE, first_row - TILE, -TILE):
        v1, v0 = v0 + TILE, max(v0, first_row)
        for k in range(starts.shape[0]):
            u0, u1 = k * TILE, min(k * TILE + TILE, width)
            for m in range(4):
                u, v = (u0 if m % 2 == 0 else u1 - 1), (v0 if m < 2 else v1 - 1)
                d = ray(u, v, pinhole, turn)
                corners[m, 0], corners[m, 1] = d[0] * near.per_metre, d[1] * near.per_metre
                corners[m, 2] = d[2]
            starts[k] = beam_start(o, corners, near, FINEST)
        for v in range(v1 - 1, v0 - 1, -1):
            shrink, margin, below = 1.0, 0.0, climbs and v + 1 < last_row
            if below:
                for at in (0.0, 0.5 * (width - 1), width - 1.0):
                    length = level_length(at, v, pinhole, turn)
                    shrink = min(shrink, level_length(at, v + 1.0, pinhole, turn) / length)
                    margin = max(margin, MARGIN * near.spacing / length)
            for u in range(width):
                start = starts[u // TILE]
                if below:
                    ended = depth[v + 1, u]
                    ended = min(ended, depth[v + 1, max(u - 1, 0)])
                    ended = min(ended, depth[v + 1, min(u + 1, width - 1)])
                    if ended < dense:
                        start = max(start, ended * shrink - margin)
                d = ray(u, v, pinhole, turn)
                depth[v, u] = first_hit(o, far_o, d, start, limit, near, far)
