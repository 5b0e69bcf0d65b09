"""The plain twins of the kernels, for tests and benchmarks only: same results, no tricks.

Costs are int8 (rows, cols), prices per metre an array of 256 by cost value as uint8.
"""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

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
