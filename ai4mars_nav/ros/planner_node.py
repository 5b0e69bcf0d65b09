"""The node `planner`: cost map, pose and goal in, a path out; planned anew with every map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid, Path

from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.search import Plan
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.planning.steady import SteadyPlanner
from ai4mars_nav.ros import node, qos, spin
from ai4mars_nav.ros.convert.grid import CostGrid, to_grid
from ai4mars_nav.ros.convert.pose import FARTHEST, to_path, to_pose
from ai4mars_nav.ros.diagnostics import OK
from ai4mars_nav.ros.errors import MessageError, NoTransform, RosError
from ai4mars_nav.settings import setting

COST, GOAL, PLAN = "terrain/cost", "goal_pose", "plan"


@dataclass(frozen=True)
class PlannerLimits:
    """When there is no planning."""

    map_timeout: float = setting(3.0, "oldest map to plan on", unit="s", lo=0.05, hi=600.0)
    pose_timeout: float = setting(1.0, "oldest pose to plan from", unit="s", lo=0.05, hi=600.0)


class PlannerNode(node.GraphNode):
    """Gives each map to the planner; an empty path says that there is none to follow."""

    sections: ClassVar[dict[str, type]] = {"search": SearchSettings, "limits": PlannerLimits}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("planner", **kwargs)

    def build(self) -> None:
        """Make the planner and open the topics."""
        self._limits = self.parameters.read("limits", PlannerLimits)
        self._planner = SteadyPlanner(self.parameters.read("search", SearchSettings))
        self._warm_up()
        self._poses = self.follow_poses()
        self._grid: CostGrid | None = None
        self._goal: tuple[float, float] | None = None
        self._refused = ""
        self._standing = False
        self._seen = 0
        """Stamp of the pose that a plan would have begun at when it was last looked at."""
        self._plan_soon = self.after_all(self._on_heard)
        self.health.expect(COST)
        self._plan = self.say(Path, PLAN, qos.LATCHED)
        self.hear(OccupancyGrid, COST, self._take_cost, qos.LATCHED)
        self.hear(PoseStamped, GOAL, self._take_goal, qos.STREAM)
        if not self.lockstep:
            self.every(0.5, self._check_age)

    def drop(self) -> None:
        """Nothing that would not go by itself."""

    def report(self) -> dict[str, str]:
        """Where to."""
        return {"goal": "none" if self._goal is None else "({:.2f}, {:.2f})".format(*self._goal)}

    def _warm_up(self) -> None:
        """Let the loops compile now rather than at the first map."""
        for cost in (np.zeros((8, 8), np.int8), np.eye(8, dtype=np.int8)):
            self._planner.replan(cost, (0.0, 0.0), 1.0, (1.5, 1.5), (6.5, 5.5))

    def _take_cost(self, message: OccupancyGrid) -> None:
        grid = to_grid(message, COST)
        if grid.frame != self._poses.odom_frame:
            raise MessageError(f"{COST}: frame_id is {grid.frame!r}, not the odometry frame")
        self._grid = grid
        self._plan_soon()

    def _take_goal(self, message: PoseStamped) -> None:
        try:
            self._goal, self._refused = self._place(message), ""
        except ValueError as error:
            # where it was sent before is not where it is wanted now: it stands, and says why
            self._goal, self._refused = None, f"the {GOAL} was refused: {error}"
            self._withdraw(self._refused)
            raise
        self._plan_soon()

    def _place(self, message: PoseStamped) -> tuple[float, float]:
        place = to_pose(message.pose, GOAL).translation
        frame = message.header.frame_id
        if frame != self._poses.odom_frame:
            if not frame:
                raise MessageError(f"{GOAL}: header.frame_id is empty")
            place = self._poses.odom_from(frame).apply(place)
        if np.abs(place[:2]).max() > FARTHEST:
            raise MessageError(f"{GOAL}: {place[:2]} is over {FARTHEST:.0e} m from the origin")
        return float(place[0]), float(place[1])

    def _check_age(self) -> None:
        """A path over a map that went stale is taken back."""
        if self._goal is not None and self._stale():
            self._withdraw(self._stale())

    def _on_heard(self) -> None:
        """Plan as soon as no pose comes any more that waited beside map or goal: a plan must not
        depend on how busy the machine was while they came."""
        newest = self._newest_pose()
        if newest == self._seen:
            self._replan()
            return
        self._seen = newest
        self._plan_soon()

    def _newest_pose(self) -> int:
        try:
            return self._poses.newest()[0]
        except NoTransform:
            return 0

    def _replan(self) -> None:
        if self._goal is None:
            if self._refused:
                self.health.withheld(self._refused)
            else:
                self.health.withheld(f"no {GOAL} has been given", OK)
            return
        # each map is answered, so that whoever waits for the answer knows that there is no path
        self._standing = False
        reason = self._stale()
        if reason or self._grid is None:
            self._withdraw(reason or f"no {COST} yet")
            return
        try:
            with self.health.stage("plan"):
                plan = self._search(self._grid, self._goal)
        except (PlanningError, RosError) as error:
            self._withdraw(str(error))
            return
        self._plan.publish(to_path(plan.points, self._grid.stamp, self._grid.frame))
        short = "the goal is off the map, the path leads to its edge" if plan.partial else ""
        if plan.doubted:
            short = "the goal looks lethal from here, the path leads beside it to see it better"
        self.health.published(PLAN, short)

    def _search(self, grid: CostGrid, goal: tuple[float, float]) -> Plan:
        stamp, pose = self._poses.newest()
        late = (self.now() - stamp) / 1e9
        if abs(late) > self._limits.pose_timeout:
            raise RosError(f"odom: the newest pose is {late:.2f} s old")
        start = (float(pose.translation[0]), float(pose.translation[1]))
        return self._planner.replan(grid.cost, grid.origin, grid.resolution, start, goal)

    def _stale(self) -> str:
        if self._grid is None:
            return ""
        age = (self.now() - self._grid.stamp) / 1e9
        if age > self._limits.map_timeout:
            return f"{COST} is {age:.1f} s old, more than {self._limits.map_timeout} s"
        if age < -self._limits.map_timeout:
            return f"{COST} is stamped {-age:.1f} s in the future: is use_sim_time right?"
        return ""

    def _withdraw(self, reason: str) -> None:
        """No path, and why; whoever followed the last one is told once by an empty path."""
        self.health.withheld(reason)
        if not self._standing:
            self._standing = True
            stamp = self.now() if self._grid is None else self._grid.stamp
            self._plan.publish(to_path(np.empty((0, 2)), stamp, self._poses.odom_frame))
            self.health.count(f"{PLAN} withdrawn")


def main(args: list[str] | None = None) -> None:
    """Run the node."""
    spin.run(PlannerNode, args)


if __name__ == "__main__":
    main()
