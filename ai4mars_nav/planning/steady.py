"""Keeps to a way once begun: plans of two ways that cost nearly the same must not alternate.

A way round the other side of a stone looks cheaper for one frame, the rover turns in place, and
the next plan turns it back. So a plan that leaves in another direction than the way begun is taken
only where that way is barred by now or dearer by more than `keep`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.errors import NoPath
from ai4mars_nav.planning.field import LETHAL
from ai4mars_nav.planning.search import Plan, Planner
from ai4mars_nav.planning.search_settings import SearchSettings, unseen_price
from ai4mars_nav.planning.task import Cost, Point, Task

Points = NDArray[np.float64]

LEAVES_AT = 1.0
"""Metres along a way that tell the direction in which it leaves."""
OTHER_DEG = 45.0
"""Ways that leave in directions so far apart are two; nearer ones need no turn in place."""
HELD = 3.0
"""Metres of the way begun that are held to, at most half of what is left; the rest is planned."""
BESIDE = 0.6
"""Metres beside them within which they may bend: what the map calls lethal comes and goes."""
OFF = 1.0
"""Metres off the way begun at which it is another's: the pose has jumped."""


class SteadyPlanner:
    """A `Planner` that remembers which way it has chosen; only `replan` of it."""

    def __init__(self, settings: SearchSettings) -> None:
        self.settings = settings
        self._planner = Planner(settings)
        self._goal: Point | None = None
        self._way: Points | None = None

    def replan(
        self, cost: Cost, origin: Point, resolution: float, start_xy: Point, goal_xy: Point
    ) -> Plan:
        """As `Planner.replan`, over the way begun where that is about as cheap."""
        way, goal = self._way, self._goal
        self._way, self._goal = None, goal_xy
        task = self._planner.asked(cost, origin, resolution, start_xy, goal_xy)
        plan = self._planner.repair(task)
        if way is not None and goal == goal_xy and self.settings.keep > 0.0:
            held = _begun(way, np.asarray(task.start))
            if held is not None and _other(held, plan.points):
                plan = self._over(held, task, plan) or plan
        self._way = plan.points
        return plan

    def _over(self, held: Points, task: Task, instead: Plan) -> Plan | None:
        """The way along `held` (n, 2) and on from there, None where it is barred or dearer than
        `instead` by more than `keep`."""
        turn = float(held[-1, 0]), float(held[-1, 1])
        try:
            first = self._first(held, task)
            rest = self._planner.repair(replace(task, start=turn))
        except NoPath:
            return None
        worth = self.settings.keep * (self.settings.neutral + self.settings.weight)
        price = first.cost + self._whole(rest, task)
        if first.doubted or price > self._whole(instead, task) + worth:
            return None
        return replace(
            rest,
            points=np.vstack([first.points, rest.points[1:]]),
            cost=first.cost + rest.cost,
            length=first.length + rest.length,
            expanded=instead.expanded + first.expanded + rest.expanded,
        )

    def _first(self, held: Points, task: Task) -> Plan:
        """The best way to the end of `held` (n, 2) that stays within `BESIDE` of it."""
        cells = (held - task.origin) / task.resolution
        wide = round(2.0 * BESIDE / task.resolution)
        low = np.maximum(np.floor(cells.min(axis=0)).astype(int) - wide, 0)
        high = np.floor(cells.max(axis=0)).astype(int) + wide
        cost = task.cost[low[1] : high[1], low[0] : high[0]]
        corridor = np.zeros(cost.shape, np.uint8)
        corners = np.floor(cells - low).astype(np.int32)
        cv2.polylines(corridor, [corners], isClosed=False, color=1, thickness=max(1, wide))
        x, y = (task.origin[i] + float(low[i]) * task.resolution for i in (0, 1))
        end = float(held[-1, 0]), float(held[-1, 1])
        only = np.where(corridor == 1, cost, np.int8(LETHAL))
        return Planner(self.settings).solve(Task(only, (x, y), task.resolution, task.start, end))

    def _whole(self, plan: Plan, task: Task) -> float:
        """Price of a plan and of what lies between its end and a goal off the map."""
        beyond = math.dist(plan.points[-1], task.goal) * plan.partial
        return plan.cost + unseen_price(self.settings) * beyond


def _begun(way: Points, here: Points) -> Points | None:
    """The part (n, 2) of a way that is held to, from `here` (2,) on; None at its end, or off it."""
    legs = np.diff(way, axis=0)
    square = np.maximum((legs**2).sum(axis=1), 1e-12)
    share = np.clip(((here - way[:-1]) * legs).sum(axis=1) / square, 0.0, 1.0)
    away = np.hypot(*(way[:-1] + share[:, None] * legs - here).T)
    leg = int(away.argmin())
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(square))])
    foot = at[leg] + share[leg] * (at[leg + 1] - at[leg])
    reach = min(HELD, 0.5 * (at[-1] - foot))
    if away[leg] > OFF or reach < 0.5 * LEAVES_AT:
        return None
    between = (at > foot) & (at < foot + reach)
    end = [np.interp(foot + reach, at, way[:, axis]) for axis in (0, 1)]
    return np.vstack([here, way[between], end])


def _other(held: Points, new: Points) -> bool:
    """Whether two ways (n, 2) from one place leave it in different directions."""
    apart = math.remainder(_bearing(held) - _bearing(new), math.tau)
    return abs(apart) > math.radians(OTHER_DEG)


def _bearing(way: Points) -> float:
    """Direction, radians, of the point `LEAVES_AT` along a way (n, 2) from its start."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    x, y = (float(np.interp(LEAVES_AT, at, way[:, axis])) for axis in (0, 1))
    return math.atan2(y - way[0, 1], x - way[0, 0])
