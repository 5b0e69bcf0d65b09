"""Closed loop: plan, check, follow, move; both rovers among random rocks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ClearanceSettings, Ground, check_arcs
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.rover import Rover

RESOLUTION = 0.1


def rocky_world(
    seed: int, rover: Rover, rocks: int, size: float, keep_free: list[tuple[float, float]]
) -> Ground:
    """A square of `size` metres around 0 with discs of rock 0.7 m high, inflated by the rover."""
    rng = np.random.default_rng(seed)
    cells = round(size / RESOLUTION)
    y, x = (np.indices((cells, cells)) + 0.5) * RESOLUTION - size / 2
    elevation = np.zeros((cells, cells), np.float32)
    margin = 0.5 * rover.width
    while rocks:
        centre = rng.uniform(-size / 2, size / 2, 2)
        radius = rng.uniform(0.2, 0.5)
        room = min(math.dist(centre, free) for free in keep_free)
        if room < radius + 0.5 * math.hypot(rover.length, rover.width) + 1.0:
            continue
        elevation[np.hypot(x - centre[0], y - centre[1]) < radius] = 0.7
        rocks -= 1
    away = cv2.distanceTransform((elevation == 0).astype(np.uint8), cv2.DIST_L2, 5) * RESOLUTION
    graded = 90.0 * np.clip(1.0 - (away - margin) / (margin + 0.5), 0.0, 1.0) + 5.0
    cost = np.where(away <= margin, 100, graded).astype(np.int8)
    sigma = np.full((cells, cells), 0.01, np.float32)
    known = np.ones((cells, cells), np.bool_)
    return Ground(elevation, sigma, known, cost, (-size / 2, -size / 2), RESOLUTION)


@dataclass
class Drive:
    """What happened on one drive."""

    trace: NDArray[np.float64]
    """(n, 3) poses."""
    commands: list[Command]

    @property
    def arrived(self) -> bool:
        return self.commands[-1].arrived


def drive(
    ground: Ground,
    rover: Rover,
    arc_settings: ArcSettings,
    settings: FollowerSettings,
    start: tuple[float, float, float],
    goal: tuple[float, float],
    step: float,
    steps: int,
) -> Drive:
    """Plan, check and follow in closed loop, `step` seconds at a time, until arrived."""
    planner = Planner(SearchSettings())
    arcs = candidate_arcs(arc_settings, rover)
    follower = Follower(settings, rover, arcs)
    pose = start
    trace, commands = [pose], []
    path = planner.plan(ground.cost, ground.origin, ground.resolution, pose[:2], goal).points
    for i in range(steps):
        if i % 10 == 9:
            path = planner.replan(
                ground.cost, ground.origin, ground.resolution, pose[:2], goal
            ).points
        now = i * step
        odom_from_base = Pose.from_rpy((pose[0], pose[1], 0.0), (0.0, 0.0, pose[2]))
        verdicts = check_arcs(arcs, ground, odom_from_base, ClearanceSettings(), rover)
        command = follower.command(Situation(now, pose, now, path, now, now, verdicts))
        commands.append(command)
        if command.stopped:
            break
        pose = moved(pose, command, step)
        trace.append(pose)
    return Drive(np.array(trace), commands)


def moved(
    pose: tuple[float, float, float], command: Command, step: float
) -> tuple[float, float, float]:
    """The pose after `step` seconds of a command, on an exact circle."""
    turned = command.angular * step
    chord = command.linear * step * float(np.sinc(turned / (2.0 * math.pi)))
    heading = pose[2] + 0.5 * turned
    return (
        pose[0] + chord * math.cos(heading),
        pose[1] + chord * math.sin(heading),
        pose[2] + turned,
    )


CURIOSITY_ARCS = ArcSettings(length=6.0, spacing=0.2)
CURIOSITY_FOLLOWER = FollowerSettings(
    lookahead=2.0, goal_tolerance=0.5, clear_distance=3.0, least_clear=0.6
)
SMALL_ARCS = ArcSettings(length=3.0, spacing=0.1)
SMALL_FOLLOWER = FollowerSettings(
    lookahead=0.8, goal_tolerance=0.2, clear_distance=1.2, least_clear=0.3, slow_distance=0.6
)
START, GOAL = (-9.0, -9.0), (8.0, 9.0)
SIZE = 26.0


def costs_met(done: Drive, ground: Ground) -> NDArray[np.int8]:
    """Cost of the cells under base_link along the drive."""
    cols, rows = np.floor((done.trace[:, :2] - ground.origin) / RESOLUTION).astype(int).T
    return ground.cost[rows, cols]


@pytest.mark.parametrize(("seed", "yaw"), [(0, 0.3), (1, -2.5), (2, 2.8)])
def test_curiosity_reaches_its_goal_past_rocks(curiosity: Rover, seed: int, yaw: float) -> None:
    """Also when it looks the other way at first: it turns on arcs, backward where it must."""
    ground = rocky_world(seed, curiosity, 12, SIZE, [START, GOAL])
    done = drive(
        ground, curiosity, CURIOSITY_ARCS, CURIOSITY_FOLLOWER, (*START, yaw), GOAL, 2.0, 800
    )
    assert done.arrived, done.commands[-1].reason
    assert costs_met(done, ground).max() < 100
    curvature = [abs(c.angular / c.linear) for c in done.commands if not c.stopped]
    assert max(curvature) <= 1.0 / curiosity.min_turn_radius + 1e-9


@pytest.mark.parametrize(("seed", "yaw"), [(0, 0.3), (1, -2.5), (2, 2.8), (3, 1.0), (4, -1.0)])
def test_the_small_rover_reaches_its_goal_past_rocks(
    small_rover: Rover, seed: int, yaw: float
) -> None:
    ground = rocky_world(seed, small_rover, 70, SIZE, [START, GOAL])
    done = drive(ground, small_rover, SMALL_ARCS, SMALL_FOLLOWER, (*START, yaw), GOAL, 0.2, 1500)
    assert done.arrived, done.commands[-1].reason
    assert costs_met(done, ground).max() < 100
    turned_in_place = any(c.linear == 0.0 and not c.stopped for c in done.commands)
    assert turned_in_place == (abs(yaw - math.pi / 4) > math.radians(60.0))


@pytest.mark.parametrize("seed", range(4))
def test_a_rock_the_cost_map_does_not_know_is_never_driven_over(
    small_rover: Rover, seed: int
) -> None:
    """Geometry decides: it drives around what only the elevation shows, or stops and says so."""
    ground = rocky_world(seed, small_rover, 40, SIZE, [START, GOAL])
    ground = replace(ground, cost=np.full_like(ground.cost, 10))
    done = drive(ground, small_rover, SMALL_ARCS, SMALL_FOLLOWER, (*START, 0.8), GOAL, 0.2, 1500)
    cols, rows = np.floor((done.trace[:, :2] - ground.origin) / RESOLUTION).astype(int).T
    assert (ground.elevation[rows, cols] == 0.0).all()
    reasons = {command.reason for command in done.commands}
    assert "around what the clearance check vetoed" in reasons
    assert done.arrived or done.commands[-1].reason.startswith("all arcs vetoed")
