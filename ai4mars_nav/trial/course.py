"""Where a drive on a site goes, and what its shortest way crosses: all judged by the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping.cost import LETHAL, CostSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.world import corridor
from ai4mars_nav.sim.world.mission import STEEPEST_START_DEG, rock_near, slope_deg
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Hidden, Terrain, slip
from ai4mars_nav.trial.true_map import true_map

Point = tuple[float, float]

PLAIN, SAND, ROCKS = "plain", "sand", "rocks"
"""What the shortest way crosses."""
SOFT = 0.4
"""Slip from which on sand is soft: how steep the rover climbs it decides."""
LEAST_SOFT = 0.09
"""Metres of soft sand on the shortest way, for each from start to goal, that make a site one of
sand: 3 m of 33."""
LEAST_SHARP = 0.15
"""Metres of sharp rock on it that make a site one of rocks, as above: 5 m of 33."""
LONGEST_WAY = 1.6
"""A way is no way if it is longer than this times the straight line."""
TRIES = 600
"""Starts and goals that are tried on a world."""
EVERY = 0.05
"""Metres between two looks at the ground on the way."""


@dataclass(frozen=True)
class Course:
    """Start and goal, metres in odom, with what lies between them."""

    start: Point
    goal: Point
    soft_m: float
    """Metres of soft sand on the shortest way round what heights bar."""
    rocks_met: int
    """Rocks over BIG_ROCK_HEIGHT that a rover on the straight line would touch."""
    loose_m: float
    """Metres of loose sand on the shortest way round what heights bar."""
    sharp_m: float
    """Metres of sharp rock on the same way."""
    shortest_m: float
    """Length of the shortest way round what heights bar."""
    safe_m: float
    """Length of a way that keeps clear of loose and of steep sand, of sharp rock and of rocks:
    there is one."""


class Ground:
    """A world as its courses are judged on it, for one rover."""

    def __init__(self, world: World, rover: Rover) -> None:
        self._world, self._rover = world, rover
        self._cells = corridor.coarse(world, world.surface)
        bad = corridor.hazards(self._cells, rover)
        self._blocked = corridor.impassable(bad, rover, self._cells.resolution)
        known = true_map(world, rover, MapSettings(), CostSettings(by_class=False), 0.0)
        self._origin, self._resolution = known.origin, known.resolution
        # what is not barred costs the same everywhere: the cheapest way is the shortest
        cost = known.cost.copy()
        cost[(cost >= 0) & (cost < LETHAL)] = 0
        self._level = cost

    def course(self, kind: str, metres: float, random: np.random.Generator) -> Course | None:
        """A course of a kind, `metres` from start to goal; none if none was found."""
        for _ in range(TRIES):
            start, goal = self._ends(metres, random)
            if not self._may_begin(start) or not self._may_begin(goal):
                continue
            straight = np.array([start, goal])
            # looked at first, as it costs least
            if not self._trapped(kind, straight, 0.5 * metres):
                continue
            longest = LONGEST_WAY * metres
            safe = corridor.way_length(self._cells, self._blocked, start, goal, longest)
            if math.isinf(safe):
                continue
            shortest = self._shortest(start, goal)
            if shortest is None:
                continue
            if not self._trapped(kind, shortest, metres):
                continue
            return Course(
                start,
                goal,
                soft_m=self._soft_on(shortest),
                rocks_met=self._rocks_met(straight),
                loose_m=self._metres_on(Hidden.LOOSE_SAND, shortest),
                sharp_m=self._metres_on(Hidden.SHARP_ROCK, shortest),
                shortest_m=float(np.hypot(*np.diff(shortest, axis=0).T).sum()),
                safe_m=safe,
            )
        return None

    def _trapped(self, kind: str, way: NDArray[np.float64], metres: float) -> bool:
        """Whether a way (n, 2) crosses what one must on a site of a kind, `metres` from end to
        end."""
        if kind == SAND:
            return self._soft_on(way) >= LEAST_SOFT * metres
        if kind == ROCKS:
            return self._metres_on(Hidden.SHARP_ROCK, way) >= LEAST_SHARP * metres
        return True

    def _ends(self, metres: float, random: np.random.Generator) -> tuple[Point, Point]:
        """Start and goal so far apart, well on the map."""
        (left, low), (wide, high) = self._world.origin, self._world.size
        yaw = float(random.uniform(0.0, 2.0 * np.pi))
        dx, dy = 0.5 * metres * math.cos(yaw), 0.5 * metres * math.sin(yaw)
        room = [max(0.5 * side - abs(d) - 2.0 * corridor.EDGE, 0.0)
                for side, d in ((wide, dx), (high, dy))]  # fmt: skip
        x = left + 0.5 * wide + float(random.uniform(-1.0, 1.0)) * room[0]
        y = low + 0.5 * high + float(random.uniform(-1.0, 1.0)) * room[1]
        return (x - dx, y - dy), (x + dx, y + dy)

    def _may_begin(self, place: Point) -> bool:
        """Whether a rover may stand there, whichever way it turns: level, and nothing near."""
        row, column = (
            int((at - low) / self._cells.resolution)
            for at, low in zip(place[::-1], self._cells.origin[::-1], strict=True)
        )
        return (
            not self._blocked[row, column]
            and rock_near(self._world, *place) == NO_ROCK
            and slope_deg(self._world, *place) <= STEEPEST_START_DEG - 4.0
        )

    def _rocks_met(self, way: NDArray[np.float64]) -> int:
        """Rocks over BIG_ROCK_HEIGHT that come under the rover's width along a way (n, 2)."""
        points = _along(way)
        big = np.flatnonzero(self._world.rocks.height > BIG_ROCK_HEIGHT)
        rocks = self._world.rocks
        reach = 0.5 * self._rover.width + 0.25 * (rocks.length[big] + rocks.width[big])
        dx = points[:, 0, None] - rocks.x[big]
        dy = points[:, 1, None] - rocks.y[big]
        return int((np.hypot(dx, dy) < reach).any(axis=0).sum())

    def _soft_on(self, way: NDArray[np.float64]) -> float:
        """Metres of sand along a way (n, 2) on which the rover slips more than SOFT."""
        points = _along(way)
        world, half = self._world, 0.5 * self._rover.wheelbase
        ahead = np.gradient(points, axis=0)
        ahead *= half / np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
        (x, y), (dx, dy) = points.T, ahead.T
        rise = world.height(x + dx, y + dy, "ground") - world.height(x - dx, y - dy, "ground")
        uphill = np.arctan(np.maximum(rise, 0.0) / (2.0 * half))
        felt = world.felt_at(x, y)
        soft = np.zeros(len(points), np.bool_)
        for sand in (Terrain.SAND, Hidden.LOOSE_SAND):
            soft |= (felt == sand) & (slip(sand, uphill) > SOFT)
        return float(soft.sum()) * EVERY

    def _metres_on(self, ground: Hidden, way: NDArray[np.float64]) -> float:
        """Metres of a way (n, 2) on a ground."""
        x, y = _along(way).T
        return float((self._world.felt_at(x, y) == ground).sum()) * EVERY

    def _shortest(self, start: Point, goal: Point) -> NDArray[np.float64] | None:
        """The shortest way (n, 2) round what heights bar."""
        planner = Planner(SearchSettings())
        try:
            return planner.plan(self._level, self._origin, self._resolution, start, goal).points
        except PlanningError:
            # this pair has none; the next may
            return None


def _along(way: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (m, 2) EVERY metres along a way (n, 2)."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
    steps = np.arange(0.0, at[-1], EVERY)
    return np.stack([np.interp(steps, at, way[:, 0]), np.interp(steps, at, way[:, 1])], axis=1)
