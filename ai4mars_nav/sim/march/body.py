"""The rover's own body in its camera's image, and as what casts a shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march.caster_kernels import Caster
from ai4mars_nav.sim.march.hardware import (
    DECK,
    POWER,
    TURRET,
    WHEEL_RADIUS,
    WHEEL_WIDTH,
    WHEELS,
    faces,
)

F64 = NDArray[np.float64]

_WHEEL = (1.8 * WHEEL_RADIUS, WHEEL_WIDTH, 2.0 * WHEEL_RADIUS)
_CASTING = (
    DECK,
    POWER,
    TURRET,
    *((wheel, _WHEEL) for wheel in WHEELS),
    # what carries the camera: mast, box of instruments, bar of the cameras; not seen
    ((0.70, 0.0, 1.40), (0.12, 0.12, 0.9)),
    ((0.68, 0.0, 1.98), (0.36, 0.34, 0.28)),
    ((0.72, 0.0, 1.86), (0.16, 0.66, 0.14)),
)
"""Middle and size along x, y, z in base_link of the boxes that cast the shadow, metres."""
_WHITE = 2.6
"""Light of white paint that faces the sun against that of the ground around."""
_SKY = 0.25
"""Light on what the sun does not reach against that on what faces it."""
_NEAREST = 0.15
"""Metres of z-depth before which nothing is drawn."""


def body_caster(odom_from_base: Pose) -> Caster:
    """The rover's body as what casts a shadow."""
    boxes = [(*middle, *(0.5 * s for s in size)) for middle, size in _CASTING]
    base_from_odom = odom_from_base.inverse()
    turn = np.ascontiguousarray(base_from_odom.rotation, np.float64)
    return Caster(np.array(boxes), turn, np.array(base_from_odom.translation, np.float64))


def paint_body(
    grey: NDArray[np.uint8], camera: Pinhole, base_from_camera: Pose, sun: F64, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The image (h, w) with the rover's body in it, and where that is; sun (3,) in base_link."""
    painted = grey.astype(np.float32)
    hidden = np.zeros(grey.shape, np.uint8)
    camera_from_base = base_from_camera.inverse()
    eye = base_from_camera.translation
    white = _WHITE * float(np.median(grey))
    seen = [face for face in faces() if (eye - face.corners[0]) @ face.normal > 0.0]
    for face in sorted(seen, key=lambda face: -_distance(camera_from_base, face.corners)):
        corners = _clipped(camera_from_base.apply(face.corners))
        if len(corners) < 3:
            continue
        uv, _ = camera.project(corners)
        outline = np.rint(np.clip(uv, -1e4, 1e4) * 16.0).astype(np.int32)
        light = _SKY + (1.0 - _SKY) * max(float(face.normal @ sun), 0.0)
        cv2.fillPoly(hidden, [outline], 1, shift=4)
        cv2.fillPoly(painted, [outline], white * face.tone * light, shift=4)
    # the lens and the grain of the rest of the image
    soft = cv2.GaussianBlur(painted, (0, 0), 0.8)
    noise = np.random.default_rng(seed).normal(0.0, 1.5, grey.shape)
    painted = np.where(hidden > 0, soft + noise, painted)
    return np.clip(np.rint(painted), 0, 255).astype(np.uint8), hidden.astype(bool)


def _distance(camera_from_base: Pose, quad: F64) -> float:
    return float(np.linalg.norm(camera_from_base.apply(quad.mean(axis=0))))


def _clipped(corners: F64) -> F64:
    """The part (n, 3) of a polygon in the optical frame that is before the camera."""
    kept = []
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if here[2] >= _NEAREST:
            kept.append(here)
        if (here[2] >= _NEAREST) != (there[2] >= _NEAREST):
            share = (_NEAREST - here[2]) / (there[2] - here[2])
            kept.append(here + share * (there - here))
    return np.array(kept).reshape(-1, 3)
