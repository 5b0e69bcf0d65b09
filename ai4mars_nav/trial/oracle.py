"""The pilot that is told everything: true heights and grounds of the whole site, its true place."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.planning.follower import Command
from ai4mars_nav.ros.convert.grid import CostGrid
from ai4mars_nav.ros.graph import MAP
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.trial.mind import Mind, Point
from ai4mars_nav.trial.true_map import KnownMap

NOTHING_SEEN = np.zeros((2, 2), np.uint8)


class Oracle:
    """Plans over the true map from the true place, and drives as the others do."""

    def __init__(self, file: Path, rover: Rover, world: World, goal: Point, now: float) -> None:
        settings = settings_in(file, MAP, "map", MapSettings)
        costs = settings_in(file, MAP, "cost", CostSettings)
        self._map = KnownMap(world, rover, settings, costs, now)
        self._mind = Mind(file, rover, self._map, goal)
        self.camera = None
        self.perceiving: list[float] = []
        self.cameras: list[Pose] = []

    @property
    def why(self) -> str:
        """Why there is no plan."""
        return self._mind.why

    @property
    def planning(self) -> list[float]:
        """Processor seconds of each plan."""
        return self._mind.planning

    def believed(self, state: State) -> Pose:
        """The truth."""
        return state.odom_from_base

    def see(self, state: State, index: int, elapsed: float, now: float) -> Frame | None:
        """Plan from here; what it shows is its cost map."""
        del index, elapsed
        self._map.update()
        self._mind.plan(state.odom_from_base, now)
        stamp = round(now * 1e9)
        cost = CostGrid(self._mind.cost, self._map.origin, self._map.resolution, stamp, "odom")
        return Frame(stamp, NOTHING_SEEN, cost=cost, plan=self._mind.path)

    def order(self, state: State, now: float) -> Command | None:
        """The driver's command, by the truth."""
        return self._mind.order(state.odom_from_base, now)
