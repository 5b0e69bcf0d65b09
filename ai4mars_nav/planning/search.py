"""Any-angle paths over the cost map, and their quick repair when the map changes.

The price of driving is `neutral + weight * cost` per metre; a path's cost is the exact integral of
it. A cost-to-go field (field.py) gives the cheapest way over cell centres, which is then cut short
by straight legs wherever that is no dearer.

Ground that was not seen is taken to be as dear as ground often is, on the map and beyond: were it
dearer, bad ground that is seen would be better than to look beside it. It is planned through, not
driven on: the driver goes no farther than what was seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning import leg_kernels
from ai4mars_nav.planning.edges import border, edge_of_the_seen
from ai4mars_nav.planning.errors import NoPath
from ai4mars_nav.planning.field import LETHAL, UNKNOWN, Cell, Field, Prices
from ai4mars_nav.planning.kernels import Floats, Indices
from ai4mars_nav.planning.search_settings import ESCAPE_PRICE, SearchSettings, unseen_price
from ai4mars_nav.planning.task import (
    POCKET,
    Cost,
    Point,
    Task,
    checked,
    holes_dear,
    pocket_of,
    shift,
    text,
)


@dataclass(frozen=True)
class Plan:
    """A path: points (n, 2) metres from start to goal, what it costs and how it was found."""

    points: NDArray[np.float64]
    cost: float
    """Integral of the price per metre along the points; beyond the map nothing is counted."""
    length: float
    """Metres."""
    partial: bool
    """The goal lies off the map: the path ends where the map does, nearest in cost to it."""
    expanded: int
    """Cells the search visited."""
    doubted: bool = False
    """The goal looks lethal from afar: the path ends beside it, where it can be seen better."""


class Planner:
    """Plans over one cost map after another and remembers what stays true between them."""

    def __init__(self, settings: SearchSettings) -> None:
        self.settings = settings
        kept = np.full(256, np.inf)
        kept[:LETHAL] = settings.neutral + settings.weight * np.arange(LETHAL)
        if settings.unknown_passable:
            kept[np.uint8(UNKNOWN & 0xFF)] = unseen_price(settings)
        self._per_metre = kept
        self._field: Field | None = None
        self._task: Task | None = None

    def plan(
        self,
        cost: Cost,
        origin: Point,
        resolution: float,
        start_xy: Point,
        goal_xy: Point,
    ) -> Plan:
        """Path over `cost` int8 (rows, cols), `origin` its cell (0, 0)'s corner, all in metres.

        Searches from nothing. Raises NoPath with the reason when there is none.
        """
        return self.solve(self.asked(cost, origin, resolution, start_xy, goal_xy))

    def asked(
        self, cost: Cost, origin: Point, resolution: float, start_xy: Point, goal_xy: Point
    ) -> Task:
        """The question, checked; holes in what was seen are dear if they may be planned through."""
        task = checked(cost, origin, resolution, start_xy, goal_xy)
        return replace(task, cost=holes_dear(cost)) if self.settings.unknown_passable else task

    def solve(self, task: Task) -> Plan:
        """As `plan`, for a question that was `asked`."""
        self._field = None
        if not task.inside(task.cell(task.goal)):
            return self._toward(task)
        if self._is_doubted(task):
            return self._beside(task)
        self._refuse_goal(task)
        goal = task.cell(task.goal)
        self._field = Field(task.cost, Prices(self._per_metre, task.resolution), [(goal, 0.0)])
        self._task = task
        return self._from_field(task, self._field)

    def replan(
        self,
        cost: Cost,
        origin: Point,
        resolution: float,
        start_xy: Point,
        goal_xy: Point,
    ) -> Plan:
        """As `plan` with the same result, keeping what earlier calls found for the same goal.

        Cells may have changed, the map may have rolled by whole cells and the start moved.
        """
        return self.repair(self.asked(cost, origin, resolution, start_xy, goal_xy))

    def repair(self, task: Task) -> Plan:
        """As `replan`, for a question that was `asked`."""
        field, before = self._field, self._task
        rolled = shift(before, task) if before is not None else None
        if field is None or before is None or rolled is None or before.goal != task.goal:
            return self.solve(task)
        if not task.inside(task.cell(task.goal)):
            self._field = None
            return self._toward(task)
        if self._is_doubted(task):
            return self._beside(task)
        self._refuse_goal(task)
        field.update(task.cost, rolled)
        self._task = task
        return self._from_field(task, field)

    def _is_doubted(self, task: Task) -> bool:
        """Whether the goal looks lethal from too far away to be believed."""
        looks_lethal = int(task.cost[task.cell(task.goal)]) == LETHAL
        return looks_lethal and math.dist(task.start, task.goal) > self.settings.doubt

    def _beside(self, task: Task) -> Plan:
        """The way to the passable cell nearest to a goal that looks lethal from afar."""
        rows, cols = np.nonzero(self._open(task))
        x = task.origin[0] + (cols + 0.5) * task.resolution
        y = task.origin[1] + (rows + 0.5) * task.resolution
        if not x.size:
            raise NoPath(f"goal {text(task.goal)} lies in a map that is lethal everywhere")
        best = int(np.hypot(x - task.goal[0], y - task.goal[1]).argmin())
        if (int(rows[best]), int(cols[best])) == task.cell(task.goal):
            # corners touch, which no rover passes: nothing beside it is better
            raise NoPath(f"no way from {text(task.start)} to goal {text(task.goal)}: closed in")
        place = (float(x[best]), float(y[best]))
        plan = self.solve(replace(task, goal=place))
        self._field = None
        return replace(plan, doubted=True)

    def _open(self, task: Task) -> NDArray[np.bool_]:
        """Passable cells that are no pockets, or the rover's own, shape of the cost."""
        passable = np.isfinite(self._per_metre)[task.cost.view(np.uint8)]
        parts, part_of = cv2.connectedComponents(passable.astype(np.uint8), connectivity=8)
        wide = np.bincount(part_of.ravel(), minlength=parts) * task.resolution**2 >= POCKET
        if task.inside(task.cell(task.start)):
            wide[part_of[task.cell(task.start)]] = True
        wide[0] = False
        return np.asarray(wide[part_of], np.bool_)

    def _refuse_goal(self, task: Task) -> None:
        value = int(task.cost[task.cell(task.goal)])
        if value == LETHAL:
            raise NoPath(f"goal {text(task.goal)} lies in a lethal cell (big rock, step or slope)")
        if value == UNKNOWN and not self.settings.unknown_passable:
            raise NoPath(
                f"goal {text(task.goal)} lies in unseen ground and unknown_passable is off"
            )

    def _from_field(self, task: Task, field: Field) -> Plan:
        """The way from the start down the cost-to-go field of the goal."""
        entries = self._entries(task)
        entry, escape = min(entries, key=lambda e: e[1] + field.togo_at(e[0]))
        if not math.isfinite(field.togo_at(entry)):
            reachable = int(np.count_nonzero(np.isfinite(field.togo)))
            in_pocket = reachable * task.resolution**2 < POCKET
            if in_pocket and math.dist(task.start, task.goal) > self.settings.doubt:
                return self._beside(task)
            bars = "lethal" if self.settings.unknown_passable else "lethal or unseen"
            raise NoPath(
                f"no way from {text(task.start)} to goal {text(task.goal)}: {bars} cells "
                f"close in the {reachable * task.resolution**2:.1f} m2 around the goal"
            )
        return self._plan(task, field, field.cells_from(entry), escape, partial=False)

    def _toward(self, task: Task) -> Plan:
        """The way to the edge of the map from where the goal off the map looks cheapest."""
        prices = Prices(self._per_metre, task.resolution)
        field = Field(task.cost, prices, self._entries(task))
        through = self.settings.unknown_passable
        rows, cols = np.nonzero(border(task.cost) if through else edge_of_the_seen(task.cost))
        x = task.origin[0] + (cols + 0.5) * task.resolution
        y = task.origin[1] + (rows + 0.5) * task.resolution
        beyond = np.hypot(x - task.goal[0], y - task.goal[1])
        togo = field.togo[(rows + 1) * field.width + cols + 1]
        total = togo + unseen_price(self.settings) * beyond
        near = np.hypot(x - task.start[0], y - task.start[1]) < self.settings.least_leg
        total[near] = np.inf
        if total.size == 0 or not np.isfinite(total.min()):
            raise NoPath(
                f"goal {text(task.goal)} is off the map and no way leads farther than "
                f"{self.settings.least_leg} m from {text(task.start)}"
            )
        best = int(total.argmin())
        cells = field.cells_from((int(rows[best]), int(cols[best])))[::-1]
        escape = float(field.togo[cells[0]])
        ended = Task(
            task.cost, task.origin, task.resolution, task.start, (float(x[best]), float(y[best]))
        )
        return self._plan(ended, field, np.ascontiguousarray(cells), escape, partial=True)

    def _entries(self, task: Task) -> list[tuple[Cell, float]]:
        """Cells at which the search may begin, with the price of getting there from the start."""
        start = task.cell(task.start)
        if not task.inside(start):
            height, width = (task.resolution * cells for cells in task.cost.shape)
            far_corner = (task.origin[0] + width, task.origin[1] + height)
            raise NoPath(
                f"start {text(task.start)} lies outside the map, which spans "
                f"{text(task.origin)} to {text(far_corner)}"
            )
        free = np.isfinite(self._per_metre)[task.cost.view(np.uint8)]
        if free[start]:
            pocket = pocket_of(free, start, POCKET / task.resolution**2)
            goal = task.cell(task.goal)
            if pocket is None or (task.inside(goal) and pocket[goal]) or pocket[free].all():
                return [(start, 0.0)]
            free &= ~pocket
        rows_, cols_ = np.nonzero(free)
        x = task.origin[0] + (cols_ + 0.5) * task.resolution - task.start[0]
        y = task.origin[1] + (rows_ + 0.5) * task.resolution - task.start[1]
        away = np.hypot(x, y)
        near = np.flatnonzero(away <= self.settings.escape)
        if near.size == 0:
            kind = "a lethal cell" if task.cost[start] == LETHAL else "unseen ground"
            raise NoPath(
                f"start {text(task.start)} lies in {kind} and no passable cell within "
                f"escape = {self.settings.escape} m"
            )
        return [((int(rows_[i]), int(cols_[i])), ESCAPE_PRICE * float(away[i])) for i in near]

    def _plan(self, task: Task, field: Field, cells: Indices, escape: float, partial: bool) -> Plan:
        """The cells on the way as a Plan: cut short, between the exact start and goal."""
        reach = max(1, round(self.settings.longest_leg / task.resolution))
        corners = cells[leg_kernels.shorten(field.half, field.width, cells, reach)]
        path: Floats = np.stack([corners // field.width + 0.5, corners % field.width + 0.5], axis=1)
        if escape == 0.0:
            path = _led_from(task.padded(task.start), path, field)
        path = _led_from(task.padded(task.goal), path[::-1], field)[::-1]
        price = escape + _price(path, field)
        if escape > 0.0:
            path = np.vstack([task.padded(task.start), path])
        points = (path[:, ::-1] - 1.0) * task.resolution + np.asarray(task.origin)
        points[0], points[-1] = task.start, task.goal
        length = float(np.hypot(*np.diff(points, axis=0).T).sum())
        return Plan(points, price, length, partial, field.expanded)


def _led_from(end: Floats, corners: Floats, field: Field) -> Floats:
    """`corners` (n, 2) with the exact `end` (2,) before them or, if no dearer, for the first."""
    first = np.vstack([end, corners[:2]])
    straight = first[[0, -1]]
    dearer = len(corners) == 1 or _price(straight, field) > _price(first, field)
    return np.vstack([end, corners if dearer else corners[1:]])


def _price(path: Floats, field: Field) -> float:
    return float(leg_kernels.path_price(field.half, field.width, np.ascontiguousarray(path)))
