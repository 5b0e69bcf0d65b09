"""Drives without ROS: simulator, perception, map, planner and driver's core in one process.

    python bench/sim_drive.py test_rover 1 2 3 4 5 6 7 8 9 10

The same world, vehicle, cameras and settings as `ai4mars drive`, frame by frame and command by
command as its lockstep has them, for many seeds in less time than processes and DDS take.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.stereo import StereoSettings
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.rocks import RockSettings
from ai4mars_nav.perception.segmenter import SegmenterSettings
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ClearanceSettings, Ground, check_arcs
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.planning.headway import HeadwaySettings
from ai4mars_nav.planning.search import Planner, SearchSettings
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.ros.perceive import (
    Cameras,
    OutputSettings,
    Perception,
    PerceptionSettings,
    RangeSettings,
    Shot,
)
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.metrics import nearest_rock
from ai4mars_nav.sim.drive.referee import End, Referee
from ai4mars_nav.sim.drive.sim_node import EPOCH
from ai4mars_nav.sim.drive.sim_settings import SimSettings
from ai4mars_nav.sim.drive.trip import Trip, ground_of
from ai4mars_nav.sim.drive.truth_state import truth_of
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.cache import default_cache
from ai4mars_nav.sim.world.library import DEFAULT, load_world
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT

MODEL = "terrain-256-int8"


class Unwatched:
    """A clock that nobody reads."""

    def stage(self, _name: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@dataclass
class Known:
    """What the driver goes by: the ground, the path, and when both were made."""

    ground: Ground
    path: np.ndarray | None
    why: str
    stamp: float


class Brain:
    """What the four nodes do, called in turn; stamps are seconds of simulated time."""

    def __init__(self, trip: Trip, eyes: Eyes) -> None:
        file = graph.parameter_file(trip.arguments())

        def read(node: graph.NodeSpec, prefix: str, cls: type):
            return settings_in(file, node, prefix, cls)

        terrain = graph.TERRAIN
        settings = PerceptionSettings(
            read(terrain, "segmenter", SegmenterSettings),
            read(terrain, "stereo", StereoSettings),
            read(terrain, "rocks", RockSettings),
            read(terrain, "output", OutputSettings),
            read(graph.MAP, "range", RangeSettings),
        )
        cameras = Cameras(eyes.rig.left, eyes.rig.right)
        self.range_error = cameras.range_error(settings.range)
        model = model_file(MODEL)
        self.perception = Perception(
            settings,
            open_engine("onnx", model, threads=1),
            load_sidecar(sidecar_path(model)),
            (trip.size, trip.size),
            cameras,
        )
        rover = self.rover = load_rover(rover_file(trip.rover))
        self.map = TerrainMap(
            read(graph.MAP, "map", MapSettings), rover, read(graph.MAP, "cost", CostSettings)
        )
        self.planner = Planner(read(graph.PLANNER, "search", SearchSettings))
        self.clearance = read(graph.DRIVER, "clearance", ClearanceSettings)
        self.arcs = candidate_arcs(read(graph.DRIVER, "arcs", ArcSettings), rover)
        self.follower = Follower(
            read(graph.DRIVER, "follower", FollowerSettings),
            rover,
            self.arcs,
            read(graph.DRIVER, "headway", HeadwaySettings),
        )

    def see(
        self, shot: Shot, odom_from_base: Pose, camera: Pose, goal: tuple[float, float], now: float
    ) -> Known:
        """Perceive one frame, map it, and plan."""
        view = self.perception.look(shot, camera, Unwatched())
        x, y, _ = (float(value) for value in odom_from_base.translation)
        self.map.move_to(x, y)
        points, classes = view.points, view.segmentation.classes
        self.map.integrate(points, classes, view.confidence, camera, self.range_error, now)
        rocks = view.rocks
        self.map.add_rocks(
            np.array([rock.position for rock in rocks]).reshape(-1, 3) + camera.translation,
            np.array([rock.width for rock in rocks]),
            np.nan_to_num([rock.height for rock in rocks], nan=BIG_ROCK_HEIGHT),
            np.array([rock.probability for rock in rocks]),
            now,
        )
        self.map.update()
        height = self.map.layers["elevation"].astype(np.float32)
        sigma = np.sqrt(self.map.layers["variance"]).astype(np.float32)
        cost, origin, resolution = self.map.cost.copy(), self.map.origin, self.map.resolution
        ground = Ground(height, sigma, np.isfinite(height), cost, origin, resolution)
        try:
            path = self.planner.replan(cost, origin, resolution, (x, y), goal).points
        except PlanningError as error:
            return Known(ground, None, str(error), now)
        return Known(ground, path, "", now)

    def order(self, known: Known, odom_from_base: Pose, now: float) -> Command:
        """The driver's command."""
        x, y, _ = (float(value) for value in odom_from_base.translation)
        verdicts = []
        if known.path is not None:
            verdicts = check_arcs(
                self.arcs, known.ground, odom_from_base, self.clearance, self.rover
            )
        pose = (x, y, odom_from_base.yaw())
        situation = Situation(now, pose, now, known.path, known.stamp, known.stamp, verdicts)
        command = self.follower.command(situation)
        if command.stuck_at is not None:
            self.map.hold(*command.stuck_at)
        return command


def drive(trip: Trip) -> tuple[End, Referee, float]:
    """Drive until the referee ends it: the end, the referee, and seconds of the wall clock."""
    world, mission = load_world(trip.world, trip.seed, default_cache())
    ground = ground_of(trip, world, mission)
    file = graph.parameter_file(trip.arguments())
    sim = settings_in(file, graph.SIM, "", SimSettings)
    vehicle = Vehicle(world, ground.rover, VehicleSettings(), mission.start, trip.seed)
    eyes = Eyes(world, mission, ground.rover, trip.size, trip.seed)
    brain, referee = Brain(trip, eyes), Referee(ground.rules)
    known, command = None, Command(0.0, 0.0, "")
    ordered, elapsed, frames = (0.0, 0.0), 0.0, 0
    steps = max(1, round(sim.odom_period / sim.step))
    begun = time.monotonic()
    while referee.end is None:
        state, now = vehicle.state, EPOCH / 1e9 + elapsed
        stamp = round(now * 1e9)
        referee.hear(truth_of(state, state.odometry, ordered, stamp, frames, {}))
        if known is not None and _begins(elapsed, sim.command_period, sim.odom_period):
            command = brain.order(known, state.odometry, now)
        if _begins(elapsed, sim.frame_period, sim.odom_period):
            pan = math.radians(sim.pans_deg[frames % len(sim.pans_deg)])
            right = sim.right and not sim.depth  # as the graph, which takes depth where it comes
            shots, _ = eyes.look(state.odom_from_base, pan, frames, stamp, right, sim.depth)
            camera = state.odometry @ eyes.base_from_camera(pan)
            depth = None if shots.depth is None else ("32FC1", shots.depth)
            shot = Shot(shots.left, depth, shots.right)
            known = brain.see(shot, state.odometry, camera, ground.rules.goal, now)
            frames += 1
        ordered = (command.linear, command.angular)
        for _ in range(steps):
            vehicle.step(*ordered, sim.odom_period / steps)
        elapsed += sim.odom_period
    if known is not None and known.why:
        referee.end = End(False, f"{referee.end.reason}; the planner: {known.why}")
    elif not referee.end.reached:
        referee.end = End(False, f"{referee.end.reason}; the driver: {command.reason}")
    return referee.end, referee, time.monotonic() - begun


def _begins(elapsed: float, period: float, tick: float) -> bool:
    """Whether a period begins in this tick."""
    return round(elapsed * 1e9) % round(period * 1e9) < round(tick * 1e9)


def main() -> None:
    """Drive every seed, print a row of Markdown for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("rover")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--world", default=DEFAULT)
    parser.add_argument("--params", default="", help="parameter file instead of the drive's own")
    args = parser.parse_args()
    print("| seed | came to | way | time | energy | nearest rock over 0.30 m | frames | wall |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for seed in args.seeds:
        trip = Trip(Path(), args.world, seed, args.rover, params=args.params)
        rover = load_rover(rover_file(trip.rover))
        end, referee, wall = drive(trip)
        last = referee.truths[-1]
        world, _ = load_world(args.world, seed, default_cache())
        places = np.array([truth.place for truth in referee.truths])
        gap, _ = nearest_rock(world, rover, places)
        print(
            f"| {seed} | {end.reason} | {last.distance_m:.1f} m | {last.time:.0f} s | "
            f"{last.energy_j / 1e3:.1f} kJ | {'none' if gap is None else f'{gap:.2f} m'} | "
            f"{last.frames} | {wall:.0f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
