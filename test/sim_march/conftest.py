"""Small worlds for the tests of the renderer, made of formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.rig import OPTICAL, pair
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain


def _looking(
    x: float, y: float, z: float, down_deg: float, yaw: float = 0.0, roll: float = 0.0
) -> Pose:
    """odom_from_camera of an optical frame that looks along `yaw`, `down_deg` below level."""
    return Pose.from_rpy((x, y, z), (roll, math.radians(down_deg), yaw)) @ OPTICAL


@pytest.fixture
def looking() -> Callable[..., Pose]:
    """x, y, z, down_deg, yaw, roll -> pose."""
    return _looking


@pytest.fixture
def navcam() -> Callable[[int], tuple[Pinhole, Pinhole]]:
    """Pixels a side -> a NAVCAM pair of so few pixels."""
    return lambda size: pair(size, size, 1230.0 * size / 1024.0, 0.42)


@pytest.fixture(scope="session")
def rolling() -> World:
    """24 x 24 m at 5 cm."""
    return _rolling_world(480, 0.05, 60)


@pytest.fixture(scope="session")
def marcher(rolling: World) -> Marcher:
    """That world as it looks by default."""
    return Marcher(rolling, Look())


def _rolling_world(cells: int, resolution: float, rocks: int) -> World:
    """Waves of ground with dome-shaped rocks, quarters of four classes; the middle is at (0, 0)."""
    half = cells * resolution / 2.0
    at = (np.arange(cells) + 0.5) * resolution - half
    x, y = np.meshgrid(at, at)
    ground = 0.25 * np.sin(0.7 * x + 0.3) + 0.2 * np.cos(0.5 * y) + 0.02 * np.sin(5.0 * (x + y))
    random = np.random.default_rng(7)
    where = random.uniform(-half + 1.0, half - 1.0, (2, rocks))
    size = random.uniform(0.15, 0.9, rocks)
    surface, rock_of = ground.copy(), np.full(ground.shape, NO_ROCK, np.int32)
    for k in range(rocks):
        inside = 1.0 - ((x - where[0, k]) ** 2 + (y - where[1, k]) ** 2) / (size[k] / 2.0) ** 2
        dome = ground + 0.6 * size[k] * np.sqrt(np.maximum(inside, 0.0))
        over = (inside > 0.0) & (dome > surface)
        surface[over], rock_of[over] = dome[over], k
    all_rocks = Rocks(where[0], where[1], size, size, 0.6 * size, np.zeros(rocks), np.arange(rocks))
    classes = np.where(x > 0.0, Terrain.BEDROCK, Terrain.SAND).astype(np.uint8)
    classes[y > 0.0] = Terrain.SOIL
    big = np.append(all_rocks.big, False)
    classes[big[rock_of]] = Terrain.BIG_ROCK
    return World(
        "rolling",
        resolution,
        (-half, -half),
        ground.astype(np.float32),
        surface.astype(np.float32),
        classes,
        rock_of,
        all_rocks,
    )
