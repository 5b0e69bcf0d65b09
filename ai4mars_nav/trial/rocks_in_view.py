"""Which rocks a frame truly shows: in the picture, and not hidden by anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.rocks import RockSighting
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Terrain

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

FARTHEST = 30
"""Metres over the ground within which a rock counts."""
SPOTS = ((0.0, 0.3), (0.0, 0.5), (0.0, 0.7), (-0.25, 0.4), (0.25, 0.4))
"""On a rock as seen: shares of its width to the side, and of its height."""
IN_VIEW = 3
"""Spots that must be seen of a rock in view."""
RAY_STEP = 0.05
"""Metres between the places of a ray that are looked at."""


@dataclass(frozen=True)
class Sight:
    """What a frame was told of rocks, what it truly showed, and from where; odom is the world's."""

    odom_from_camera: Pose
    rocks: Sequence[RockSighting]
    true_classes: U8
    """(h, w) at the camera's size."""


def in_view(sight: Sight, world: World, camera: Pinhole) -> NDArray[np.int64]:
    """Indices (k,) of the big rocks of which most is in the picture and not hidden."""
    big = _within_reach(sight, world, world.rocks.big)
    seen = np.zeros(len(big), np.int64)
    for spot in _spots(sight, world, big):
        inside, row, column = _pixels(sight, camera, spot)
        kind = sight.true_classes[np.where(inside, row, 0), np.where(inside, column, 0)]
        seen += inside & (kind == Terrain.BIG_ROCK)
    return np.asarray(big[seen >= IN_VIEW], np.int64)


def narrow_in_view(sight: Sight, world: World, camera: Pinhole) -> NDArray[np.int64]:
    """Indices (k,) of the rocks over 0.30 m that are not wide enough to be big, of which most is in
    the picture with nothing before it: the classes of the picture do not show them."""
    rocks = world.rocks
    narrow = _within_reach(sight, world, ~rocks.big & (rocks.height > BIG_ROCK_HEIGHT))
    seen = np.zeros(len(narrow), np.int64)
    for spot in _spots(sight, world, narrow):
        inside, _, _ = _pixels(sight, camera, spot)
        for i in np.flatnonzero(inside):
            own = 0.5 * max(rocks.length[narrow[i]], rocks.width[narrow[i]])
            seen[i] += _clear(sight.odom_from_camera.translation, spot[i], own, world)
    return np.asarray(narrow[seen >= IN_VIEW], np.int64)


def _within_reach(sight: Sight, world: World, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indices (k,) of some of the rocks that are near enough to count."""
    eye, some = sight.odom_from_camera.translation, np.flatnonzero(which)
    away = np.hypot(world.rocks.x[some] - eye[0], world.rocks.y[some] - eye[1])
    return np.asarray(some[away < FARTHEST], np.int64)


def _spots(sight: Sight, world: World, which: NDArray[np.int64]) -> list[F64]:
    """For each of SPOTS where it is (k, 3) on each rock, in odom."""
    rocks, eye = world.rocks, sight.odom_from_camera.translation
    x, y = rocks.x[which], rocks.y[which]
    base = world.height(x, y, "ground")
    across = np.arctan2(y - eye[1], x - eye[0]) + 0.5 * math.pi
    wide = 0.5 * (rocks.length[which] + rocks.width[which])
    return [
        np.stack(
            [
                x + aside * wide * np.cos(across),
                y + aside * wide * np.sin(across),
                base + up * rocks.height[which],
            ],
            axis=1,
        )
        for aside, up in SPOTS
    ]


def _pixels(
    sight: Sight, camera: Pinhole, spot: F64
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Whether spots (k, 3) are in the picture, and their rows and columns (k,)."""
    rows, columns = sight.true_classes.shape
    uv, before = camera.project(sight.odom_from_camera.inverse().apply(spot))
    column, row = (np.nan_to_num(uv.T, nan=-1.0).round()).astype(np.int64)
    inside = before & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return inside, row, column


def _clear(eye: F64, spot: F64, own: float, world: World) -> bool:
    """Whether nothing stands between the eye (3,) and a spot (3,) of a rock that begins `own`
    metres before it."""
    ray = spot - eye
    away = math.hypot(ray[0], ray[1])
    steps = np.arange(RAY_STEP, max(away - own, RAY_STEP), RAY_STEP)
    x, y, z = eye[:, None] + ray[:, None] * (steps / away)
    return bool((world.height(x, y) <= z).all())
