"""One question to the planner: a cost map, where it lies, and both ends of the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.field import LETHAL, UNKNOWN, Cell

Point = tuple[float, float]
Cost = NDArray[np.int8]

POCKET = 4.0
"""Square metres: cells that lethal ones close in on less are as good as lethal. Holes that were not
seen behind a stone are such, and so is where the map has closed in round a rover that drove there.
"""


@dataclass(frozen=True)
class Task:
    """One question, checked: the map, where it lies and both ends."""

    cost: Cost
    origin: Point
    resolution: float
    start: Point
    goal: Point

    def cell(self, point: Point) -> Cell:
        """Row and column of a point, also outside the map."""
        return (
            math.floor((point[1] - self.origin[1]) / self.resolution),
            math.floor((point[0] - self.origin[0]) / self.resolution),
        )

    def padded(self, point: Point) -> NDArray[np.float64]:
        """Row and column (2,) of a point in the kernels' padded grid, in cells."""
        x, y = point[0] - self.origin[0], point[1] - self.origin[1]
        return np.array([y, x]) / self.resolution + 1.0

    def inside(self, cell: Cell) -> bool:
        return 0 <= cell[0] < self.cost.shape[0] and 0 <= cell[1] < self.cost.shape[1]


def shift(before: Task, now: Task) -> Cell | None:
    """By how many whole cells the map rolled (rows, columns), None if it is another map."""
    if before.cost.shape != now.cost.shape or before.resolution != now.resolution:
        return None
    right = (now.origin[0] - before.origin[0]) / now.resolution
    down = (now.origin[1] - before.origin[1]) / now.resolution
    if max(abs(right - round(right)), abs(down - round(down))) > 1e-3:
        return None
    rows, cols = now.cost.shape
    if abs(round(down)) >= rows or abs(round(right)) >= cols:
        return None
    return round(down), round(right)


def checked(cost: Cost, origin: Point, resolution: float, start_xy: Point, goal_xy: Point) -> Task:
    """A question that can be answered."""
    if cost.dtype != np.int8 or cost.ndim != 2 or cost.size == 0:
        raise PlanningError(
            f"cost must be int8 (rows, cols), is {cost.dtype} {cost.shape}; "
            "-1 unknown, 0..99 graded, 100 lethal"
        )
    low, high = int(cost.min()), int(cost.max())
    if low < UNKNOWN or high > LETHAL:
        raise PlanningError(f"cost holds {low if low < UNKNOWN else high}, outside -1..100")
    for name, point in (("origin", origin), ("start", start_xy), ("goal", goal_xy)):
        if len(point) != 2 or not all(math.isfinite(value) for value in point):
            raise PlanningError(f"{name} {tuple(point)} is not two finite numbers (x, y in metres)")
    if not (math.isfinite(resolution) and resolution > 0.0):
        raise PlanningError(f"resolution {resolution} is not a positive number of metres")
    plain = [(float(point[0]), float(point[1])) for point in (origin, start_xy, goal_xy)]
    return Task(cost, plain[0], float(resolution), plain[1], plain[2])


def holes_dear(cost: Cost) -> Cost:
    """`cost` with holes that were not seen amid what was as dear as seen ground gets.

    Such a hole is what something hides, and no horizon: who drives up to it sees no more of it.
    """
    unseen = np.pad((cost == UNKNOWN).astype(np.uint8), 1, constant_values=1)
    parts, part_of = cv2.connectedComponents(unseen, connectivity=4)
    if parts <= 2:
        # 0 is what was seen, the other leads to the map's border
        return cost
    holes = (unseen == 1) & (part_of != part_of[0, 0])
    return np.where(holes[1:-1, 1:-1], np.int8(LETHAL - 1), cost)


def text(point: Point) -> str:
    """A point in words, metres."""
    return f"({point[0]:.2f}, {point[1]:.2f})"


def pocket_of(free: NDArray[np.bool_], cell: Cell, least: float) -> NDArray[np.bool_] | None:
    """The cells (rows, columns) that are shut in with a free one, if fewer than `least`; else None.

    Corners let nothing through, as for the planner.
    """
    row, column = cell
    reach = math.ceil(least)
    top, left = max(row - reach, 0), max(column - reach, 0)
    near = np.ascontiguousarray(free[top : row + reach + 1, left : column + reach + 1])
    found = cv2.floodFill(near.astype(np.uint8), None, (column - left, row - top), 2, flags=4)
    if found[0] >= least:
        return None
    shut = np.zeros_like(free)
    shut[top : row + reach + 1, left : column + reach + 1] = found[1] == 2
    return shut
