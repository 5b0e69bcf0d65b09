"""The compiled loops over cells: memory and cost of a window; twins in slow.py.

Windows are half-open: rows first_row..last_row, columns first_column..last_column.
Signatures are explicit: everything is compiled once, when this module is first imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ai4mars_nav.mapping.columns import (
    ANGLE,
    BELIEF,
    COST_RATIO,
    COUNT,
    ELEVATION,
    EVIDENCE,
    HELD,
    HIGH,
    HIGHEST,
    LOOSE,
    LOW,
    LOWEST,
    NEAR,
    NOISE,
    ROCK,
    SEEN,
    SHARE,
    SLOPE,
    STEP,
    SUMS,
    VARIANCE,
    VOTES,
    WEIGHT,
    WEIGHTED_Z,
)
from ai4mars_nav.mapping.row_kernels import COMPILED
from ai4mars_nav.terrain import UNKNOWN, Terrain

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_fast: dict[str, Any] = COMPILED
_SAND = int(Terrain.SAND)


@njit("void(f4[:,:,::1], f4[:,:,::1], i8[::1], f8, f8, f8[::1])", **_fast)
def fuse(
    sums: Floats,
    memory: Floats,
    window: NDArray[np.int64],
    camera_z: float,
    now: float,
    tuning: Doubles,
) -> None:
    """One frame's sums into the memory of a window, and the sums back to nothing.

    `tuning`: independent points per frame, drift variance (m^2/s), gate (squared sigmas),
    belief time constant (s), belief floor, rock miss, rock floor (log-odds), independent votes
    per frame.
    """
    independent, drift, gate, patience = tuning[0], tuning[1], tuning[2], tuning[3]
    floor, rock_miss, rock_floor, full_vote = tuning[4], tuning[5], tuning[6], tuning[7]
    for r in range(window[0], window[1]):
        for c in range(window[2], window[3]):
            total = sums[r, c, WEIGHT]
            if not total > 0:
                continue
            count = sums[r, c, COUNT]
            noise = count / total
            z = camera_z + sums[r, c, WEIGHTED_Z] / total
            low, high = sums[r, c, LOWEST] + camera_z, sums[r, c, HIGHEST] + camera_z
            extent = high - low
            # the mean of a cell that holds a step depends on where in it the points fell
            error = (noise + extent * extent / 12) / min(max(count, 1.0), independent)
            elapsed = now - memory[SEEN, r, c]
            if np.isnan(memory[ELEVATION, r, c]):
                memory[ELEVATION, r, c] = z
                memory[VARIANCE, r, c] = error
                memory[LOW, r, c] = low
                memory[HIGH, r, c] = high
                memory[NOISE, r, c] = noise
            else:
                spread = memory[VARIANCE, r, c] + drift * elapsed
                change = z - memory[ELEVATION, r, c]
                if change * change > gate * (spread + error):
                    spread = change * change
                gain = spread / (spread + error)
                memory[ELEVATION, r, c] += gain * change
                memory[VARIANCE, r, c] = (1 - gain) * spread
                memory[LOW, r, c] += gain * (low - memory[LOW, r, c])
                memory[HIGH, r, c] += gain * (high - memory[HIGH, r, c])
                memory[NOISE, r, c] += gain * (noise - memory[NOISE, r, c])
            memory[SEEN, r, c] = now
            memory[ROCK, r, c] = max(memory[ROCK, r, c] - rock_miss, rock_floor)
            votes = sums[r, c, VOTES]
            if votes > 0:
                keep = np.exp(-elapsed / patience) if elapsed > 0 else 1.0
                share = min(votes, full_vote) / votes
                best = -np.inf
                for k in range(4):
                    belief = keep * memory[BELIEF + k, r, c] + share * sums[r, c, EVIDENCE + k]
                    memory[BELIEF + k, r, c] = belief
                    best = max(best, belief)
                for k in range(4):
                    memory[BELIEF + k, r, c] = max(memory[BELIEF + k, r, c] - best, floor)
            for k in range(SUMS):
                sums[r, c, k] = 0
            sums[r, c, LOWEST] = np.inf
            sums[r, c, HIGHEST] = -np.inf


@njit("u1(f4[:,:,::1], i8, i8)", **_fast)
def _likeliest(memory: Floats, row: int, column: int) -> int:
    """The class of a cell, 255 where no class was ever seen."""
    best, seen = 0, False
    for k in range(4):
        belief = memory[BELIEF + k, row, column]
        seen = seen or belief != 0
        if belief > memory[BELIEF + best, row, column]:
            best = k
    return best if seen else UNKNOWN


@njit(
    "void(f4[:,:,::1], f4[:,:,::1], i8[::1], f4[:,::1], f8[::1], i1[:,::1], u1[:,::1], u1[:,::1])",
    **_fast,
)
def grade(
    memory: Floats,
    derived: Floats,
    window: NDArray[np.int64],
    table: Floats,
    limits: Doubles,
    graded: NDArray[np.int8],
    lethal: NDArray[np.uint8],
    classes: NDArray[np.uint8],
) -> None:
    """Classes and their shares, cost ratio, graded cost (1..99, -1 unknown) and lethal cells.

    `table` (5, n) is the cost ratio per class, and of loose sand, at slopes 0, 1/limits[0],
    2/limits[0]...
    `limits`: entries per unit of slope (m per cell), steepest slope, highest step, sigmas of
    height error added to a step, rock log-odds from which a cell is lethal, cost ratio added at
    the highest step, cost ratio of 99, belief floor, cells per metre, share of sand that is loose
    where no slip was felt, and from 10 on the shares of the classes where none was seen.
    """
    per_slope, steepest, highest, sigmas = limits[0], limits[1], limits[2], limits[3]
    rock, climb, dearest, floor = limits[4], limits[5], limits[6], limits[7]
    scale = 98.0 / (dearest - 1.0)
    per_metre, loose_share = np.float32(limits[8]), limits[9]
    least = np.exp(floor)
    for r in range(window[0], window[1]):
        for c in range(window[2], window[3]):
            barred = memory[ROCK, r, c] >= rock or memory[HELD, r, c] > 0
            classes[r, c] = _likeliest(memory, r, c)
            slope = derived[SLOPE, r, c]
            derived[ANGLE, r, c] = np.arctan(slope * per_metre)
            if np.isnan(slope):
                graded[r, c] = -1
                lethal[r, c] = barred
                for k in range(COST_RATIO, SHARE + 4):
                    derived[k, r, c] = np.nan
                continue
            total = 0.0
            for k in range(4):
                belief = memory[BELIEF + k, r, c]
                # most beliefs are certain or at the floor: spare them the exponential
                share = least
                if belief > floor:
                    share = 1.0 if belief == 0 else np.exp(belief)
                if classes[r, c] == UNKNOWN:
                    share = limits[10 + k]
                derived[SHARE + k, r, c] = share
                total += share
            place = min(slope * per_slope, table.shape[1] - 1.001)
            entry = int(place)
            part = place - entry
            ratio = 0.0
            for k in range(4):
                share = derived[SHARE + k, r, c] / total
                derived[SHARE + k, r, c] = share
                price = (1 - part) * table[k, entry] + part * table[k, entry + 1]
                if k == _SAND:
                    near = memory[NEAR, r, c]
                    loose = (1 - near) * loose_share + near * memory[LOOSE, r, c]
                    worse = (1 - part) * table[4, entry] + part * table[4, entry + 1]
                    price += loose * (worse - price)
                ratio += share * price
            step = derived[STEP, r, c]
            ratio += climb * (step / highest) ** 2
            derived[COST_RATIO, r, c] = ratio
            graded[r, c] = 1 + int(min(max((ratio - 1.0) * scale, 0.0), 98.0) + 0.5)
            reach = step + sigmas * np.sqrt(2.0 * memory[NOISE, r, c])
            lethal[r, c] = barred or slope > steepest or reach > highest


@njit("void(i1[:,::1], f4[:,:], i8[::1], i8, i8, f8, f8, i1[:,::1])", **_fast)
def inflate(
    graded: NDArray[np.int8],
    distance: Floats,
    window: NDArray[np.int64],
    top: int,
    left: int,
    inscribed: float,
    circumscribed: float,
    cost: NDArray[np.int8],
) -> None:
    """Graded cost and distance to the nearest lethal cell (cells) -> cost of a window.

    `distance` begins at row `top`, column `left`. A lethal cell is 100; a known cell nearer than
    `inscribed` is 100; from there to `circumscribed` at least a cost that falls off from 99.
    Unknown stays unknown.
    """
    width = max(circumscribed - inscribed, 1e-6)
    for r in range(window[0], window[1]):
        for c in range(window[2], window[3]):
            value = graded[r, c]
            far = distance[r - top, c - left]
            if far == 0:
                value = np.int8(100)
            elif value >= 0 and far < circumscribed:
                if far <= inscribed:
                    value = np.int8(100)
                else:
                    share = (circumscribed - far) / width
                    value = max(value, np.int8(1 + 98 * share * share))
            cost[r, c] = value
