"""The compiled loops over a frame of points: it becomes sums per cell; twins in slow.py.

Signatures are explicit: everything is compiled once, when this module is first imported, and
kept on disk. Heights inside one frame are relative to the camera, so that float32 is enough.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ai4mars_nav.mapping import row_kernels
from ai4mars_nav.mapping.columns import (
    COUNT,
    EVIDENCE,
    HIGHEST,
    LOWEST,
    VOTES,
    WEIGHT,
    WEIGHTED_Z,
)
from ai4mars_nav.mapping.row_kernels import DEPTH, PRECISION, X, Y, Z

Floats = NDArray[np.float32]
Cells = NDArray[np.int32]
Flags = NDArray[np.uint8]
Counts = NDArray[np.int64]

BLUR = np.float32(0.5)
"""Cells of range error from which on a point's evidence is spread."""
FADE = np.float32(2.45)
"""Sigmas over which a vote fades to nothing: a triangle as wide as the Gaussian it stands for."""

_fast: dict[str, Any] = row_kernels.COMPILED


class RowRoom(NamedTuple):
    """Room for two image rows of a width; see `row_kernels`."""

    at: Floats
    cell: Cells
    linked: Flags
    found: Cells

    @classmethod
    def of(cls, width: int) -> RowRoom:
        """Room for rows of `width` points."""
        return cls(
            np.empty((2, row_kernels.PLANES, width), np.float32),
            np.empty((2, width), np.int32),
            np.empty((4, width), np.uint8),
            np.empty(width, np.int32),
        )


@njit("void(i8[::1], i8, i8)", **_fast)
def _widen(bounds: Counts, row: int, column: int) -> None:
    bounds[0] = min(bounds[0], row)
    bounds[1] = max(bounds[1], row + 1)
    bounds[2] = min(bounds[2], column)
    bounds[3] = max(bounds[3], column + 1)


@njit("void(f4[:,:,::1], i8, i8, f4, f4)", **_fast)
def _deposit(sums: Floats, row: int, column: int, precision: float, z: float) -> None:
    """Add one height to a cell's sums."""
    target = sums[row, column]
    target[COUNT] += np.float32(1)
    target[WEIGHT] += precision
    target[WEIGHTED_Z] += precision * z
    target[LOWEST] = min(target[LOWEST], z)
    target[HIGHEST] = max(target[HIGHEST], z)


@njit("void(f4[:,:,::1], i8, i8, f4, f4, u1)", **_fast)
def _vote(sums: Floats, row: int, column: int, share: float, evidence: float, kind: int) -> None:
    """Add a share of one pixel's opinion to a cell's sums."""
    if kind < 4 and share > 0:
        sums[row, column, VOTES] += share
        sums[row, column, EVIDENCE + kind] += share * evidence


@njit(
    "void(i4[::1], f4[:,::1], f4[:,::1], u1[::1], u1[::1], u1[::1], u1[::1], f4[::1],"
    " f4, f4, f4, f4, f4[:,:,::1], i8[::1])",
    **_fast,
)
def _smear(
    found: Cells,
    near: Floats,
    far: Floats,
    near_class: Flags,
    far_class: Flags,
    near_confidence: Flags,
    far_confidence: Flags,
    evidence: Floats,
    range_factor: float,
    resolution: float,
    bridge_slope: float,
    bridge_vote: float,
    sums: Floats,
    bounds: Counts,
) -> None:
    """Spread linked neighbours' evidence over the cells between them, never beyond either.

    Each end's vote fades with its distance over the range error; between the ends the ground is
    a straight line whose variance grows with the distance to the nearer end.
    """
    one, zero = np.float32(1), np.float32(0)
    rows, columns = sums.shape[0], sums.shape[1]
    sag_per_cell = resolution * bridge_slope
    for i in found:
        dx, dy = far[X, i] - near[X, i], far[Y, i] - near[Y, i]
        depth = near[DEPTH, i]
        length = np.sqrt(dx * dx + dy * dy)
        blur = max(FADE * range_factor * depth * depth / resolution, np.float32(1e-3))
        fade = one / blur
        steps = int(np.ceil(length))
        part = one / np.float32(steps)
        a, b = near_class[i], far_class[i]
        vote_a, vote_b = evidence[near_confidence[i]], evidence[far_confidence[i]]
        for k in range(steps + 1):
            share = np.float32(k) * part
            x, y = near[X, i] + share * dx, near[Y, i] + share * dy
            if not (x >= 0 and x < columns and y >= 0 and y < rows):
                continue
            row, column = int(y), int(x)
            from_a, from_b = share * length, (one - share) * length
            fade_a, fade_b = max(one - from_a * fade, zero), max(one - from_b * fade, zero)
            if k == 0:
                _vote(sums, row, column, fade_b, vote_b, b)
            elif k == steps:
                _vote(sums, row, column, fade_a, vote_a, a)
            else:
                # a cell that no pixel hit still gets the opinion of the nearer end
                if from_a <= from_b:
                    fade_a = max(fade_a, bridge_vote)
                else:
                    fade_b = max(fade_b, bridge_vote)
                z = near[Z, i] + share * (far[Z, i] - near[Z, i])
                sag = min(from_a, from_b) * sag_per_cell
                precision = near[PRECISION, i] / (one + near[PRECISION, i] * sag * sag)
                _deposit(sums, row, column, precision, z)
                _vote(sums, row, column, fade_a, vote_a, a)
                _vote(sums, row, column, fade_b, vote_b, b)
                _widen(bounds, row, column)


@njit(
    "void(f4[:,::1], i4[::1], u1[::1], u1[::1], f4[::1], f4[:,:,::1], i8[::1])",
    **_fast,
)
def _scatter(
    at: Floats,
    cell: Cells,
    classes: Flags,
    confidence: Flags,
    evidence: Floats,
    sums: Floats,
    bounds: Counts,
) -> None:
    """Add one row of points to the frame's sums; runs in one cell are summed in registers."""
    width = sums.shape[1]
    one = np.float32(1)
    i, end = 0, cell.shape[0]
    while i < end:
        here, kind = cell[i], classes[i]
        if here < 0:
            i += 1
            continue
        z, precision = at[Z, i], at[PRECISION, i]
        lowest = highest = z
        count, weight, weighted = one, precision, precision * z
        votes = evidence[confidence[i]]
        row = int(at[Y, i])
        i += 1
        while i < end and cell[i] == here and classes[i] == kind:
            z, precision = at[Z, i], at[PRECISION, i]
            count += one
            weight += precision
            weighted += precision * z
            votes += evidence[confidence[i]]
            lowest = min(lowest, z)
            highest = max(highest, z)
            i += 1
        column = int(here) - row * width
        target = sums[row, column]
        target[COUNT] += count
        target[WEIGHT] += weight
        target[WEIGHTED_Z] += weighted
        target[LOWEST] = min(target[LOWEST], lowest)
        target[HIGHEST] = max(target[HIGHEST], highest)
        if kind < 4:
            target[VOTES] += count
            target[EVIDENCE + kind] += votes
        _widen(bounds, row, column)


@njit(
    "void(f4[:,:,::1], u1[:,::1], u1[:,::1], f4[:,::1], f4[::1], f4[::1], f4[:,:,::1],"
    " f4[:,:,::1], i4[:,::1], u1[:,::1], i4[::1], i8[::1], i8[::1])",
    **_fast,
)
def accumulate(
    points: Floats,
    classes: Flags,
    confidence: Flags,
    cells_from_camera: Floats,
    evidence: Floats,
    sensor: Floats,
    sums: Floats,
    at: Floats,
    cell: Cells,
    linked: Flags,
    found: Cells,
    bounds: Counts,
    tally: Counts,
) -> None:
    """Points (h, w, 3) of the optical frame, labels (h, w) -> sums (rows, columns, SUMS).

    `sensor`: nearest and farthest depth, range factor (sigma = factor * depth^2), height floor
    variance, grazing share, resolution, bridge slope and vote. `at`, `cell`, `linked` and `found`
    are a RowRoom. `bounds` grows to the touched rows and columns; `tally` counts points used,
    dropped (not finite, out of range, or alone) and outside the map.
    """
    nearest, farthest, range_factor, floor = sensor[0], sensor[1], sensor[2], sensor[3]
    grazing, resolution, bridge_slope, bridge_vote = sensor[4], sensor[5], sensor[6], sensor[7]
    rows, columns = sums.shape[0], sums.shape[1]
    height = points.shape[0]
    blurred = np.sqrt(BLUR * resolution / range_factor)
    # without neighbours above or below nothing is known against a point
    linked[0, :] = 0 if height > 1 else 1
    linked[2, :] = 0
    for r in range(height + 1):
        new, old = r % 2, (r + 1) % 2
        if r < height:
            row_kernels.locate(
                points[r], cells_from_camera, rows, columns, nearest, farthest, range_factor,
                floor, at[new], cell[new],
            )  # fmt: skip
        if r == 0:
            continue
        down = linked[new] if r < height else linked[2]
        if r < height:
            row_kernels.link(
                at[new], at[old], cell[new], cell[old], range_factor, grazing, resolution, down
            )
            count = row_kernels.find_wide(
                down, at[new], cell[new], cell[old], blurred, linked[3], found
            )
            _smear(
                found[:count], at[new], at[old], classes[r], classes[r - 1], confidence[r],
                confidence[r - 1], evidence, range_factor, resolution, bridge_slope, bridge_vote,
                sums, bounds,
            )  # fmt: skip
        row_kernels.drop_lone(linked[old], down, cell[old], tally)
        _scatter(at[old], cell[old], classes[r - 1], confidence[r - 1], evidence, sums, bounds)
