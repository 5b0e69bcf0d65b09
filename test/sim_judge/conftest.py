"""Worlds of one formula and the test rover, for MuJoCo."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain

F64 = NDArray[np.float64]
Height = Callable[[F64, F64], F64]


def formula_world(
    height: Height = lambda x, _y: 0.0 * x,
    terrain: Terrain = Terrain.BEDROCK,
    rock: tuple[float, float, float, float] | None = None,
    size: float = 12.0,
    resolution: float = 0.025,
) -> World:
    """A square about 0, with half an ellipsoid of (x, y, width, height) on it."""
    cells = round(size / resolution)
    at = (np.arange(cells) + 0.5) * resolution - 0.5 * size
    x, y = np.meshgrid(at, at)
    ground = height(x, y).astype(np.float32)
    surface, rock_of = ground.copy(), np.full(ground.shape, NO_ROCK, np.int32)
    if rock is not None:
        square = ((x - rock[0]) ** 2 + (y - rock[1]) ** 2) / (0.5 * rock[2]) ** 2
        surface[square < 1.0] += rock[3] * np.sqrt(1.0 - square[square < 1.0]).astype(np.float32)
        rock_of[square < 1.0] = 0
    table = np.array([rock] if rock else [], np.float64).reshape(-1, 4)
    rocks = Rocks(
        x=table[:, 0],
        y=table[:, 1],
        length=table[:, 2],
        width=table[:, 2],
        height=table[:, 3],
        yaw=np.zeros(len(table)),
        seed=np.arange(len(table)),
    )
    classes = np.full(ground.shape, int(terrain), np.uint8)
    corner = (-0.5 * size, -0.5 * size)
    return World("formula", resolution, corner, ground, surface, classes, rock_of, rocks)


@pytest.fixture(scope="session")
def make_world() -> Callable[..., World]:
    """A builder of worlds."""
    return formula_world


@pytest.fixture(scope="session")
def small() -> Rover:
    """config/test_rover.yaml."""
    return load_rover(rover_file("test_rover"))
