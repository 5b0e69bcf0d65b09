"""What a perfect map of a scene would say: height, class and visibility of every cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.rays import Caster, caster
from ai4mars_nav.sim.scene import Array, Scene

_SAMPLES = 5
"""Places looked at in a cell, a side."""


@dataclass(frozen=True)
class CellTruth:
    """Of every cell (rows, columns): centre x, y and surface height in metres, class, rock index
    (-1 none), the share 0..1 of its surface that the camera sees, and metres to the camera."""

    x: Array
    y: Array
    height: Array
    classes: NDArray[np.uint8]
    rock: NDArray[np.int64]
    seen: Array
    distance: Array


def cell_truth(
    scene: Scene,
    origin: tuple[float, float],
    resolution: float,
    shape: tuple[int, int],
    camera: Pinhole,
    odom_from_camera: Pose,
) -> CellTruth:
    """Truth on a grid of `shape` (rows, columns) whose cell (0, 0) has its corner at `origin`."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    x = origin[0] + (columns + 0.5) * resolution
    y = origin[1] + (rows + 0.5) * resolution
    rock, top = scene.rock_at(x, y)
    rays = caster(scene)
    offsets = ((np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5) * resolution
    seen = np.zeros(shape)
    for dx in offsets:
        for dy in offsets:
            seen += _sees(scene, rays, camera, odom_from_camera, x + dx, y + dy)
    eye = odom_from_camera.apply(np.array([camera.baseline, 0.0, 0.0]))
    return CellTruth(
        x=x,
        y=y,
        height=scene.surface(x, y),
        classes=scene.terrain(x, y),
        rock=np.where(top > scene.ground(x, y), rock, -1),
        seen=seen / _SAMPLES**2,
        distance=np.hypot(x - eye[0], y - eye[1]),
    )


def _sees(
    scene: Scene, rays: Caster, camera: Pinhole, odom_from_camera: Pose, x: Array, y: Array
) -> NDArray[np.bool_]:
    """Which surface points at x, y (any one shape) are in the image and not hidden."""
    points = np.stack([x.ravel(), y.ravel(), scene.surface(x, y).ravel()], axis=1)
    uv, ahead = camera.project(odom_from_camera.inverse().apply(points))
    inside = ahead & (np.abs(uv[:, 0] - (camera.width - 1) / 2.0) <= camera.width / 2.0)
    inside &= np.abs(uv[:, 1] - (camera.height - 1) / 2.0) <= camera.height / 2.0
    candidates = np.flatnonzero(inside)
    eye = odom_from_camera.apply(np.array([camera.baseline, 0.0, 0.0]))
    seen = np.zeros(len(points), dtype=bool)
    seen[candidates] = rays.sees(eye, points[candidates])
    return seen.reshape(x.shape)
