"""Worlds made of one formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain

F64 = NDArray[np.float64]
Height = Callable[[F64, F64], F64]
MakeWorld = Callable[..., World]


def formula_world(
    height: Height = lambda x, _y: 0.0 * x,
    terrain: Terrain = Terrain.BEDROCK,
    rocks: tuple[tuple[float, float, float, float], ...] = (),
    size: float = 16.0,
    resolution: float = 0.05,
) -> World:
    """A square about 0 with half-ellipsoid rocks of (x, y, width, height)."""
    cells = round(size / resolution)
    at = (np.arange(cells) + 0.5) * resolution - 0.5 * size
    x, y = np.meshgrid(at, at)
    ground = height(x, y).astype(np.float32)
    surface, rock_of = ground.copy(), np.full(ground.shape, NO_ROCK, np.int32)
    for index, (rock_x, rock_y, width, high) in enumerate(rocks):
        square = ((x - rock_x) ** 2 + (y - rock_y) ** 2) / (0.5 * width) ** 2
        on = square < 1.0
        surface[on] = ground[on] + high * np.sqrt(1.0 - square[on])
        rock_of[on] = index
    table = np.array(rocks, np.float64).reshape(-1, 4)
    described = Rocks(
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
    return World("formula", resolution, corner, ground, surface, classes, rock_of, described)
