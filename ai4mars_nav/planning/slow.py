"""The plain twins of the kernels, for tests and benchmarks only: same results, no tricks.

Costs are int8 (rows, cols), prices per metre an array of 256 by cost value as uint8.
"""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.clearance import ClearanceSettings, Ground, rover_samples, trusted_radius
from ai4mars_nav.rover import Rover

Floats = NDArray[np.float64]


def togo_field(
    cost: NDArray[np.int8], per_metre: Floats, resolution: float, goal: tuple[int, int]
) -> Floats:
    """Cost-to-go (rows, cols) to cell `goal` over centres of neighbouring cells, by a heap."""
    half = (per_metre * (0.5 * resolution))[cost.view(np.uint8)]
    togo = np.full(cost.shape, np.inf)
    togo[goal] = 0.0
    queue = [(0.0, goal)]
    while queue:
        reached, (row, col) = heapq.heappop(queue)
        if reached > togo[row, col]:
            continue
        for down, right in _NEIGHBOURS:
            to = (row + down, col + right)
            if not (0 <= to[0] < cost.shape[0] and 0 <= to[1] < cost.shape[1]):
                continue
            step = half[row, col] + half[to]
            if down and right:
                if math.isinf(half[row, to[1]]) and math.isinf(half[to[0], col]):
                    continue
                step *= math.sqrt(2.0)
            if reached + step < togo[to]:
                togo[to] = reached + step
                heapq.heappush(queue, (togo[to], to))
    return togo


_NEIGHBOURS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


def path_cost(
    points: Floats,
    cost: NDArray[np.int8],
    per_metre: Floats,
    origin: tuple[float, float],
    resolution: float,
) -> float:
    """Integral of the price along `points` (n, 2) metres, infinite through lethal cells.

    Each leg is cut at every grid line it crosses; a piece is priced by the cell of its middle.
    """
    cells = (np.asarray(points) - np.asarray(origin)) / resolution
    total = 0.0
    for start, end in pairwise(cells):
        way = end - start
        cuts = [0.0, 1.0]
        for axis in (0, 1):
            low, high = sorted((start[axis], end[axis]))
            lines = np.arange(math.ceil(low), math.floor(high) + 1)
            if way[axis] != 0.0:
                cuts.extend((lines - start[axis]) / way[axis])
        cuts_ = np.sort(np.clip(cuts, 0.0, 1.0))
        pieces = np.diff(cuts_) * math.hypot(*way) * resolution
        middles = start + 0.5 * (cuts_[1:] + cuts_[:-1])[:, None] * way
        real = pieces > 1e-9 * resolution
        columns, rows = np.floor(middles[real]).astype(int).T
        total += float((per_metre[cost.view(np.uint8)[rows, columns]] * pieces[real]).sum())
    return total


def squeezes(
    points: Floats, cost: NDArray[np.int8], origin: tuple[float, float], resolution: float
) -> bool:
    """Whether a leg passes a grid corner diagonally between two lethal cells."""
    cells = (np.asarray(points) - np.asarray(origin)) / resolution
    for start, end in pairwise(cells):
        way = end - start
        if way[0] == 0.0 or way[1] == 0.0:
            continue
        low, high = sorted((start[0], end[0]))
        for col in range(math.ceil(low), math.floor(high) + 1):
            y = start[1] + (col - start[0]) / way[0] * way[1]
            row = round(y)
            inside = 0 < row < cost.shape[0] and 0 < col < cost.shape[1]
            if abs(y - row) < 1e-9 and inside:
                falling = way[0] * way[1] < 0
                if falling:  # driven from top left to bottom right: the others are beside
                    beside = (cost[row - 1, col - 1], cost[row, col])
                else:
                    beside = (cost[row, col - 1], cost[row - 1, col])
                if beside[0] == 100 and beside[1] == 100:
                    return True
    return False


def pose_failure(
    pose: tuple[float, float, float],
    ground: Ground,
    standing: Pose,
    settings: ClearanceSettings,
    rover: Rover,
) -> tuple[str, dict[str, float], NDArray[np.bool_]]:
    """Why the rover cannot stand at `pose` (x, y, yaw in odom), step and lethal cells aside.

    With the four wheels' heights and their distances from where the rover stands, the tilt and the
    room under the belly; and which wheels stand on seen ground.
    """
    wheels, footprint, belly = (
        samples * ground.resolution for samples in rover_samples(rover, ground.resolution)
    )
    turn = np.array([[np.cos(pose[2]), np.sin(pose[2])], [-np.sin(pose[2]), np.cos(pose[2])]])
    up = standing.rotation[:, 2]
    heights, errors, seen, far = [], [], [], []
    for wheel in wheels:
        centre = np.array(pose[:2]) + wheel @ turn
        height, error = _under(centre + footprint @ turn, ground)
        known = np.isfinite(height)
        seen.append(2 * int(known.sum()) >= len(height))
        top = int(np.nanargmax(np.where(known, height, -np.inf)))
        highest, its_error = (height[top], error[top]) if known.any() else (-np.inf, 0.0)
        away = centre - standing.translation[:2]
        far.append(float(np.hypot(*away)))
        if not seen[-1]:
            if np.hypot(*away) > trusted_radius(settings, rover):
                return "unseen ground under a wheel", {}, np.array(seen)
            plane = standing.translation[2] - (up[:2] @ away) / up[2]
            if plane > highest:
                highest, its_error = plane, 0.0
        heights.append(highest)
        errors.append(its_error)
    left_front, right_front, left_rear, right_rear = heights
    spread = 0.5 * settings.sigmas * math.sqrt(sum(error**2 for error in errors))
    along = (left_front + right_front - left_rear - right_rear) / (2.0 * rover.wheelbase)
    across = (left_front + left_rear - right_front - right_rear) / (2.0 * rover.track)
    tilt = math.atan(
        math.hypot(abs(along) + spread / rover.wheelbase, abs(across) + spread / rover.track)
    )
    height, error = _under(np.array(pose[:2]) + belly @ turn, ground)
    body = np.mean(heights) + rover.belly_clearance - settings.belly_margin
    room = body + belly @ np.array([along, across]) - (height + settings.sigmas * error)
    found = {"tilt": tilt, "belly": float(np.min(room[np.isfinite(room)], initial=np.inf))}
    found |= {f"wheel {i}": float(height) for i, height in enumerate(heights)}
    found |= {f"away {i}": away for i, away in enumerate(far)}
    reason = ""
    if tilt > math.radians(rover.max_tilt_deg):
        reason = "tilts too far"
    elif abs(left_front - right_front - left_rear + right_rear) > rover.max_wheel_drop:
        reason = "a wheel drops too deep"
    elif found["belly"] < 0.0:
        reason = "too little clearance under the belly"
    return reason, found, np.array(seen)


def arc_failure(
    poses: Floats, ground: Ground, standing: Pose, settings: ClearanceSettings, rover: Rover
) -> tuple[str, int]:
    """Why and at which of `poses` (n, 3) in odom an arc fails; ("", n) when it does not.

    Unseen ground fails an arc after the last pose with all wheels on seen ground, and so does its
    end where a wheel stands farther out than the rover's wheels do now, on ground nobody has seen.
    """
    own = 0.5 * math.hypot(rover.wheelbase, rover.track) + 0.5 * ground.resolution
    last_seen, left_lethal, sure = -1, False, True
    before: tuple[dict[str, float], NDArray[np.bool_]] | None = None
    for i, pose in enumerate(poses):
        column, row = np.floor((pose[:2] - np.array(ground.origin)) / ground.resolution).astype(int)
        rows, columns = ground.cost.shape
        lethal = 0 <= row < rows and 0 <= column < columns and ground.cost[row, column] == 100
        if lethal and left_lethal:
            return "enters a lethal cell", i
        left_lethal |= not lethal
        reason, found, seen = pose_failure(
            (pose[0], pose[1], pose[2]), ground, standing, settings, rover
        )
        if reason.startswith("unseen"):
            return reason, last_seen + 1
        if before is not None and reason in ("", "too little clearance under the belly"):
            steps = [abs(found[f"wheel {w}"] - before[0][f"wheel {w}"]) for w in range(4)]
            if any(np.array(steps)[seen & before[1]] > rover.max_step):
                reason = "a step too high for a wheel"
        if reason:
            return reason, i
        if seen.all():
            last_seen = i
        sure = all(seen[w] or found[f"away {w}"] <= own for w in range(4))
        before = found, seen
    return ("", len(poses)) if sure else ("unseen ground under a wheel", last_seen + 1)


def _under(points: Floats, ground: Ground) -> tuple[Floats, Floats]:
    """Elevation and its error (n,) at points (n, 2) in odom, nan where unseen."""
    columns, rows = np.floor((points - np.array(ground.origin)) / ground.resolution).astype(int).T
    inside = (rows >= 0) & (columns >= 0)
    inside &= (rows < ground.known.shape[0]) & (columns < ground.known.shape[1])
    height, error = np.full(len(points), np.nan), np.full(len(points), np.nan)
    known = inside.copy()
    known[inside] = ground.known[rows[inside], columns[inside]]
    height[known] = ground.elevation[rows[known], columns[known]]
    error[known] = ground.sigma[rows[known], columns[known]]
    return height, error
