"""The node `sim`: a rover that drives in a world, publishing what a rover or a bag would.

Time goes on in small steps. In lockstep it waits, after each frame, until all have the map and the
plan made of it, and in each command period for the driver's command: a slow machine gives the same
drive.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, ClassVar

import rclpy
from geometry_msgs.msg import PoseStamped, Twist
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import ending, qos
from ai4mars_nav.ros.answers import GOAL, ORDER
from ai4mars_nav.ros.errors import ParameterError
from ai4mars_nav.ros.lockstep import LISTEN
from ai4mars_nav.ros.params import Parameters
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.in_step import InStep
from ai4mars_nav.sim.drive.orders import Orders
from ai4mars_nav.sim.drive.outlets import Outlets
from ai4mars_nav.sim.drive.sim_settings import LOCKSTEP, FaultSettings, SimSettings
from ai4mars_nav.sim.drive.truth_state import truth_of
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.cache import default_cache
from ai4mars_nav.sim.world.library import load_world

EPOCH = 100 * 10**9
"""Stamp at which a drive begins: 0 means `no time yet` to ROS."""
BEFORE = 10**9
"""Nanoseconds before that at which time stands still until the drive begins."""


class SimNode(Node):
    """The world, the vehicle in it, and the time that both live in."""

    sections: ClassVar[Mapping[str, type]] = {
        "": SimSettings,
        "rover": Rover,
        "vehicle": VehicleSettings,
        "fault": FaultSettings,
    }

    def __init__(self, end: threading.Event) -> None:
        super().__init__("sim", automatically_declare_parameters_from_overrides=True)
        parameters = Parameters(self, self.sections)
        parameters.check()
        self._end = end
        self.settings = parameters.read("", SimSettings)
        self._fault_settings = parameters.read("fault", FaultSettings)
        self._rover = parameters.read("rover", Rover)
        self._make(parameters.read("vehicle", VehicleSettings))
        focal_baseline = -self._eyes.rig.right.tx
        self._faults = Faults(self._fault_settings, self.settings.seed, focal_baseline)
        self._orders = Orders(self._rover, self.settings.command_timeout)
        self._executor_here = SingleThreadedExecutor()
        self._executor_here.add_node(self)
        self._step = InStep(self, self.settings.patience, self._hear, self._going)
        self._goal_heard = False
        self._frames = 0
        self._elapsed = 0
        """Nanoseconds of the drive."""
        self._out = Outlets(self, self._eyes.rig, self.settings.right, self.settings.depth)
        self._listen()

    def run(self) -> None:
        """Drive until told to end."""
        self._hold()
        self._begun = time.monotonic()
        step, odom = (round(s * 1e9) for s in (self.settings.step, self.settings.odom_period))
        steps = max(1, round(odom / step))
        while self._going():
            self._tell()
            if self._due(self.settings.frame_period):
                self._look()
            self._move(odom, steps)
            self._keep_pace()

    def _make(self, vehicle: VehicleSettings) -> None:
        """World, vehicle and eyes, with what takes long told."""
        asked = self.settings
        cache = FilePath(asked.cache).expanduser() if asked.cache else default_cache()
        self.get_logger().info(f"world {asked.world}, seed {asked.seed}: preparing")
        begun = time.monotonic()
        world, mission = load_world(asked.world, asked.seed, cache)
        self._vehicle = Vehicle(world, self._rover, vehicle, mission.start, asked.seed)
        self._eyes = Eyes(world, mission, self._rover, asked.size, asked.seed)
        self._look_once()
        self.get_logger().info(f"ready after {time.monotonic() - begun:.1f} s")

    def _look_once(self) -> None:
        """Let the loops compile now rather than on the way."""
        place = self._vehicle.state.odom_from_base
        self._eyes.look(place, 0.0, 0, 0, right=self.settings.right, depth=False)

    def _listen(self) -> None:
        self.create_subscription(PoseStamped, GOAL, self._take_goal, qos.STREAM)
        self.create_subscription(Twist, ORDER, self._take_order, qos.STREAM)

    def _take_goal(self, _message: PoseStamped) -> None:
        self._goal_heard = True

    def _take_order(self, message: Twist) -> None:
        wrong = self._orders.take(message.linear.x, message.angular.z, self._elapsed / 1e9)
        if wrong:
            self.get_logger().warning(wrong, throttle_duration_sec=2.0)

    def _going(self) -> bool:
        return not self._end.is_set() and rclpy.ok()

    def _hear(self, seconds: float) -> None:
        self._executor_here.spin_once(timeout_sec=seconds)

    def _hear_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._going():
            # always as long: with another timeout an executor begins anew with its first topics
            self._hear(LISTEN)

    @property
    def _stamp(self) -> int:
        return EPOCH + self._elapsed

    @property
    def _in_lockstep(self) -> bool:
        return self.settings.pace == LOCKSTEP

    def _due(self, period: float) -> bool:
        """Whether one period of the drive ends and the next begins in this odometry period."""
        length, ticks = round(period * 1e9), round(self.settings.odom_period * 1e9)
        return self._elapsed % length < ticks

    def _hold(self) -> None:
        """Time stands still until there is a graph, in lockstep, and a goal, if that is asked."""
        until = time.monotonic() + self.settings.patience
        while self._going():
            missing = self._step.missing(self._out.topics) if self._in_lockstep else ""
            if missing and time.monotonic() > until:
                self.get_logger().warning(f"not there: {missing}; going on without")
                missing = ""
            if not missing and (self._goal_heard or not self.settings.hold):
                break
            # before the first frame, or what a node says while it waits would bear its stamp
            self._out.tell_time(self._stamp - BEFORE)
            self._hear_for(0.1)
        if self._in_lockstep and self._goal_heard:
            self._step.await_goal()
        self.get_logger().info("the drive begins")

    def _tell(self) -> None:
        """Pose, time and truth of this moment; then the command to it."""
        state, stamp = self._vehicle.state, self._stamp
        believed = self._believed()
        mast = self._eyes.base_from_camera(self._pan)
        before = self._orders.count
        self._out.tell_pose(stamp, believed, state.twist, mast)
        ordered = self._orders.at(self._elapsed / 1e9)
        counts = self._counts()
        truth = truth_of(state, believed, ordered, stamp, self._frames, counts)
        self._out.tell_truth(truth, state.odom_from_base)
        if self._in_lockstep and self._is_answered_by_driver():
            self._step.await_order(lambda: self._orders.count > before, self._elapsed / 1e9)
        else:
            self._hear(0.0)

    def _is_answered_by_driver(self) -> bool:
        """Whether the driver answers this pose: it does so once in each of its periods, counted
        from time 0."""
        period, ticks = (
            round(s * 1e9) for s in (self.settings.command_period, self.settings.odom_period)
        )
        begins = self._stamp // period != (self._stamp - ticks) // period or self._elapsed == 0
        return begins and bool(self.count_publishers(ORDER))

    def _believed(self) -> Pose:
        pose = self._vehicle.state.odometry
        jump = self._faults.jump(self._elapsed / 1e9)
        if not jump:
            return pose
        aside = pose.rotation[:, 1] * jump
        return Pose(pose.rotation, pose.translation + aside)

    @property
    def _pan(self) -> float:
        """Radians that the mast has panned for the frame that is due next."""
        pans = self.settings.pans_deg
        return math.radians(pans[self._frames % len(pans)])

    def _look(self) -> None:
        """Take a frame, send it, and in lockstep wait for what the graph makes of it."""
        index, state = self._frames, self._vehicle.state
        asked = self.settings
        shots, view = self._eyes.look(
            state.odom_from_base, self._pan, index, self._stamp, asked.right, asked.depth
        )
        self._out.show_truth(view, self._stamp)
        spoilt = self._faults.spoil(shots, self._elapsed / 1e9, index)
        if spoilt is not None:
            before = self._step.before()
            self._out.show(spoilt)
            if self._in_lockstep:
                at = self._elapsed / 1e9
                self._step.await_frame(spoilt.stamp, before, self._goal_heard, at)
        # only now, as the mast must not turn while its pose is told for this frame
        self._frames += 1

    def _move(self, period: int, steps: int) -> None:
        """Drive one odometry period on the newest command."""
        wheel, after = self._fault_settings.stuck_wheel, self._fault_settings.after
        if wheel >= 0 and self._elapsed / 1e9 >= after:
            self._vehicle.settings = replace(self._vehicle.settings, stuck_wheel=wheel)
        linear, angular = self._orders.at(self._elapsed / 1e9)
        for _ in range(steps):
            self._vehicle.step(linear, angular, period / 1e9 / steps)
        self._elapsed += period

    def _keep_pace(self) -> None:
        """In real time, sleep until the wall clock is where the drive is; a slow frame is made
        up for."""
        if self._in_lockstep:
            return
        ahead = self._elapsed / 1e9 - (time.monotonic() - self._begun)
        self._hear_for(max(ahead, 0.0))
        if ahead < -5.0:
            self.get_logger().warning(
                f"{-ahead:.0f} s behind the wall clock", throttle_duration_sec=10.0
            )

    def _counts(self) -> Counter[str]:
        return self._step.counts + self._orders.counts + self._faults.counts


def main(args: list[str] | None = None) -> None:
    """Run the node until it is told to end."""
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node: Any = SimNode(end)
        node.run()
    except (SettingsError, ParameterError, SimError) as error:
        raise SystemExit(f"sim: {error}") from error
    except ExternalShutdownException:
        pass
    finally:
        rclpy.try_shutdown()
        ending.be_deaf()


if __name__ == "__main__":
    main()
