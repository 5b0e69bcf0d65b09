"""The compiled loop that drives a rover's wheels over the elevation map."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Heights = NDArray[np.float32]

CLEAR, LETHAL_CELL, UNSEEN, TILT, DROP, STEP, BELLY = range(7)
SLACK = 0.1
"""Share of a limit by which what is beyond it already may grow on the way to where it is less:
about what heights err by."""
BETTER = 0.01
"""Share of the limits by which a place must be better than where the rover stands."""


@njit("f8(f4[:, ::1], f8, f8)", cache=True)
def _height(grid: Heights, row: float, col: float) -> float:
    """Value of the cell at a place in cells, nan outside the grid."""
    if row < 0.0 or col < 0.0 or row >= grid.shape[0] or col >= grid.shape[1]:
        return float(np.nan)
    return float(grid[int(row), int(col)])


@njit("UniTuple(f8, 2)(f4[:, ::1], f8[::1], f8[:, ::1], f8, f8, f8)", cache=True)
def _room(
    top: Heights, pose: Floats, samples: Floats, middle: float, along: float, across: float
) -> tuple[float, float]:
    """Least room, metres, between the body's plane and the ground at `samples` (m, 2), infinite
    where nothing is seen, and at how many of them there is none.

    The plane is `middle` metres high at the pose and rises by `along` and `across` a cell.
    """
    row, col, yaw = pose
    cos, sin = np.cos(yaw), np.sin(yaw)
    least, without = np.inf, 0.0
    for k in range(samples.shape[0]):
        r = row + sin * samples[k, 0] + cos * samples[k, 1]
        c = col + cos * samples[k, 0] - sin * samples[k, 1]
        height = _height(top, r, c)
        if np.isnan(height):
            continue
        room = middle + along * samples[k, 0] + across * samples[k, 1] - height
        least = min(least, room)
        if room < 0.0:
            without += 1.0
    return least, without


@njit(
    "void(f8[:, :, ::1], f4[:, ::1], f4[:, ::1], f4[:, ::1], b1[:, ::1], f8[:, ::1], f8[:, ::1],"
    " f8[:, ::1], f8[:, ::1], f8[::1], f8[::1], f8[::1], i8[::1], i8[::1], i8[::1], f8[::1],"
    " f8[::1])",
    cache=True,
)
def drive_arcs(
    poses: Floats,
    elevation: Heights,
    sigma: Heights,
    top: Heights,
    lethal: NDArray[np.bool_],
    wheels: Floats,
    footprint: Floats,
    belly: Floats,
    beside: Floats,
    ground: Floats,
    stands: Floats,
    limits: Floats,
    reason: NDArray[np.int64],
    failed_at: NDArray[np.int64],
    narrow_at: NDArray[np.int64],
    worst_tilt: Floats,
    least_belly: Floats,
) -> None:
    """Drive every arc until it fails; fills the last five (k,) arrays.

    poses (k, n, 3): row, column in cells and yaw. elevation, sigma, top (rows, cols) metres, nan
    where unseen; `top` is elevation with its error added. wheels (4, 2) front left, front right,
    rear left, rear right; footprint, belly and beside (m, 2) sample offsets; all in cells, x
    forward. ground: height at the rover, slope per cell along column and row. stands: row, column
    of the rover and the radius, in cells, within which unseen ground is taken to continue as it
    stands. A wheel no farther out than the rover's wheels already are turns on ground it has stood
    on. limits: tilt slope, wheel drop, step, belly clearance in metres, sigmas of error, metres a
    cell.
    failed_at: index of the first pose that fails, n when none does; for unseen ground, and for an
    arc that ends on assumed ground, the first after the last with all wheels on seen ground, so
    that no rover creeps over assumed ground. What tilts, drops or touches the belly at pose 0 may
    be left, never for worse; an arc on which that does not end fails after its best pose.
    narrow_at: the same for what is as high as the belly beside the body.
    """
    arcs, count = poses.shape[0], poses.shape[1]
    tilt_limit, drop_limit, step_limit, belly_height, sigmas, resolution = limits
    base = (wheels[0, 0] - wheels[2, 0]) * resolution
    track = (wheels[0, 1] - wheels[1, 1]) * resolution
    own_square = (np.hypot(wheels[0, 0], wheels[0, 1]) + 0.5) ** 2
    z = np.empty(4)
    before = np.empty(4)
    seen = np.empty(4, np.bool_)
    seen_before = np.empty(4, np.bool_)
    over = np.empty(3)
    allowed = np.empty(3)
    for arc in range(arcs):
        reason[arc] = CLEAR
        failed_at[arc] = count
        narrow_at[arc] = count
        worst_tilt[arc] = 0.0
        least_belly[arc] = np.inf
        left_lethal = False
        leaving = CLEAR
        allowed[:] = 0.0
        best, least_over = -1, np.inf
        crowd_allowed, least_crowd, roomiest = 0.0, np.inf, -1
        last_seen = -1
        sure = True
        for i in range(count):
            row, col, yaw = poses[arc, i]
            if i > 0 and (poses[arc, i] == poses[arc, i - 1]).all():
                break  # a short arc repeats its last pose
            verdict = CLEAR
            inside = row >= 0.0 and col >= 0.0 and row < lethal.shape[0] and col < lethal.shape[1]
            if inside and lethal[int(row), int(col)]:
                if left_lethal:
                    verdict = LETHAL_CELL
            else:
                left_lethal = True
            cos, sin = np.cos(yaw), np.sin(yaw)
            variance = 0.0
            sure = True
            for w in range(4):
                wheel_row = row + sin * wheels[w, 0] + cos * wheels[w, 1]
                wheel_col = col + cos * wheels[w, 0] - sin * wheels[w, 1]
                highest = -np.inf
                error = 0.0
                known = 0
                for k in range(footprint.shape[0]):
                    r = wheel_row + sin * footprint[k, 0] + cos * footprint[k, 1]
                    c = wheel_col + cos * footprint[k, 0] - sin * footprint[k, 1]
                    height = _height(elevation, r, c)
                    if np.isnan(height):
                        continue
                    known += 1
                    if height > highest:
                        highest = height
                        error = sigma[int(r), int(c)]
                seen[w] = 2 * known >= footprint.shape[0]
                if not seen[w]:
                    away_row, away_col = wheel_row - stands[0], wheel_col - stands[1]
                    away_square = away_row * away_row + away_col * away_col
                    sure = sure and away_square <= own_square
                    if away_square > stands[2] * stands[2]:
                        if verdict == CLEAR:
                            verdict = UNSEEN
                        continue
                    plane = ground[0] + ground[1] * away_col + ground[2] * away_row
                    # a rock seen under part of the wheel still counts
                    if known == 0 or plane > highest:
                        highest = plane
                        error = 0.0
                z[w] = highest
                variance += error * error
            if verdict == CLEAR:
                along = 0.5 * (z[0] + z[1] - z[2] - z[3]) / base
                across = 0.5 * (z[0] + z[2] - z[1] - z[3]) / track
                spread = 0.5 * sigmas * np.sqrt(variance)
                tilt = np.hypot(abs(along) + spread / base, abs(across) + spread / track)
                worst_tilt[arc] = max(worst_tilt[arc], tilt)
                middle = 0.25 * (z[0] + z[1] + z[2] + z[3]) + belly_height
                pitch, roll = along * resolution, across * resolution
                room, _ = _room(top, poses[arc, i], belly, middle, pitch, roll)
                least_belly[arc] = min(least_belly[arc], room)
                over[0] = max(0.0, tilt / tilt_limit - 1.0)
                over[1] = max(0.0, abs(z[0] - z[1] - z[2] + z[3]) / drop_limit - 1.0)
                over[2] = max(0.0, -room / drop_limit)
                if i == 0:
                    for k, kind in ((2, BELLY), (1, DROP), (0, TILT)):
                        if over[k] > 0.0:
                            leaving = kind
                            allowed[k] = over[k] + SLACK
                if over[0] > allowed[0]:
                    verdict = TILT
                elif over[1] > allowed[1]:
                    verdict = DROP
                else:
                    for w in range(4):
                        change = z[w] - before[w] if i > 0 and seen[w] and seen_before[w] else 0.0
                        # down from what it stands on and must not stand on
                        if abs(change) > step_limit and (change > 0.0 or leaving == CLEAR):
                            verdict = STEP
                if verdict == CLEAR and over[2] > allowed[2]:
                    verdict = BELLY
            if verdict != CLEAR:
                reason[arc] = verdict
                failed_at[arc] = last_seen + 1 if verdict == UNSEEN else i
                break
            if leaving != CLEAR:
                if over.max() == 0.0:
                    leaving = CLEAR
                    allowed[:] = 0.0
                elif over.sum() < least_over - BETTER:
                    least_over, best = over.sum(), i
            if narrow_at[arc] == count:
                _, crowd = _room(top, poses[arc, i], beside, middle, pitch, roll)
                if i == 0:
                    crowd_allowed = crowd
                if crowd > crowd_allowed:
                    narrow_at[arc] = i if crowd_allowed == 0.0 else roomiest + 1
                elif crowd == 0.0:
                    crowd_allowed = 0.0
                elif crowd < least_crowd:
                    least_crowd, roomiest = crowd, i
            if seen.all():
                last_seen = i
            for w in range(4):
                before[w] = z[w]
                seen_before[w] = seen[w]
        if reason[arc] == CLEAR and not sure:
            reason[arc] = UNSEEN
            failed_at[arc] = last_seen + 1
        if leaving != CLEAR:
            if reason[arc] == CLEAR:
                reason[arc] = leaving
            failed_at[arc] = min(failed_at[arc], best + 1)
        if crowd_allowed > 0.0 and narrow_at[arc] == count:
            narrow_at[arc] = roomiest + 1
        narrow_at[arc] = min(narrow_at[arc], failed_at[arc])
