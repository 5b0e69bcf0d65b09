"""The compiled loops that set six wheels and a belly on a heightfield.

Places are metres in the world; `frame` is x, y of cell (0, 0)'s corner and metres a cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

SAME = 1e-9
"""Metres."""
REFINED = 6
"""Halvings of the sample spacing where a rim touches: it then errs by micrometres."""
CLIMBING = 0.05
"""A wheel climbs that rises steeper than this beside the slope it comes from, a tangent."""


@njit("f8(f4[:, ::1], f8[::1], f8, f8)", cache=True)
def height(grid: F32, frame: F64, x: float, y: float) -> float:
    """Metres at a place, bilinear between cell centres; off the grid its edge goes on."""
    rows, columns = grid.shape
    column = min(max((x - frame[0]) / frame[2] - 0.5, 0.0), columns - 1.0)
    row = min(max((y - frame[1]) / frame[2] - 0.5, 0.0), rows - 1.0)
    left, low = min(int(column), columns - 2), min(int(row), rows - 2)
    u, v = column - left, row - low
    below = grid[low, left] * (1.0 - u) + grid[low, left + 1] * u
    above = grid[low + 1, left] * (1.0 - u) + grid[low + 1, left + 1] * u
    return float(below * (1.0 - v) + above * v)


@njit("f8(f4[:, ::1], f8[::1], f8, f8, f8, f8, f8[::1], f8[::1], f8[::1], f8[::1])", cache=True)
def axle_height(
    grid: F32,
    frame: F64,
    x: float,
    y: float,
    heading: float,
    lean: float,
    along: F64,
    lift: F64,
    across: F64,
    contact: F64,
) -> float:
    """Lowest height of a wheel's axle over x, y that leaves the whole rim on or above the ground.

    `lean` is the tangent of the axle's slope to the left; `contact` (3,) gets where it touches, of
    equals the sample that comes first.
    """
    cos, sin = np.cos(heading), np.sin(heading)
    # a leaning wheel, cut upright, is an ellipse
    stretch = np.sqrt(1.0 + lean * lean)
    best, at, line = -np.inf, 0.0, 0.0
    for j in range(across.shape[0]):
        left_x, left_y = x - sin * across[j], y + cos * across[j]
        for i in range(along.shape[0]):
            ground = height(grid, frame, left_x + cos * along[i], left_y + sin * along[i])
            axle = ground + stretch * lift[i] - lean * across[j]
            if axle > best + SAME:
                best, at, line = axle, along[i], across[j]
    # the rim touches between two samples
    radius, reach = lift[0], 0.5 * abs(along[2] - along[0])
    left_x, left_y = x - sin * line, y + cos * line
    for _ in range(REFINED):
        middle = at
        for side in (-1.0, 1.0):
            u = min(max(middle + side * reach, -radius), radius)
            ground = height(grid, frame, left_x + cos * u, left_y + sin * u)
            axle = ground + stretch * np.sqrt(radius * radius - u * u) - lean * line
            if axle > best:
                best, at = axle, u
        reach *= 0.5
    contact[0], contact[1] = left_x + cos * at, left_y + sin * at
    contact[2] = height(grid, frame, contact[0], contact[1])
    return float(best)


@njit("void(f8, f8, f8, f8[:, ::1])", cache=True)
def orient(yaw: float, ahead: float, left: float, rotation: F64) -> None:
    """Rotation (3, 3) of a body on a plane that rises by tangents `ahead` and `left` of yaw."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    n = 1.0 / np.sqrt(1.0 + ahead * ahead)
    m = 1.0 / np.sqrt(1.0 + ahead * ahead + left * left)
    fx, fz = n, n * ahead
    ux, uy, uz = -m * ahead, -m * left, m
    lx, ly, lz = uy * fz, uz * fx - ux * fz, -uy * fx
    rotation[0, 0], rotation[1, 0], rotation[2, 0] = cos * fx, sin * fx, fz
    rotation[0, 1], rotation[1, 1], rotation[2, 1] = cos * lx - sin * ly, sin * lx + cos * ly, lz
    rotation[0, 2], rotation[1, 2], rotation[2, 2] = cos * ux - sin * uy, sin * ux + cos * uy, uz


@njit(
    "f8(f4[:, ::1], f8[::1], f8[::1], f8[::1], f8[:, ::1], f8[::1], f8[::1], f8[::1], f8[::1],"
    " f8[::1], f8, i8, f8[:, ::1], f8[:, ::1], f8[:, ::1])",
    cache=True,
)
def settle(
    grid: F32,
    frame: F64,
    place: F64,
    slopes: F64,
    wheels: F64,
    headings: F64,
    along: F64,
    lift: F64,
    across: F64,
    sinkage: F64,
    radius: float,
    rounds: int,
    rotation: F64,
    axles: F64,
    contacts: F64,
) -> float:
    """Height of base_link where the rocker-bogie comes to rest at `place` (x, y, yaw).

    `slopes` (2,), tangents ahead and to the left, holds a guess and gets the body's; rotation
    (3, 3), axles (6, 3) and contacts (6, 3) are filled. Every round uses the attitude of the last.
    """
    yaw = place[2]
    base = wheels[0, 0] - 0.5 * (wheels[1, 0] + wheels[2, 0])
    track = wheels[0, 1] - wheels[3, 1]
    mean = 0.0
    for _ in range(rounds):
        orient(yaw, slopes[0], slopes[1], rotation)
        mean = 0.0
        for w in range(6):
            for k in range(2):
                axles[w, k] = (
                    place[k]
                    + rotation[k, 0] * wheels[w, 0]
                    + rotation[k, 1] * wheels[w, 1]
                    + rotation[k, 2] * radius
                )
            lean = np.cos(headings[w]) * slopes[1] - np.sin(headings[w]) * slopes[0]
            axles[w, 2] = (
                axle_height(
                    grid, frame, axles[w, 0], axles[w, 1], yaw + headings[w], lean,
                    along, lift, across, contacts[w],
                )
                - sinkage[w]
            )  # fmt: skip
            mean += axles[w, 2] / 6.0
        left = (axles[0, 2] + axles[1, 2] + axles[2, 2]) / 3.0
        right = (axles[3, 2] + axles[4, 2] + axles[5, 2]) / 3.0
        left_rocker = axles[0, 2] - 0.5 * (axles[1, 2] + axles[2, 2])
        right_rocker = axles[3, 2] - 0.5 * (axles[4, 2] + axles[5, 2])
        # lengths as seen from above, in the directions of heading and of its left
        cos, sin = np.cos(yaw), np.sin(yaw)
        run = base * (cos * rotation[0, 0] + sin * rotation[1, 0])
        left_ahead = cos * rotation[0, 1] + sin * rotation[1, 1]
        left_aside = cos * rotation[1, 1] - sin * rotation[0, 1]
        # the differential holds the body at the mean of its rockers
        slopes[0] = 0.5 * (left_rocker + right_rocker) / run
        slopes[1] = ((left - right) / track - slopes[0] * left_ahead) / left_aside
    orient(yaw, slopes[0], slopes[1], rotation)
    return float(mean - radius * rotation[2, 2])


@njit("void(u1[:, ::1], i4[:, ::1], f8[::1], f8[:, ::1], u1[::1], i4[::1])", cache=True)
def beneath(
    grounds: NDArray[np.uint8],
    rock_of: NDArray[np.int32],
    frame: F64,
    contacts: F64,
    ground_at: NDArray[np.uint8],
    rock_at: NDArray[np.int32],
) -> None:
    """Ground and rock of the cells that hold the contacts (n, 3), into the last two (n,)."""
    rows, columns = grounds.shape
    for w in range(contacts.shape[0]):
        column = min(max(int(np.floor((contacts[w, 0] - frame[0]) / frame[2])), 0), columns - 1)
        row = min(max(int(np.floor((contacts[w, 1] - frame[1]) / frame[2])), 0), rows - 1)
        ground_at[w], rock_at[w] = grounds[row, column], rock_of[row, column]


@njit("f8(f4[:, ::1], f8[::1], f8[::1], f8[:, ::1], f8[:, ::1], f8, f8[::1])", cache=True)
def belly_depth(
    grid: F32, frame: F64, base: F64, rotation: F64, belly: F64, clearance: float, touch: F64
) -> float:
    """Metres that the surface reaches into the underbody, negative where it is free.

    `base` (3,) is base_link; `touch` (3,) gets the place where there is least room.
    """
    worst = -np.inf
    for k in range(belly.shape[0]):
        x = base[0] + rotation[0, 0] * belly[k, 0] + rotation[0, 1] * belly[k, 1]
        y = base[1] + rotation[1, 0] * belly[k, 0] + rotation[1, 1] * belly[k, 1]
        z = base[2] + rotation[2, 0] * belly[k, 0] + rotation[2, 1] * belly[k, 1]
        x += rotation[0, 2] * clearance
        y += rotation[1, 2] * clearance
        z += rotation[2, 2] * clearance
        ground = height(grid, frame, x, y)
        if ground - z > worst:
            worst = ground - z
            touch[0], touch[1], touch[2] = x, y, ground
    return float(worst)


@njit(
    "void(f4[:, ::1], f8[::1], f8[:, ::1], f8[:, ::1], f8, f8[::1], f8[::1], f8[::1], f8[::1],"
    " f8[::1], f8[::1], f8[::1], f8, f8, f8[::1])",
    cache=True,
)
def step_heights(
    grid: F32,
    frame: F64,
    axles: F64,
    ways: F64,
    yaw: float,
    slopes: F64,
    headings: F64,
    along: F64,
    lift: F64,
    across: F64,
    sinkage: F64,
    backs: F64,
    run_up: float,
    steepest: float,
    steps: F64,
) -> None:
    """How far each axle has risen since it was `backs` (metres, increasing) behind on its way.

    The slope of the `run_up` metres before that, up to the tangent `steepest`, goes on and does
    not count. ways (6, 3) is how the axles moved. Fills steps (6,), 0 where no wheel climbs.
    """
    contact = np.empty(3)
    risen = np.empty(backs.shape[0])
    last = backs.shape[0] - 1
    for w in range(6):
        length = np.hypot(ways[w, 0], ways[w, 1])
        steps[w] = 0.0
        if length == 0.0 or ways[w, 2] <= CLIMBING * length:
            continue
        dx, dy = ways[w, 0] / length, ways[w, 1] / length
        lean = np.cos(headings[w]) * slopes[1] - np.sin(headings[w]) * slopes[0]
        was = 0.0
        for k in range(backs.shape[0] + 1):
            back = backs[k] if k <= last else backs[last] + run_up
            was = axle_height(
                grid, frame, axles[w, 0] - back * dx, axles[w, 1] - back * dy, yaw + headings[w],
                lean, along, lift, across, contact,
            )  # fmt: skip
            if k <= last:
                risen[k] = axles[w, 2] + sinkage[w] - was
        slope = (axles[w, 2] + sinkage[w] - risen[last] - was) / run_up
        slope = min(max(slope, 0.0), steepest)
        if ways[w, 2] - slope * length <= CLIMBING * length:
            continue
        for k in range(backs.shape[0]):
            steps[w] = max(steps[w], risen[k] - slope * backs[k])
