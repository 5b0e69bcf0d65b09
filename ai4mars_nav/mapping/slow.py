"""Plain NumPy twins of the compiled loops; only tests and benchmarks call them.

Same names, arguments and effects as in point_kernels.py and cell_kernels.py, whole arrays at a
time; `accumulate` leaves out the room for rows, which only the compiled one needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping import columns as of
from ai4mars_nav.mapping.point_kernels import BLUR, FADE
from ai4mars_nav.mapping.row_kernels import LEAST_ANGLE
from ai4mars_nav.terrain import UNKNOWN, Terrain

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Labels = NDArray[np.uint8]


def accumulate(
    points: Floats,
    classes: Labels,
    confidence: Labels,
    cells_from_camera: Floats,
    evidence: Floats,
    sensor: Floats,
    sums: Floats,
    bounds: NDArray[np.int64],
    tally: NDArray[np.int64],
) -> None:
    """Points (h, w, 3) of the optical frame, labels (h, w) -> sums (rows, columns, SUMS)."""
    nearest, farthest, range_factor, floor = sensor[:4]
    rows, columns = sums.shape[:2]
    with np.errstate(invalid="ignore", over="ignore"):
        x, y, z = np.moveaxis(points @ cells_from_camera[:, :3].T + cells_from_camera[:, 3], 2, 0)
        depth = points[..., 2]
        precision = np.float32(1.0) / (floor + (range_factor * depth * z) ** 2)
        valid = (depth >= nearest) & (depth <= farthest) & np.isfinite(x + y + z)
        inside = valid & (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        linked = _linked(points, z, sensor) & valid[1:] & valid[:-1]
    used = inside.copy()
    if points.shape[0] > 1:
        alone = np.ones_like(inside)
        alone[1:] &= ~linked
        alone[:-1] &= ~linked
        used &= ~alone
    row, column = y[used].astype(np.int64), x[used].astype(np.int64)
    _add(sums, row, column, precision[used], z[used])
    weight = evidence[confidence]
    _vote(sums, row, column, np.ones_like(z[used]), weight[used], classes[used])
    _widen(bounds, row, column)
    _smear(points, np.stack([x, y, z, precision]), inside, linked, classes, weight, sensor,
           sums, bounds)  # fmt: skip
    outside = valid & ~inside
    tally += [used.sum(), (~used & ~outside).sum(), outside.sum()]


def _linked(points: Floats, z: Floats, sensor: Floats) -> Bools:
    """(h - 1, w) whether row r + 1 and row r show one continuous surface."""
    range_factor, grazing, reach = sensor[2], sensor[4], sensor[5]
    near, far = points[1:], points[:-1]
    apart = np.sum((far - near) ** 2, axis=2)
    across = near[..., 1] * far[..., 2] - near[..., 2] * far[..., 1]
    sigma = range_factor * near[..., 2] ** 2
    limit = np.maximum(reach * reach, 8 * sigma * sigma)
    shallow = np.maximum(grazing * np.abs(z[1:]), LEAST_ANGLE * near[..., 2])
    linked: Bools = (across * across >= shallow * shallow * apart) | (apart <= limit)
    return linked


def _smear(
    points: Floats,
    place: Floats,
    inside: Bools,
    linked: Bools,
    classes: Labels,
    weight: Floats,
    sensor: Floats,
    sums: Floats,
    bounds: NDArray[np.int64],
) -> None:
    """Spread linked neighbours' evidence over the cells between them, never beyond either."""
    range_factor, resolution, bridge_slope, bridge_vote = sensor[[2, 5, 6, 7]]
    rows, columns = sums.shape[:2]
    cell = np.full(inside.shape, -1, np.int64)
    cell[inside] = place[1][inside].astype(np.int64) * columns + place[0][inside].astype(np.int64)
    both = linked & (cell[1:] != cell[:-1])
    near, far = place[:, 1:][:, both], place[:, :-1][:, both]
    depth = points[1:, :, 2][both]
    sigma = np.maximum(range_factor * depth * depth / resolution, np.float32(1e-3) / FADE)
    length = np.hypot(far[0] - near[0], far[1] - near[1])
    chosen = (sigma >= BLUR) | (length >= 1)
    near, far, sigma, length = near[:, chosen], far[:, chosen], sigma[chosen], length[chosen]
    kinds = [labels[both][chosen] for labels in (classes[1:], classes[:-1])]
    opinions = [values[both][chosen] for values in (weight[1:], weight[:-1])]
    steps = np.ceil(length).astype(np.int64)
    pair = np.repeat(np.arange(len(steps)), steps + 1)
    k = np.arange(len(pair)) - np.repeat(np.cumsum(steps + 1) - (steps + 1), steps + 1)
    share = (k / np.maximum(steps[pair], 1)).astype(np.float32)
    x, y, z = near[:3, pair] + share * (far[:3, pair] - near[:3, pair])
    on_map = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    from_near, from_far = share * length[pair], (1 - share) * length[pair]
    between = on_map & (k > 0) & (k < steps[pair])
    at_near, at_far = on_map & (k == 0), on_map & (k == steps[pair]) & (k > 0)
    sag = np.minimum(from_near, from_far) * resolution * bridge_slope
    precision = (1 / (1 / near[3, pair] + sag * sag)).astype(np.float32)
    row, column = np.zeros(len(k), np.int64), np.zeros(len(k), np.int64)
    row[on_map], column[on_map] = y[on_map].astype(np.int64), x[on_map].astype(np.int64)
    _add(sums, row[between], column[between], precision[between], z[between])
    _widen(bounds, row[between], column[between])
    for away, kind, opinion, nearer, other_end in (
        (from_near, kinds[0], opinions[0], from_near <= from_far, at_far),
        (from_far, kinds[1], opinions[1], from_near > from_far, at_near),
    ):
        fade = np.maximum(1.0 - away / (FADE * sigma[pair]), 0.0)
        fade = np.where(between & nearer, np.maximum(fade, bridge_vote), fade).astype(np.float32)
        chosen = between | other_end
        _vote(
            sums, row[chosen], column[chosen], fade[chosen], opinion[pair][chosen],
            kind[pair][chosen],
        )  # fmt: skip


def _add(
    sums: Floats,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    precision: Floats,
    z: Floats,
) -> None:
    flat, cell = sums.reshape(-1, of.SUMS), row * sums.shape[1] + column
    np.add.at(flat[:, of.COUNT], cell, np.float32(1))
    np.add.at(flat[:, of.WEIGHT], cell, precision)
    np.add.at(flat[:, of.WEIGHTED_Z], cell, precision * z)
    np.minimum.at(flat[:, of.LOWEST], cell, z)
    np.maximum.at(flat[:, of.HIGHEST], cell, z)


def _vote(
    sums: Floats,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    share: Floats,
    evidence: Floats,
    kind: Labels,
) -> None:
    flat, cell = sums.reshape(-1, of.SUMS), row * sums.shape[1] + column
    known = kind < 4
    np.add.at(flat[:, of.VOTES], cell[known], share[known])
    for k in range(4):
        mine = kind == k
        np.add.at(flat[:, of.EVIDENCE + k], cell[mine], (share * evidence)[mine])


def _widen(bounds: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]) -> None:
    if len(row):
        bounds[0], bounds[1] = min(bounds[0], row.min()), max(bounds[1], row.max() + 1)
        bounds[2], bounds[3] = min(bounds[2], column.min()), max(bounds[3], column.max() + 1)


def fuse(
    sums: Floats,
    memory: Floats,
    window: NDArray[np.int64],
    camera_z: float,
    now: float,
    tuning: Doubles,
) -> None:
    """One frame's sums into the memory of a window, and the sums back to nothing."""
    independent, drift, gate, patience, floor, rock_miss, rock_floor, full_vote = tuning
    part = _part(window)
    hit = sums[part][..., of.WEIGHT] > 0
    new = sums[part][hit].astype(np.float64)
    old = memory[:, part[0], part[1]][:, hit].astype(np.float64)
    count, noise = new[:, of.COUNT], new[:, of.COUNT] / new[:, of.WEIGHT]
    z = camera_z + new[:, of.WEIGHTED_Z] / new[:, of.WEIGHT]
    low, high = new[:, of.LOWEST] + camera_z, new[:, of.HIGHEST] + camera_z
    error = (noise + (high - low) ** 2 / 12) / np.clip(count, 1.0, independent)
    first = np.isnan(old[of.ELEVATION])
    elapsed = now - old[of.SEEN]
    spread = old[of.VARIANCE] + drift * elapsed
    change = z - old[of.ELEVATION]
    spread = np.where(change**2 > gate * (spread + error), change**2, spread)
    gain = spread / (spread + error)
    fresh = np.stack([z, error, low, high, noise])
    blended = old[: len(fresh)] + gain * (fresh - old[: len(fresh)])
    blended[of.VARIANCE] = (1 - gain) * spread
    old[: len(fresh)] = np.where(first, fresh, blended)
    old[of.SEEN] = now
    old[of.ROCK] = np.maximum(old[of.ROCK] - rock_miss, rock_floor)
    votes = new[:, of.VOTES]
    voted = votes > 0
    keep = np.where(elapsed > 0, np.exp(-elapsed / patience), 1.0)
    share = np.minimum(votes, full_vote) / np.where(voted, votes, 1.0)
    belief = keep * old[of.BELIEF :] + share * new[:, of.EVIDENCE :].T
    belief = np.maximum(belief - belief.max(axis=0), floor)
    old[of.BELIEF :] = np.where(voted, belief, old[of.BELIEF :])
    memory[:, part[0], part[1]][:, hit] = old
    nothing = np.zeros(of.SUMS, np.float32)
    nothing[of.LOWEST], nothing[of.HIGHEST] = np.inf, -np.inf
    sums[part][hit] = nothing


def _part(window: NDArray[np.int64]) -> tuple[slice, slice]:
    return slice(window[0], window[1]), slice(window[2], window[3])


def grade(
    memory: Floats,
    derived: Floats,
    window: NDArray[np.int64],
    table: Floats,
    limits: Doubles,
    graded: NDArray[np.int8],
    lethal: Labels,
    classes: Labels,
) -> None:
    """Classes and their shares, cost ratio, graded cost (1..99, -1 unknown) and lethal cells."""
    per_slope, steepest, highest, sigmas, rock, climb, dearest, floor = limits[:8]
    per_metre, loose_share, unnamed = limits[8], limits[9], limits[10:]
    part = _part(window)
    raw = memory[of.BELIEF :, part[0], part[1]]
    classes[part] = np.where((raw != 0).any(axis=0), raw.argmax(axis=0), UNKNOWN)
    slope, step = derived[of.SLOPE][part].astype(np.float64), derived[of.STEP][part]
    known = np.isfinite(slope)
    beliefs = np.maximum(raw.astype(np.float64), floor)
    weights = np.exp(beliefs)
    weights = np.where(classes[part] == UNKNOWN, unnamed[:, None, None], weights)
    shares = weights / weights.sum(axis=0)
    place = np.minimum(np.where(known, slope, 0.0) * per_slope, table.shape[1] - 1.001)
    entry = place.astype(np.int64)
    prices = table[:, entry] + (place - entry) * (table[:, entry + 1] - table[:, entry])
    near = memory[of.NEAR][part].astype(np.float64)
    loose = (1 - near) * loose_share + near * memory[of.LOOSE][part]
    prices[Terrain.SAND] += loose * (prices[4] - prices[Terrain.SAND])
    ratio = (shares * prices[:4]).sum(axis=0) + climb * (step / highest) ** 2
    derived[of.SHARE :, part[0], part[1]] = np.where(known, shares, np.nan)
    derived[of.ANGLE][part] = np.arctan(slope * per_metre)
    derived[of.COST_RATIO][part] = np.where(known, ratio, np.nan)
    value = np.clip((np.where(known, ratio, 1.0) - 1.0) * 98.0 / (dearest - 1.0), 0.0, 98.0)
    graded[part] = np.where(known, 1 + (value + 0.5).astype(np.int64), -1)
    with np.errstate(invalid="ignore"):
        reach = step + sigmas * np.sqrt(2.0 * memory[of.NOISE][part])
        unsafe = known & ((slope > steepest) | (reach > highest))
    lethal[part] = unsafe | (memory[of.ROCK][part] >= rock) | (memory[of.HELD][part] > 0)


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
    """Graded cost and distance to the nearest lethal cell (cells) -> cost of a window."""
    part = _part(window)
    value = graded[part].astype(np.int64)
    far = distance[_part(window - np.array([top, top, left, left]))].astype(np.float64)
    share = np.clip((circumscribed - far) / max(circumscribed - inscribed, 1e-6), 0.0, 1.0)
    near = np.maximum(value, (1 + 98 * share * share).astype(np.int64))
    near = np.where(far <= inscribed, 100, near)
    value = np.where((value >= 0) & (far < circumscribed), near, value)
    cost[part] = np.where(far == 0, 100, value)
