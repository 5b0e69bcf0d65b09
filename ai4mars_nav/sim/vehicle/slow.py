"""The plain NumPy twins of the kernels, on `World.height`; tests and benches compare them.

They settle a rover in other words: a plane through the rockers instead of their angles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.vehicle.kernels import CLIMBING
from ai4mars_nav.sim.vehicle.running_gear import RunningGear
from ai4mars_nav.sim.world.world import World

F64 = NDArray[np.float64]


FINELY = 10
"""Samples between two of the running gear's along a rim."""


def axle_height(
    world: World, gear: RunningGear, x: float, y: float, heading: float, lean: float
) -> tuple[float, F64]:
    """Lowest height of a wheel's axle over x, y, and where (3,) the wheel then touches."""
    samples = np.linspace(-gear.radius, gear.radius, FINELY * (len(gear.along) - 1) + 1)
    u, v = np.meshgrid(samples[np.argsort(np.abs(samples), kind="stable")], gear.across)
    px = x + np.cos(heading) * u - np.sin(heading) * v
    py = y + np.sin(heading) * u + np.cos(heading) * v
    ground = world.height(px, py)
    rim = np.sqrt(np.maximum(gear.radius**2 - u**2, 0.0))
    axle = ground + np.hypot(1.0, lean) * rim - lean * v
    # of equals the first, as rounding would choose by chance
    at = int(np.flatnonzero(axle.ravel() >= axle.max() - 1e-9)[0])
    return float(axle.max()), np.array([px.ravel()[at], py.ravel()[at], ground.ravel()[at]])


def settle(
    world: World,
    gear: RunningGear,
    place: tuple[float, float, float],
    headings: F64,
    sinkage: F64,
    rounds: int,
) -> tuple[Pose, F64]:
    """The pose of base_link at rest and the axles (6, 3)."""
    x, y, yaw = place
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    gradient: F64 = np.zeros(2)
    rotation: F64 = np.eye(3)
    axles: F64 = np.zeros((6, 3))
    for _ in range(rounds):
        rotation = _rotation(gradient, ahead)
        offsets = np.column_stack([gear.wheels, np.full(6, gear.radius)]) @ rotation.T
        axles = np.array([x, y, 0.0]) + offsets
        for w in range(6):
            heading = yaw + headings[w]
            lean = float(gradient @ [-np.sin(heading), np.cos(heading)])
            height, _ = axle_height(world, gear, axles[w, 0], axles[w, 1], heading, lean)
            axles[w, 2] = height - sinkage[w]
        gradient = _gradient(axles)
    rotation = _rotation(gradient, ahead)
    z = float(axles[:, 2].mean() - gear.radius * rotation[2, 2])
    return Pose(rotation, np.array([x, y, z])), axles


def belly_depth(world: World, gear: RunningGear, pose: Pose) -> float:
    """Metres that the surface reaches into the underbody, negative where it is free."""
    points = np.column_stack([gear.belly, np.full(len(gear.belly), gear.clearance)])
    body = pose.apply(points)
    return float((world.height(body[:, 0], body[:, 1]) - body[:, 2]).max())


def step_height(
    world: World,
    gear: RunningGear,
    axle: F64,
    way: F64,
    heading: float,
    lean: float,
) -> float:
    """Metres that one wheel, its axle now at (3,), has climbed on its way (3,); 0: it rolls on."""
    length = float(np.hypot(way[0], way[1]))
    behind = np.array([0.0, gear.radius, 2.0 * gear.radius, 2.0 * gear.radius + gear.run_up])
    places = axle[:2] - behind[:, None] * way[:2] / length
    heights = [axle_height(world, gear, x, y, heading, lean)[0] for x, y in places]
    slope = float(np.clip((heights[2] - heights[3]) / gear.run_up, 0.0, gear.steepest))
    if way[2] / length <= slope + CLIMBING:
        return 0.0
    return float(max(0.0, *(heights[0] - heights[k] - slope * behind[k] for k in (1, 2))))


def _gradient(axles: F64) -> F64:
    """How the plane (2,) of the differential rises along x and y of the world."""
    fore, aft = axles[[0, 3]].mean(axis=0), axles[[1, 2, 4, 5]].mean(axis=0)
    port, starboard = axles[:3].mean(axis=0), axles[3:].mean(axis=0)
    ways = np.stack([fore - aft, port - starboard])
    gradient: F64 = np.linalg.solve(ways[:, :2], ways[:, 2])
    return gradient


def _rotation(gradient: F64, ahead: F64) -> F64:
    """Rotation (3, 3) of a body that heads `ahead` (2,) on a plane of this gradient (2,)."""
    forward = np.array([*ahead, gradient @ ahead])
    up = np.array([-gradient[0], -gradient[1], 1.0])
    forward, up = forward / np.linalg.norm(forward), up / np.linalg.norm(up)
    return np.column_stack([forward, np.cross(up, forward), up])
