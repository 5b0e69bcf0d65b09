"""Plain NumPy twins of the kernels: what tests and benchmarks compare them with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.world import World

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def cast(world: World, eye: F64, directions: F64, far: float, step: float = 0.004) -> F64:
    """First t < far (n,), else inf, at which eye (3,) + t * directions (n, 3) is under the surface.

    It shares no step with `ray_kernels`: every ray goes in even small steps, then by halves.
    """
    first = np.full(len(directions), np.inf)
    for t in np.arange(step, far, step):
        going = np.flatnonzero(np.isinf(first))
        first[going[_over(world, eye + t * directions[going]) <= 0.0]] = t
    low, high = np.where(np.isinf(first), 0.0, first - step), np.where(np.isinf(first), 0.0, first)
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = _over(world, eye + middle[:, None] * directions) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(np.isinf(first), np.inf, high)


def shadowed(
    world: World, points: F64, sun: F64, far: float, step: float = 0.004
) -> NDArray[np.bool_]:
    """Which points (n, 3) the sun (unit vector) does not reach: something within `far` metres."""
    dark = np.zeros(len(points), bool)
    for t in np.arange(step, far, step):
        going = np.flatnonzero(~dark)
        dark[going[_over(world, points[going] + t * sun) <= 0.0]] = True
    return dark


def _over(world: World, points: F64) -> F64:
    """Metres of points (n, 3) above the surface."""
    return np.asarray(points[:, 2] - world.height(points[:, 0], points[:, 1]))
