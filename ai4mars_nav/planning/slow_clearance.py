"""The plain twin of the clearance check, for tests and benchmarks only: same results, no tricks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning import arc_kernels
from ai4mars_nav.planning.clearance import (
    ClearanceSettings,
    Ground,
    beside,
    or_shut_in,
    rover_samples,
    trusted_radius,
)
from ai4mars_nav.rover import Rover

Floats = NDArray[np.float64]

STANDING = ("tilts too far", "a wheel drops too deep", "too little clearance under the belly")
"""Reasons for which no rover may stand there, gravest first."""


def pose_found(
    pose: tuple[float, float, float],
    ground: Ground,
    standing: Pose,
    settings: ClearanceSettings,
    rover: Rover,
) -> tuple[dict[str, float], NDArray[np.bool_]]:
    """What the rover finds at `pose` (x, y, yaw in odom), nothing where it is unseen.

    The four wheels' heights and their distances from where the rover stands, by what share of
    their limits tilt, drop and belly are too much, and how many spots beside it are as high as its
    belly; and which wheels stand on seen ground.
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
                return {}, np.array(seen)
            plane = standing.translation[2] - (up[:2] @ away) / up[2]
            if plane > highest:
                highest, its_error = plane, 0.0
        heights.append(highest)
        errors.append(its_error)
    left_front, right_front, left_rear, right_rear = heights
    spread = 0.5 * settings.sigmas * math.sqrt(sum(error**2 for error in errors))
    along = (left_front + right_front - left_rear - right_rear) / (2.0 * rover.wheelbase)
    across = (left_front + left_rear - right_front - right_rear) / (2.0 * rover.track)
    tilt = math.hypot(abs(along) + spread / rover.wheelbase, abs(across) + spread / rover.track)
    drop = abs(left_front - right_front - left_rear + right_rear)
    body = np.mean(heights) + rover.belly_clearance - settings.belly_margin

    def room(samples: Floats) -> Floats:
        height, error = _under(np.array(pose[:2]) + samples @ turn, ground)
        left = body + samples @ np.array([along, across]) - (height + settings.sigmas * error)
        return np.asarray(left[np.isfinite(left)])

    lowest = float(np.min(room(belly), initial=np.inf))
    around = beside(settings, rover, ground.resolution) * ground.resolution
    found = {
        "tilts too far": max(0.0, tilt / math.tan(math.radians(rover.max_tilt_deg)) - 1.0),
        "a wheel drops too deep": max(0.0, drop / rover.max_wheel_drop - 1.0),
        "too little clearance under the belly": max(0.0, -lowest / rover.max_wheel_drop),
        "crowd": float((room(around) < 0.0).sum()),
    }
    found |= {f"wheel {i}": float(height) for i, height in enumerate(heights)}
    found |= {f"away {i}": away for i, away in enumerate(far)}
    return found, np.array(seen)


def arc_failure(
    poses: Floats, ground: Ground, standing: Pose, settings: ClearanceSettings, rover: Rover
) -> tuple[str, int, int]:
    """Why and at which of `poses` (n, 3) in odom an arc fails, and where it becomes narrow.

    ("", n, n) when it does not. Unseen ground fails an arc after the last pose with all wheels on
    seen ground, and so does its end where a wheel stands farther out than the rover's wheels do
    now, on ground nobody has seen. An arc that does not end what is too much at its first pose
    fails after its best.
    """
    own = 0.5 * math.hypot(rover.wheelbase, rover.track) + 0.5 * ground.resolution
    last_seen, left_lethal, sure, reason = -1, False, True, ""
    failed = len(poses)
    cannot = or_shut_in(ground, standing)
    over: list[dict[str, float]] = []
    before: tuple[dict[str, float], NDArray[np.bool_]] | None = None
    for i, pose in enumerate(poses):
        column, row = np.floor((pose[:2] - np.array(ground.origin)) / ground.resolution).astype(int)
        rows, columns = cannot.shape
        lethal = 0 <= row < rows and 0 <= column < columns and cannot[row, column]
        if lethal and left_lethal:
            reason, failed = "enters a lethal cell", i
            break
        left_lethal |= not lethal
        found, seen = pose_found((pose[0], pose[1], pose[2]), ground, standing, settings, rover)
        if not found:
            reason, failed = "unseen ground under a wheel", last_seen + 1
            break
        over.append(found)
        reason = _not_allowed(over, before, seen, rover)
        if reason:
            over.pop()
            failed = i
            break
        if seen.all():
            last_seen = i
        sure = all(seen[w] or found[f"away {w}"] <= own for w in range(4))
        before = found, seen
    if not reason and not sure:
        reason, failed = "unseen ground under a wheel", last_seen + 1
    totals = [sum(at[name] for name in STANDING) for at in over]
    if _is_left(totals) < 0:
        reason = reason or next(name for name in STANDING if over[0][name] > 0.0)
        failed = min(failed, _best(totals, arc_kernels.BETTER) + 1)
    return reason, failed, min(failed, _narrow([at["crowd"] for at in over]))


def _not_allowed(
    over: list[dict[str, float]],
    before: tuple[dict[str, float], NDArray[np.bool_]] | None,
    seen: NDArray[np.bool_],
    rover: Rover,
) -> str:
    """Why the rover must not go on to the last of the poses at which it found `over`."""
    now = over[-1]
    leaving = _is_left([sum(at[name] for name in STANDING) for at in over[:-1]]) < 0
    leaving |= len(over) == 1
    allowed = {
        name: over[0][name] + arc_kernels.SLACK if leaving and over[0][name] > 0.0 else 0.0
        for name in STANDING
    }
    too_much = [name for name in STANDING if now[name] > allowed[name]]
    if too_much and too_much[0] != STANDING[2]:
        return too_much[0]
    if before is not None:
        change = np.array([now[f"wheel {w}"] - before[0][f"wheel {w}"] for w in range(4)])
        height = change if leaving else np.abs(change)
        if (height[seen & before[1]] > rover.max_step).any():
            return "a step too high for a wheel"
    return too_much[0] if too_much else ""


def _is_left(excess: list[float]) -> int:
    """Index of the first without excess, -1 if there is none; 0 of an empty list."""
    return next((i for i, value in enumerate(excess) if value == 0.0), -1 if excess else 0)


def _best(excess: list[float], by: float) -> int:
    """Index of the last that was less than any before, each time by more than `by`."""
    best, least = 0, excess[0]
    for i, value in enumerate(excess):
        if value < least - by:
            best, least = i, value
    return best


def _narrow(crowd: list[float]) -> int:
    """Index of the first pose that is more crowded than it may be, as many as there are if none."""
    left = _is_left(crowd)
    for i, value in enumerate(crowd):
        if value > (crowd[0] if left < 0 or i < left else 0.0):
            return i if 0 <= left < i else _best(crowd[:i], 0.0) + 1
    return len(crowd) if left >= 0 else _best(crowd, 0.0) + 1


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
