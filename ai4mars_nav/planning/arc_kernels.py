"""The compiled loop that drives a rover's wheels over the elevation map."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Heights = NDArray[np.float32]

CLEAR, LETHAL_CELL, UNSEEN, TILT, DROP, STEP, BELLY = range(7)


@njit("f8(f4[:, ::1], f8, f8)", cache=True)
def _height(grid: Heights, row: float, col: float) -> float:
    """Value of the cell at a place in cells, nan outside the grid."""
    if row < 0.0 or col < 0.0 or row >= grid.shape[0] or col >= grid.shape[1]:
        return float(np.nan)
    return float(grid[int(row), int(col)])


@njit(
    "void(f8[:, :, ::1], f4[:, ::1], f4[:, ::1], f4[:, ::1], b1[:, ::1], f8[:, ::1], f8[:, ::1],"
    " f8[:, ::1], f8[::1], f8[::1], f8[::1], i8[::1], i8[::1], f8[::1], f8[::1])",
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
    ground: Floats,
    stands: Floats,
    limits: Floats,
    reason: NDArray[np.int64],
    failed_at: NDArray[np.int64],
    worst_tilt: Floats,
    least_belly: Floats,
) -> None:
    """Drive every arc until it fails; fills the last four (k,) arrays.

    poses (k, n, 3): row, column in cells and yaw. elevation, sigma, top (rows, cols) metres, nan
    where unseen; `top` is elevation with its error added. wheels (4, 2) front left, front right,
    rear left, rear right; footprint and belly (m, 2) sample offsets; all in cells, x forward.
    ground: height at the rover, slope per cell along column and row. stands: row, column of the
    rover and the radius, in cells, within which unseen ground is taken to continue as it stands.
    A wheel no farther out than the rover's wheels already are turns on ground it has stood on.
    limits: tilt slope, wheel drop, step, belly clearance in metres, sigmas of error, metres a cell.
    failed_at: index of the first pose that fails, n when none does; for unseen ground, and for an
    arc that ends on assumed ground, the first after the last with all wheels on seen ground, so
    that no rover creeps over assumed ground.
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
    for arc in range(arcs):
        reason[arc] = CLEAR
        failed_at[arc] = count
        worst_tilt[arc] = 0.0
        least_belly[arc] = np.inf
        left_lethal = False
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
                if tilt > tilt_limit:
                    verdict = TILT
                elif abs(z[0] - z[1] - z[2] + z[3]) > drop_limit:
                    verdict = DROP
                else:
                    for w in range(4):
                        known_both = i > 0 and seen[w] and seen_before[w]
                        if known_both and abs(z[w] - before[w]) > step_limit:
                            verdict = STEP
            if verdict == CLEAR:
                middle = 0.25 * (z[0] + z[1] + z[2] + z[3]) + belly_height
                for k in range(belly.shape[0]):
                    r = row + sin * belly[k, 0] + cos * belly[k, 1]
                    c = col + cos * belly[k, 0] - sin * belly[k, 1]
                    height = _height(top, r, c)
                    if np.isnan(height):
                        continue
                    body = middle + resolution * (along * belly[k, 0] + across * belly[k, 1])
                    least_belly[arc] = min(least_belly[arc], body - height)
                if least_belly[arc] < 0.0:
                    verdict = BELLY
            if verdict != CLEAR:
                reason[arc] = verdict
                failed_at[arc] = last_seen + 1 if verdict == UNSEEN else i
                break
            if seen.all():
                last_seen = i
            for w in range(4):
                before[w] = z[w]
                seen_before[w] = seen[w]
        if reason[arc] == CLEAR and not sure:
            reason[arc] = UNSEEN
            failed_at[arc] = last_seen + 1
