"""The compiled loops of the search over a padded, flattened grid.

Every grid here is a flat array of (rows + 2) * width cells, width = columns + 2, whose outer ring
is lethal, so that no loop needs a bounds check. `half` holds half the price of crossing a cell
straight (price per metre * resolution / 2), infinite where lethal: a straight step from u to v
costs half[u] + half[v], a diagonal one sqrt(2) times that and needs one of the two cells beside it
to be passable. This is the exact integral of the price along the step.
Directions 0..3 are +column, -column, +row, -row; 4..7 the diagonals; d ^ 1 is the way back.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Codes = NDArray[np.int8]

NO_PARENT = -1
SOURCE = 8
"""Parent code of a cell whose cost-to-go is its own, given one."""

SQRT2 = float(np.sqrt(2.0))


@njit("i8[::1](i8)", cache=True)
def _offsets(width: int) -> NDArray[np.int64]:
    """The eight neighbours' distance in the flat array, by direction."""
    return np.array(
        [1, -1, width, -width, width + 1, -width - 1, width - 1, -width + 1], dtype=np.int64
    )


@njit("f8(f8[::1], i8, i8, i8)", cache=True)
def _step(half: Floats, here: int, there: int, direction: int) -> float:
    """Price of the step between two neighbouring cells, infinite where it is not allowed."""
    if direction < 4:
        return float(half[here] + half[there])
    # the two cells beside a diagonal: same row as `here`, and same column
    beside = 1 if direction == 4 or direction == 7 else -1
    if half[np.uint64(here + beside)] == np.inf and half[np.uint64(there - beside)] == np.inf:
        return float(np.inf)
    return float((half[here] + half[there]) * SQRT2)


@njit("void(i8, i8, i4[::1], i4[:, ::1], i8[::1])", cache=True)
def _push(cell: int, slot: int, heads: Indices, entries: Indices, pool: NDArray[np.int64]) -> None:
    """Put a cell into a bucket. entries (n, 2): cell, next; pool: first free, fresh, waiting."""
    entry = np.uint64(pool[0])
    if pool[0] >= 0:
        pool[0] = entries[entry, 1]
    else:
        entry = np.uint64(pool[1])
        pool[1] += 1
    entries[entry, 0] = cell
    entries[entry, 1] = heads[np.uint64(slot)]
    heads[np.uint64(slot)] = entry
    pool[2] += 1


@njit("i8(i8, i4[::1], i4[:, ::1], i8[::1])", cache=True)
def _pop(slot: int, heads: Indices, entries: Indices, pool: NDArray[np.int64]) -> int:
    """Take a cell out of a bucket that is not empty."""
    entry = np.uint64(heads[np.uint64(slot)])
    heads[np.uint64(slot)] = entries[entry, 1]
    entries[entry, 1] = pool[0]
    pool[0] = entry
    pool[2] -= 1
    return int(entries[entry, 0])


@njit("i8(f8[::1], f8[::1], i1[::1], b1[::1], i4[::1], i8, f8, f8)", cache=True)
def settle(
    half: Floats,
    togo: Floats,
    parent: Codes,
    queued: NDArray[np.bool_],
    seeds: Indices,
    width: int,
    bucket: float,
    dearest: float,
) -> int:
    """Spread `togo` from `seeds` (cells sorted by it, marked in `queued`); returns expansions.

    Dijkstra with circular buckets of `bucket` price: linear in cells, exact for any width, and
    without a second expansion when no step is cheaper than `bucket`. `dearest` is the price of the
    dearest single step. Unsigned indices: else numba allows for negative ones, a quarter slower.
    """
    slots = 2
    while slots < dearest / bucket + 3.0:
        slots *= 2
    mask = slots - 1
    heads = np.full(slots, -1, np.int32)
    # a cell is pushed at most once by each neighbour's expansion, entries are reused
    entries = np.empty((8 * half.size + seeds.size, 2), np.int32)
    pool = np.array([-1, 0, 0], dtype=np.int64)
    offsets = _offsets(width)
    inverse = 1.0 / bucket
    next_seed = 0
    expanded = 0
    level = 0
    while True:
        if pool[2] == 0:
            if next_seed == seeds.size:
                return expanded
            level = max(level, int(togo[seeds[next_seed]] * inverse))
        slot = level & mask
        while next_seed < seeds.size and int(togo[seeds[next_seed]] * inverse) <= level:
            _push(seeds[next_seed], slot, heads, entries, pool)
            next_seed += 1
        while heads[np.uint64(slot)] >= 0:
            cell = _pop(slot, heads, entries, pool)
            here = np.uint64(cell)
            if not queued[here]:
                continue
            queued[here] = False
            expanded += 1
            reached = togo[here]
            own = half[here]
            for direction in range(4):
                other = cell + offsets[np.uint64(direction)]
                there = np.uint64(other)
                through = reached + (own + half[there])
                if through < togo[there]:
                    togo[there] = through
                    parent[there] = direction ^ 1
                    queued[there] = True
                    _push(other, int(through * inverse) & mask, heads, entries, pool)
            for direction in range(4, 8):
                other = cell + offsets[np.uint64(direction)]
                there = np.uint64(other)
                through = reached + (own + half[there]) * SQRT2
                if through < togo[there] and _step(half, cell, other, direction) < np.inf:
                    togo[there] = through
                    parent[there] = direction ^ 1
                    queued[there] = True
                    _push(other, int(through * inverse) & mask, heads, entries, pool)
        level += 1


@njit("i8(f8[::1], f8[::1], i1[::1], i4[::1], i8, i4[::1], i8)", cache=True)
def invalidate(
    half: Floats,
    togo: Floats,
    parent: Codes,
    touched: Indices,
    width: int,
    fallen: Indices,
    limit: int,
) -> int:
    """Forget every cell whose way leads over a step that became dearer; returns how many.

    `touched` are the changed cells and all their neighbours. The forgotten cells are written to
    `fallen`; -1 when they are more than `limit` (then start afresh).
    """
    offsets = _offsets(width)
    count = 0
    for start in touched:
        code = parent[start]
        if code in (NO_PARENT, SOURCE):
            continue
        towards = start + offsets[code]
        if togo[towards] + _step(half, start, towards, code) <= togo[start]:
            continue
        first = count
        togo[start] = np.inf
        parent[start] = NO_PARENT
        fallen[count] = start
        count += 1
        while first < count:
            cell = fallen[first]
            first += 1
            for direction in range(8):
                child = cell + offsets[direction]
                if parent[np.uint64(child)] == (direction ^ 1) and togo[child] < np.inf:
                    togo[child] = np.inf
                    parent[child] = NO_PARENT
                    fallen[count] = child
                    count += 1
        if count > limit:
            return -1
    return count


@njit("i8(f8[::1], f8[::1], i1[::1], b1[::1], i4[::1], i8, i4[::1], i8)", cache=True)
def pull(
    half: Floats,
    togo: Floats,
    parent: Codes,
    queued: NDArray[np.bool_],
    cells: Indices,
    width: int,
    seeds: Indices,
    count: int,
) -> int:
    """Give each of `cells` the cheapest way over its neighbours; the improved become seeds."""
    offsets = _offsets(width)
    for cell in cells:
        if half[cell] == np.inf:
            continue
        best = togo[cell]
        code = NO_PARENT
        for direction in range(8):
            other = cell + offsets[direction]
            if togo[other] == np.inf:
                continue
            through = togo[other] + _step(half, cell, other, direction)
            if through < best:
                best = through
                code = direction
        if code != NO_PARENT:
            togo[cell] = best
            parent[cell] = code
            if not queued[cell]:
                queued[cell] = True
                seeds[count] = cell
                count += 1
    return count


@njit("i4[::1](i1[::1], i8, i8)", cache=True)
def descend(parent: Codes, start: int, width: int) -> Indices:
    """Cells from `start` to the source its way leads to."""
    offsets = _offsets(width)
    cells = np.empty(parent.size, np.int32)
    cells[0] = start
    count = 1
    cell = start
    while parent[cell] >= 0 and parent[cell] != SOURCE:
        cell += offsets[parent[cell]]
        cells[count] = cell
        count += 1
    return cells[:count].copy()
