"""The node `driver`: path, pose and map in, commands to the drive out; stands still when unsure.

On simulated time a command follows the first pose of each period, however fast that time runs, so
that a simulator may wait for it. A clock that stands still does not silence the node, unless it is
fed in lockstep: then nothing but poses is answered.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from geometry_msgs.msg import Point, PointStamped, Twist
from nav_msgs.msg import OccupancyGrid, Path
from numpy.typing import NDArray
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import Image

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ArcVerdict, ClearanceSettings, Ground, check_arcs
from ai4mars_nav.planning.drive import stop
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.planning.headway import HeadwaySettings
from ai4mars_nav.planning.slip import Felt, SlipSense, SlipSettings
from ai4mars_nav.ros import node, qos, spin
from ai4mars_nav.ros.convert.grid import CostGrid, to_grid
from ai4mars_nav.ros.convert.header import header, nanoseconds
from ai4mars_nav.ros.convert.image import to_array
from ai4mars_nav.ros.convert.pose import from_path, to_twist
from ai4mars_nav.ros.errors import MessageError, NoTransform, ParameterError
from ai4mars_nav.settings import setting

COST, ELEVATION, PLAN = "terrain/cost", "terrain/elevation", "plan"
DRIVE, STUCK, SLIP = "cmd_vel", "stuck", "slip"

STILL_CLOCK = 2.0
"""Seconds of the steady clock after which a simulated one is taken to stand still."""
SILENT_POSES = 5
"""Periods of simulated time without a pose after which commands no longer wait for one."""


@dataclass(frozen=True)
class DriverSettings:
    """How often the drive is told what to do."""

    rate: float = setting(
        10.0, "commands per second, of simulated time if that is used", unit="Hz", lo=0.1, hi=100.0
    )
    clock_error: float = setting(
        0.5, "stamps may be this far in the future", unit="s", lo=0.0, hi=10.0
    )


class DriverNode(node.GraphNode):
    """Asks the follower at a fixed rate; a command goes out every time, zero when it must stand."""

    sections: ClassVar[dict[str, type]] = {
        "driver": DriverSettings,
        "arcs": ArcSettings,
        "clearance": ClearanceSettings,
        "follower": FollowerSettings,
        "headway": HeadwaySettings,
        "slip": SlipSettings,
    }

    def __init__(self, **kwargs: Any) -> None:
        self._command: Any = None
        super().__init__("driver", **kwargs)

    def build(self) -> None:
        """Make arcs and follower, open the topics."""
        read = self.parameters.read
        self._settings = read("driver", DriverSettings)
        self._clearance = read("clearance", ClearanceSettings)
        self._rover = self.rover()
        self._arcs = candidate_arcs(read("arcs", ArcSettings), self._rover)
        self._follower = Follower(
            read("follower", FollowerSettings),
            self._rover,
            self._arcs,
            read("headway", HeadwaySettings),
        )
        self._sense = SlipSense(read("slip", SlipSettings), self._rover)
        self._warm_up()
        self._poses = self.follow_poses()
        self._path: tuple[int, NDArray[np.float64]] | None = None
        self._cost: CostGrid | None = None
        self._heights: tuple[int, NDArray[np.float32]] | None = None
        self._ground: tuple[int, Ground] | None = None
        self._told = self._slipped = ""
        self._command = self.say(Twist, DRIVE, qos.STREAM)
        self._stuck = self.say(PointStamped, STUCK, qos.STREAM)
        self._slip = self.say(PointStamped, SLIP, qos.STREAM)
        self.hear(Path, PLAN, self._take_plan, qos.LATCHED)
        self.hear(OccupancyGrid, COST, self._take_cost, qos.LATCHED)
        self.hear(Image, ELEVATION, self._take_elevation, qos.STREAM)
        self._period = round(1e9 / self._settings.rate)
        self._simulated = bool(self.get_parameter("use_sim_time").value)
        self._moved_at = 0
        self._drove_at = 0.0
        self._due: int | None = None
        if self._simulated:
            # decided only after all that has come by now was heard: a map or plan that waits beside
            # the pose came before it, and a drive must not depend on which is taken first
            self._soon = self.after_all(self._on_due)
            self._poses.on_move = self._on_move
        if not self.lockstep:
            self.every(min(1.0 / self._settings.rate, STILL_CLOCK), self._on_time)
        elif not self._simulated:
            raise ParameterError("lockstep: is for simulated time only, use_sim_time is false")

    def drop(self) -> None:
        """Let go of the drive."""
        self._command = None

    def report(self) -> dict[str, str]:
        """What the rover does and how its wheels slip, a line each."""
        return {"command": self._told, "slip": self._slipped or "none felt yet"}

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop before falling silent."""
        self._halt()
        return super().on_deactivate(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop before falling silent for good: it may come while driving."""
        self._halt()
        return super().on_shutdown(state)

    def end(self) -> None:
        """Stop before the process ends."""
        self._halt()
        super().end()

    def _halt(self) -> None:
        if self.active and self._command is not None:
            self._follower.stand()
            self._command.publish(to_twist(0.0, 0.0))
            self._command.wait_for_all_acked(Duration(seconds=0.5))

    def _warm_up(self) -> None:
        """Let the loops compile now rather than on the way."""
        flat = np.zeros((40, 40), np.float32)
        known = np.ones(flat.shape, np.bool_)
        ground = Ground(flat, flat, known, flat.astype(np.int8), (-2.0, -2.0), 0.1)
        check_arcs(self._arcs, ground, Pose.identity(), self._clearance, self._rover)

    def _take_plan(self, message: Path) -> None:
        self._check_frame(PLAN, message.header.frame_id)
        self._path = nanoseconds(message.header.stamp), from_path(message, PLAN)

    def _take_cost(self, message: OccupancyGrid) -> None:
        self._check_frame(COST, message.header.frame_id)
        self._cost = to_grid(message, COST)
        self._join()

    def _take_elevation(self, message: Image) -> None:
        if message.encoding != "32FC2":
            raise MessageError(f"{ELEVATION}: encoding {message.encoding!r} is not 32FC2")
        self._check_frame(ELEVATION, message.header.frame_id)
        heights = to_array(message, ELEVATION)
        self._heights = nanoseconds(message.header.stamp), np.asarray(heights, dtype=np.float32)
        self._join()

    def _check_frame(self, topic: str, frame: str) -> None:
        if frame != self._poses.odom_frame:
            raise MessageError(f"{topic}: frame_id is {frame!r}, not the odometry frame")

    def _join(self) -> None:
        """Cost and elevation of one stamp are the ground that arcs are checked on."""
        if self._cost is None or self._heights is None or self._cost.stamp != self._heights[0]:
            return
        elevation, sigma = (np.ascontiguousarray(self._heights[1][..., i]) for i in (0, 1))
        if elevation.shape != self._cost.cost.shape:
            raise MessageError(
                f"{ELEVATION}: is {elevation.shape}, {COST} of the same stamp "
                f"{self._cost.cost.shape} (rows, columns)"
            )
        known, cost = np.isfinite(elevation), self._cost
        ground = Ground(elevation, sigma, known, cost.cost, cost.origin, cost.resolution)
        self._ground = cost.stamp, ground

    def _on_time(self) -> None:
        now = self.now()
        no_poses = now - self._moved_at > SILENT_POSES * self._period
        no_clock = time.monotonic() - self._drove_at > STILL_CLOCK
        if not self._simulated or no_poses or no_clock:
            self._drive(now)

    def _on_move(self, stamp: int) -> None:
        """Periods are counted from time 0, so that a simulator knows which pose is answered."""
        if self.active and stamp // self._period != self._moved_at // self._period:
            self._due = stamp
            self._soon()
        self._moved_at = stamp

    def _on_due(self) -> None:
        due, self._due = self._due, None
        if due is not None:
            self._drive(due)

    def _drive(self, now: int) -> None:
        self._drove_at = time.monotonic()
        try:
            with self.health.stage("decide"):
                command = self._decide(now)
        except Exception as error:
            # silence would leave the drive at the last command: it is told to stand, and why
            self.broken(error)
            command = self._stand(f"internal error: {type(error).__name__}: {error}")
        if command.stuck_at is not None:
            self._say_stuck(now, command.stuck_at, command.reason)
        self._sense.tell(command.linear)
        self._command.publish(to_twist(command.linear, command.angular))
        self._told = command.reason
        standing = command.stopped and not command.arrived
        self.health.published(DRIVE, f"the rover stands: {command.reason}" if standing else "")

    def _say_stuck(self, now: int, place: tuple[float, float], why: str) -> None:
        """Tell the map, so that the planner goes another way, and whoever reads the log."""
        x, y = place
        self.health.count("stuck")
        self.get_logger().warning(f"{why}: stuck at ({x:.2f}, {y:.2f})")
        point = Point(x=float(x), y=float(y))
        self._stuck.publish(PointStamped(header=header(now, self._poses.odom_frame), point=point))

    def _say_slip(self, stamp: int, felt: Felt) -> None:
        """Tell the map, which knows what lies there; z is the slip, 0..1."""
        self._slipped = f"{felt.slip:.0%} at ({felt.x:.2f}, {felt.y:.2f})"
        point = Point(x=felt.x, y=felt.y, z=felt.slip)
        self._slip.publish(PointStamped(header=header(stamp, self._poses.odom_frame), point=point))

    def _decide(self, now: int) -> Command:
        try:
            stamp, pose = self._poses.newest()
        except NoTransform as error:
            return self._stand(f"no pose: {error}")
        ahead = self._from_the_future(now, stamp)
        if ahead:
            return self._stand(ahead)
        x, y, _ = (float(value) for value in pose.translation)
        felt = self._sense.felt(stamp / 1e9, (x, y, pose.yaw()))
        if felt is not None:
            self._say_slip(stamp, felt)
        return self._follower.command(self._situation(now, stamp, pose))

    def _stand(self, reason: str) -> Command:
        """The follower was not asked, or did not answer: it must not wait for way to be made."""
        self._follower.stand()
        return stop(reason)

    def _situation(self, now: int, stamp: int, pose: Pose) -> Situation:
        path_stamp, path = self._path or (0, None)
        x, y, _ = pose.translation
        return Situation(
            now=now / 1e9,
            pose=(float(x), float(y), pose.yaw()),
            pose_stamp=stamp / 1e9,
            path=path,
            path_stamp=path_stamp / 1e9,
            map_stamp=None if self._ground is None else self._ground[0] / 1e9,
            verdicts=self._verdicts(pose, path),
        )

    def _verdicts(self, pose: Pose, path: NDArray[np.float64] | None) -> list[ArcVerdict]:
        """What the ground allows; not asked while there is nothing to follow."""
        if self._ground is None or path is None or len(path) == 0:
            return []
        with self.health.stage("arcs"):
            return check_arcs(self._arcs, self._ground[1], pose, self._clearance, self._rover)

    def _from_the_future(self, now: int, pose_stamp: int) -> str:
        stamps = {"odom": pose_stamp}
        if self._path is not None:
            stamps[PLAN] = self._path[0]
        if self._ground is not None:
            stamps[COST] = self._ground[0]
        for what, stamp in stamps.items():
            ahead = (stamp - now) / 1e9
            if ahead > self._settings.clock_error:
                return f"{what} is stamped {ahead:.1f} s in the future: is use_sim_time right?"
        return ""


def main(args: list[str] | None = None) -> None:
    """Run the node."""
    spin.run(DriverNode, args)


if __name__ == "__main__":
    main()
