"""What a pinhole camera sees of a scene: grey image, depth and class labels, exact to rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim import shading
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.rays import Caster, caster
from ai4mars_nav.sim.scene import Array, Scene
from ai4mars_nav.terrain import UNKNOWN


@dataclass(frozen=True)
class View:
    """One rendered camera frame, all (h, w): grey u8, z-depth f32 metres (nan sky), classes u8."""

    grey: NDArray[np.uint8]
    depth: NDArray[np.float32]
    classes: NDArray[np.uint8]


def render(scene: Scene, camera: Pinhole, odom_from_camera: Pose, look: str = "natural") -> View:
    """The scene as `camera` sees it; the pose is the *left* camera's optical frame, also for a
    right one, which stands `camera.baseline` metres along its x (x right, y down, z forward)."""
    if look not in shading.LOOKS:
        raise SimError(f"look {look!r} must be one of {', '.join(shading.LOOKS)}")
    rays = caster(scene)
    directions = pixel_directions(camera) @ odom_from_camera.rotation.T
    eye = odom_from_camera.apply(np.array([camera.baseline, 0.0, 0.0]))
    depth, what = rays.cast(eye[None, :], directions)
    seen = np.flatnonzero(what >= 0)
    hits = _hits(scene, rays, eye, directions[seen], depth[seen], what[seen], camera.fx)
    shape = (camera.height, camera.width)
    grey, classes = np.empty(len(what)), np.full(len(what), UNKNOWN, dtype=np.uint8)
    if look == "natural":
        grey[:] = shading.sky(_unit(directions))
        grey[seen] = shading.natural(scene, hits)
    else:
        grey[:] = shading.CODED_SKY
        grey[seen] = shading.coded(scene, hits)
    classes[seen] = hits.classes
    depth[np.isinf(depth)] = np.nan
    return View(
        np.clip(np.rint(grey), 0, 255).astype(np.uint8).reshape(shape),
        depth.astype(np.float32).reshape(shape),
        classes.reshape(shape),
    )


def pixel_directions(camera: Pinhole) -> Array:
    """Optical-frame directions (h * w, 3) with z = 1 through every pixel's centre, row by row."""
    v, u = np.mgrid[: camera.height, : camera.width]
    x = (u.ravel() - camera.cx) / camera.fx
    y = (v.ravel() - camera.cy) / camera.fy
    return np.stack([x, y, np.ones_like(x)], axis=1)


def _hits(
    scene: Scene,
    rays: Caster,
    eye: Array,
    directions: Array,
    depth: Array,
    what: NDArray[np.int32],
    focal: float,
) -> shading.Hits:
    points = eye + depth[:, None] * directions
    rocks = what.astype(np.int64) - 1
    return shading.Hits(
        points=points,
        normals=_normals(scene, rays, points, rocks),
        to_eye=-_unit(directions),
        classes=scene.with_rocks(scene.ground_terrain(points[:, 0], points[:, 1]), rocks),
        rocks=rocks,
        lit=rays.lit(points, scene.sun),
        distance=np.asarray(np.linalg.norm(points - eye, axis=1)),
        pixel=depth / focal,
    )


def _normals(scene: Scene, rays: Caster, points: Array, rocks: NDArray[np.int64]) -> Array:
    """Unit outward normals (n, 3) of ground and rocks at surface points (n, 3)."""
    x, y, z = points.T
    small = 1e-3
    normals = np.ones_like(points)
    here = scene.ground(x, y)
    normals[:, 0] = (here - scene.ground(x + small, y)) / small
    normals[:, 1] = (here - scene.ground(x, y + small)) / small
    on = np.flatnonzero(rocks >= 0)
    rock = rays.rocks[rocks[on]]
    dx, dy, dz = x[on] - rock[:, 0], y[on] - rock[:, 1], z[on] - rock[:, 2]
    cos, sin = rock[:, 3], rock[:, 4]
    u = (dx * cos + dy * sin) / rock[:, 5] ** 2
    v = (dy * cos - dx * sin) / rock[:, 6] ** 2
    w = np.maximum(dz, 0.0) / rock[:, 7] ** 2
    normals[on] = np.stack([u * cos - v * sin, u * sin + v * cos, w], axis=1)
    return _unit(normals)


def _unit(vectors: Array) -> Array:
    lengths: Array = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths)
