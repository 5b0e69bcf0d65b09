"""From the map to a command: what the nodes `planner` and `driver` do, called in turn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping.felt import Place
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ClearanceSettings, check_arcs
from ai4mars_nav.planning.clearance import Ground as Heights
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.planning.headway import HeadwaySettings
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.planning.slip import SlipSense, SlipSettings
from ai4mars_nav.planning.steady import SteadyPlanner
from ai4mars_nav.ros.graph import DRIVER, PLANNER
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.rover import Rover

Point = tuple[float, float]


class Ground(Protocol):
    """What is planned over: a `TerrainMap`, or what knows more than one."""

    @property
    def origin(self) -> tuple[float, float]:
        """x, y in metres (odom) of the outer corner of cell (0, 0)."""

    @property
    def resolution(self) -> float:
        """Edge of a cell in metres."""

    @property
    def cost(self) -> NDArray[np.int8]:
        """(rows, columns): -1 unknown, 1..99 graded, 100 lethal."""

    @property
    def layers(self) -> dict[str, NDArray[Any]]:
        """Elevation and its variance among them, (rows, columns), nan where unknown."""

    def hold(self, x: float, y: float) -> None:
        """The rover was stuck at x, y metres in odom."""

    def feel(self, place: Place, slip: float, stamp: float) -> None:
        """Its wheels slipped (0..1) at a place in odom."""


class Mind:
    """Plans over a map and follows the plan; stamps are seconds of simulated time."""

    def __init__(self, file: Path, rover: Rover, terrain_map: Ground, goal: Point) -> None:
        self.map, self._rover, self._goal = terrain_map, rover, goal
        self._planner = SteadyPlanner(settings_in(file, PLANNER, "search", SearchSettings))
        self._clearance = settings_in(file, DRIVER, "clearance", ClearanceSettings)
        self._arcs = candidate_arcs(settings_in(file, DRIVER, "arcs", ArcSettings), rover)
        self._follower = Follower(
            settings_in(file, DRIVER, "follower", FollowerSettings),
            rover,
            self._arcs,
            settings_in(file, DRIVER, "headway", HeadwaySettings),
        )
        self._slip = SlipSense(settings_in(file, DRIVER, "slip", SlipSettings), rover)
        self._ground: Heights | None = None
        self._stamp = 0.0
        self.path: NDArray[np.float64] | None = None
        """(n, 2) metres; none before the first plan and where there is no way."""
        self.cost: NDArray[np.int8] = terrain_map.cost
        """The map's cost as of the last plan, (rows, columns)."""
        self.why = ""
        """Why there is no way."""
        self.planning: list[float] = []
        """Processor seconds of each plan."""

    def go_to(self, goal: Point) -> None:
        """Plan to another goal from now on, as after another goal_pose."""
        self._goal = goal

    def plan(self, odom_from_base: Pose, now: float) -> None:
        """Take over what the map knows now, and plan."""
        height = self.map.layers["elevation"].astype(np.float32)
        sigma = np.sqrt(self.map.layers["variance"]).astype(np.float32)
        self.cost, origin, resolution = self.map.cost.copy(), self.map.origin, self.map.resolution
        self._ground = Heights(height, sigma, np.isfinite(height), self.cost, origin, resolution)
        self._stamp = now
        x, y, _ = (float(value) for value in odom_from_base.translation)
        begun = time.process_time()
        try:
            plan = self._planner.replan(self.cost, origin, resolution, (x, y), self._goal)
            self.path, self.why = plan.points, ""
        except PlanningError as error:
            self.path, self.why = None, str(error)
        self.planning.append(time.process_time() - begun)

    def order(self, odom_from_base: Pose, now: float) -> Command:
        """The driver's command."""
        verdicts = []
        if self.path is not None and self._ground is not None:
            verdicts = check_arcs(
                self._arcs, self._ground, odom_from_base, self._clearance, self._rover
            )
        x, y, _ = (float(value) for value in odom_from_base.translation)
        pose = (x, y, odom_from_base.yaw())
        felt = self._slip.felt(now, pose)
        if felt is not None:
            self.map.feel(Place(*pose), felt.slip, felt.stamp)
        situation = Situation(now, pose, now, self.path, self._stamp, self._stamp, verdicts)
        command = self._follower.command(situation)
        if command.stuck_at is not None:
            self.map.hold(*command.stuck_at)
        self._slip.tell(command.linear)
        return command
