"""One drive in one process: vehicle, pilot and referee, tick by tick as the node `sim` has them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.follower import Command
from ai4mars_nav.ros.graph import SIM, parameter_file
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.drive.referee import End, Referee
from ai4mars_nav.sim.drive.seen import Frame, Seen
from ai4mars_nav.sim.drive.sim_node import EPOCH
from ai4mars_nav.sim.drive.sim_settings import SimSettings
from ai4mars_nav.sim.drive.trip import Ground, Outcome, Trip
from ai4mars_nav.sim.drive.truth_state import truth_of
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.trial.pilot import Pilot


class Drivable(Protocol):
    """What the pilot's commands move; `sim.vehicle.Vehicle` is one."""

    state: State

    def step(self, linear: float, angular: float, dt: float) -> State:
        """Drive `dt` seconds toward a command [m/s, rad/s]."""


Build = Callable[[World, Rover, VehicleSettings, tuple[float, float, float], int], Drivable]
"""A vehicle of world, rover, settings, start (x, y, yaw) and seed."""


@dataclass(frozen=True)
class Driven:
    """What came of a drive, what was seen on it, and processor seconds."""

    outcome: Outcome
    seen: Seen
    cameras: list[Pose]
    """Of each frame, where its camera truly was; empty if there was none."""
    perceiving: list[float]
    planning: list[float]
    processor: float


def drive(
    trip: Trip,
    ground: Ground,
    pilot: Pilot,
    body: VehicleSettings | None = None,
    build: Build = Vehicle,
) -> Driven:
    """Drive what `build` makes until the referee ends it; without `body` it is as it is."""
    sim = settings_in(parameter_file(trip.arguments()), SIM, "", SimSettings)
    settings = body if body is not None else VehicleSettings()
    vehicle = build(ground.world, ground.rover, settings, ground.mission.start, trip.seed)
    referee, seen = Referee(ground.rules), Seen(camera=pilot.camera)
    command: Command | None = None
    ordered, ticks, frames = (0.0, 0.0), 0, 0
    steps = max(1, round(sim.odom_period / sim.step))
    begun, processor = time.monotonic(), time.process_time()
    while referee.end is None:
        state, elapsed = vehicle.state, ticks * sim.odom_period
        stamp = EPOCH + round(elapsed * 1e9)
        now = stamp / 1e9
        referee.hear(truth_of(state, pilot.believed(state), ordered, stamp, frames, {}))
        if _begins(elapsed, sim.command_period, sim.odom_period):
            command = pilot.order(state, now)
            if command is not None:
                _keep_words(seen, stamp, command)
        if _begins(elapsed, sim.frame_period, sim.odom_period):
            frame = pilot.see(state, frames, elapsed, now)
            if frame is not None:
                seen.frames.append(frame)
            frames += 1
        if command is not None:
            ordered = command.linear, command.angular
        for _ in range(steps):
            vehicle.step(*ordered, sim.odom_period / steps)
        ticks += 1
    wall = {"start": 0.0, "drive": time.monotonic() - begun}
    end = _explained(referee.end, pilot, command)
    outcome = Outcome(trip, ground, end, referee.truths, trip.out, _mapped(seen.frames), wall)
    used = time.process_time() - processor
    return Driven(outcome, seen, pilot.cameras, pilot.perceiving, pilot.planning, used)


def _begins(elapsed: float, period: float, tick: float) -> bool:
    """Whether a period begins in this tick."""
    return round(elapsed * 1e9) % round(period * 1e9) < round(tick * 1e9)


def _keep_words(seen: Seen, stamp: int, command: Command) -> None:
    """What the driver said, once for what it says on and on."""
    if not seen.said or seen.said[-1][1] != command.reason:
        seen.said.append((stamp, command.reason))


def _explained(end: End, pilot: Pilot, command: Command | None) -> End:
    """The end of a drive that failed, with the words of who might know why."""
    if end.reached:
        return end
    if pilot.why:
        return End(False, f"{end.reason}; the planner: {pilot.why}")
    said = command.reason if command is not None else "nothing"
    return End(False, f"{end.reason}; the driver: {said}")


def _mapped(frames: list[Frame]) -> frozenset[int]:
    """Stamps of the frames that became maps, as the graph would publish them."""
    return frozenset(frame.stamp for frame in frames if frame.cost is not None)
