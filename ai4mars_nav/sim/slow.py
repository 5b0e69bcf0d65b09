"""The plain NumPy twin of `kernels.cast`: what tests and benchmarks compare it with.

It shares no step with the kernel: it walks every ray in even small steps over `Scene.surface`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.scene import Array, Scene


def cast(
    scene: Scene, origins: Array, directions: Array, far: float, step: float = 0.02
) -> tuple[Array, NDArray[np.int32]]:
    """First t (inf: none) of each ray (n, 3) and what is there: -1 sky, 0 ground, k + 1 rock k."""
    below = _first_below(scene, origins, directions, far, step)
    low, high = np.where(np.isinf(below), 0.0, below - step), np.where(np.isinf(below), 0.0, below)
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = _height_over_surface(scene, origins + middle[:, None] * directions) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    t = np.where(np.isinf(below), np.inf, high)
    points = origins + high[:, None] * directions
    rock, top = scene.rock_at(points[:, 0], points[:, 1])
    on_rock = (rock >= 0) & (top > scene.ground(points[:, 0], points[:, 1]))
    what = np.where(on_rock, rock + 1, 0)
    return t, np.where(np.isinf(t), -1, what).astype(np.int32)


def _first_below(scene: Scene, origins: Array, directions: Array, far: float, step: float) -> Array:
    first = np.full(len(directions), np.inf)
    for t in np.arange(step, far, step):
        going = np.flatnonzero(np.isinf(first))
        points = np.broadcast_to(origins, directions.shape)[going] + t * directions[going]
        first[going[_height_over_surface(scene, points) <= 0.0]] = t
    return first


def _height_over_surface(scene: Scene, points: Array) -> Array:
    height: Array = points[:, 2] - scene.surface(points[:, 0], points[:, 1])
    return height
