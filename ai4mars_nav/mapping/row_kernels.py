"""The compiled loops over one image row of points: places, cells, and neighbours that belong.

Each loop is plain enough, and has few enough arrays, for the compiler to run it eight or sixteen
points at a time; that is why they are many. `at` holds a row's planes, (PLANES, w). Signatures
are explicit: everything is compiled once, when this module is first imported, and kept on disk.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Cells = NDArray[np.int32]
Flags = NDArray[np.uint8]

OUTSIDE, INVALID = -1, -2
"""Instead of a cell: beyond the map, no point at all."""
X, Y, Z, PRECISION, RIGHT, DOWN, DEPTH, GAP = range(8)
"""Column and row (cells), height over the camera (m), 1/variance of it, the point itself in the
optical frame (m), and the squared distance (cells^2) to the row above."""
PLANES = 8
LEAST_ANGLE = np.float32(0.02)
"""Radians to the viewing ray under which nothing is a surface: it is the edge of something."""

# nan must keep failing every comparison: no "nnan" here
COMPILED: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": {"contract", "nsz", "arcp"}}


@njit("void(f4[:,::1], f4[::1], f4[::1], f4[::1])", **COMPILED)
def _split(points: Floats, right: Floats, down: Floats, depth: Floats) -> None:
    for i in range(points.shape[0]):
        right[i] = points[i, 0]
        down[i] = points[i, 1]
        depth[i] = points[i, 2]


@njit("void(f4[::1], f4[::1], f4[::1], f4[::1], f4[::1])", **COMPILED)
def _turn(by: Floats, right: Floats, down: Floats, depth: Floats, along: Floats) -> None:
    a, b, c, d = by[0], by[1], by[2], by[3]
    for i in range(right.shape[0]):
        along[i] = a * right[i] + b * down[i] + c * depth[i] + d


@njit("void(f4[::1], f4[::1], f4, f4, f4[::1])", **COMPILED)
def _weigh(
    z: Floats, depth: Floats, range_factor: float, floor_variance: float, precision: Floats
) -> None:
    for i in range(z.shape[0]):
        error = range_factor * depth[i] * z[i]
        precision[i] = np.float32(1.0) / (floor_variance + error * error)


@njit("void(f4[::1], f4[::1], f4[::1], f4[::1], i8, i8, f4, f4, i4[::1])", **COMPILED)
def _bin(
    x: Floats,
    y: Floats,
    z: Floats,
    depth: Floats,
    rows: int,
    columns: int,
    nearest: float,
    farthest: float,
    cell: Cells,
) -> None:
    wide, high, width = np.float32(columns), np.float32(rows), np.int32(columns)
    for i in range(x.shape[0]):
        # x - x is nan for nan and for infinity, and both then fail the comparison
        finite = (x[i] - x[i]) + (y[i] - y[i]) + (z[i] - z[i]) == 0
        valid = (depth[i] >= nearest) & (depth[i] <= farthest) & finite
        inside = valid & (x[i] >= 0) & (x[i] < wide) & (y[i] >= 0) & (y[i] < high)
        where = np.int32(y[i]) * width + np.int32(x[i]) if inside else np.int32(OUTSIDE)
        cell[i] = where if valid else np.int32(INVALID)


@njit("void(f4[:,::1], f4[:,::1], i8, i8, f4, f4, f4, f4, f4[:,::1], i4[::1])", **COMPILED)
def locate(
    points: Floats,
    cells_from_camera: Floats,
    rows: int,
    columns: int,
    nearest: float,
    farthest: float,
    range_factor: float,
    floor_variance: float,
    at: Floats,
    cell: Cells,
) -> None:
    """Points (w, 3) of the optical frame to all planes of `at` but GAP, and to cells (w,)."""
    t = cells_from_camera
    _split(points, at[RIGHT], at[DOWN], at[DEPTH])
    _turn(t[0], at[RIGHT], at[DOWN], at[DEPTH], at[X])
    _turn(t[1], at[RIGHT], at[DOWN], at[DEPTH], at[Y])
    _turn(t[2], at[RIGHT], at[DOWN], at[DEPTH], at[Z])
    _weigh(at[Z], at[DEPTH], range_factor, floor_variance, at[PRECISION])
    _bin(at[X], at[Y], at[Z], at[DEPTH], rows, columns, nearest, farthest, cell)


@njit("void(f4[::1], f4[::1], f4[::1], f4[::1], f4[::1])", **COMPILED)
def _measure_gap(x: Floats, y: Floats, far_x: Floats, far_y: Floats, gap: Floats) -> None:
    for i in range(x.shape[0]):
        dx, dy = far_x[i] - x[i], far_y[i] - y[i]
        gap[i] = dx * dx + dy * dy


@njit(
    "void(f4[::1], f4[::1], f4[::1], f4[::1], f4[::1], f4[::1], f4[::1], f4, f4, f4, u1[::1])",
    **COMPILED,
)
def _compare(
    gap: Floats,
    z: Floats,
    down: Floats,
    depth: Floats,
    far_z: Floats,
    far_down: Floats,
    far_depth: Floats,
    range_factor: float,
    grazing: float,
    resolution: float,
    linked: Flags,
) -> None:
    reach, per = resolution * resolution, LEAST_ANGLE
    for i in range(gap.shape[0]):
        rise = far_z[i] - z[i]
        apart = gap[i] * reach + rise * rise
        across = down[i] * far_depth[i] - depth[i] * far_down[i]
        sigma = range_factor * depth[i] * depth[i]
        shallow = max(grazing * abs(z[i]), per * depth[i])
        limit = max(reach, np.float32(8.0) * sigma * sigma)
        linked[i] = (across * across >= shallow * shallow * apart) | (apart <= limit)


@njit("void(i4[::1], i4[::1], u1[::1])", **COMPILED)
def _unlink_invalid(near_cell: Cells, far_cell: Cells, linked: Flags) -> None:
    for i in range(linked.shape[0]):
        linked[i] = (linked[i] != 0) & (near_cell[i] > INVALID) & (far_cell[i] > INVALID)


@njit("void(f4[:,::1], f4[:,::1], i4[::1], i4[::1], f4, f4, f4, u1[::1])", **COMPILED)
def link(
    near: Floats,
    far: Floats,
    near_cell: Cells,
    far_cell: Cells,
    range_factor: float,
    grazing: float,
    resolution: float,
    linked: Flags,
) -> None:
    """Whether pixels of a row and of the row above it lie on one continuous surface; near's GAP.

    On ground the way from one to the other crosses the viewing ray at an angle of about camera
    height / range; into the shadow behind a rock it runs along the ray. `grazing` is the share
    of that angle which is still believed, down to LEAST_ANGLE. Steps below a cell or the range
    noise are noise.
    """
    _measure_gap(near[X], near[Y], far[X], far[Y], near[GAP])
    _compare(
        near[GAP], near[Z], near[DOWN], near[DEPTH], far[Z], far[DOWN], far[DEPTH], range_factor,
        grazing, resolution, linked,
    )  # fmt: skip
    _unlink_invalid(near_cell, far_cell, linked)


@njit("void(u1[::1], u1[::1], i4[::1], i8[::1])", **COMPILED)
def drop_lone(up: Flags, down: Flags, cell: Cells, tally: NDArray[np.int64]) -> None:
    """Make points of no surface INVALID, stereo mistakes mostly, and count the row's points."""
    used = outside = 0
    for i in range(cell.shape[0]):
        alone = (up[i] | down[i]) == 0
        cell[i] = np.int32(INVALID) if alone & (cell[i] >= 0) else cell[i]
    for i in range(cell.shape[0]):
        used += cell[i] >= 0
        outside += cell[i] == OUTSIDE
    tally[0] += used
    tally[1] += cell.shape[0] - used - outside
    tally[2] += outside


@njit("void(u1[::1], f4[::1], f4[::1], i4[::1], i4[::1], f4, u1[::1])", **COMPILED)
def _mark_wide(
    linked: Flags,
    gap: Floats,
    depth: Floats,
    near_cell: Cells,
    far_cell: Cells,
    blurred: float,
    wide: Flags,
) -> None:
    for i in range(gap.shape[0]):
        reaching = (gap[i] >= 1) | (depth[i] >= blurred)
        wide[i] = (linked[i] != 0) & (near_cell[i] != far_cell[i]) & reaching


@njit("i8(u1[::1], f4[:,::1], i4[::1], i4[::1], f4, u1[::1], i4[::1])", **COMPILED)
def find_wide(
    linked: Flags,
    near: Floats,
    near_cell: Cells,
    far_cell: Cells,
    blurred: float,
    wide: Flags,
    found: Cells,
) -> int:
    """Linked pixels whose evidence reaches other cells, into `found`; returns how many.

    Those are a cell or more apart, or at a depth from which the range error is (`blurred`).
    """
    _mark_wide(linked, near[GAP], near[DEPTH], near_cell, far_cell, blurred, wide)
    any_wide = np.uint8(0)
    for i in range(wide.shape[0]):
        any_wide |= wide[i]
    count = 0
    if any_wide:
        for i in range(wide.shape[0]):
            found[count] = i
            count += wide[i]
    return count
