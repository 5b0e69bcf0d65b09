"""The rover's own body in its camera's image, and as what casts a shadow: boxes of flat panels."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march.caster_kernels import Caster

F64 = NDArray[np.float64]

_BOXES = (
    # centre x, y, z and size along x, y, z in base_link, metres; brightness
    ((-0.15, 0.0, 0.85), (1.7, 1.25, 0.40), 150.0),
    ((-1.15, 0.0, 0.95), (0.5, 0.6, 0.50), 70.0),
    ((0.95, -0.35, 0.75), (0.5, 0.35, 0.35), 110.0),
    ((1.15, 1.1, 0.25), (0.5, 0.40, 0.5), 45.0),
    ((1.15, -1.1, 0.25), (0.5, 0.40, 0.5), 45.0),
    ((0.0, 1.15, 0.25), (0.5, 0.40, 0.5), 45.0),
    ((0.0, -1.15, 0.25), (0.5, 0.40, 0.5), 45.0),
    ((-1.15, 1.1, 0.25), (0.5, 0.40, 0.5), 45.0),
    ((-1.15, -1.1, 0.25), (0.5, 0.40, 0.5), 45.0),
)
"""Deck, power source, arm and wheels of a rover of Curiosity's size."""
_MAST = (
    ((0.70, 0.0, 1.35), (0.12, 0.12, 1.0), 0.0),
    ((0.66, 0.0, 1.95), (0.30, 0.60, 0.28), 0.0),
)
"""What carries the camera: it casts a shadow and is not seen."""
_PANEL = 0.11
"""Metres across a panel, about; each has one of the tones."""
_TONES = (0.12, 0.4, 0.8, 1.0, 1.0, 1.3, 1.7)
_NEAREST = 0.15
"""Metres of z-depth before which nothing is drawn."""


def body_caster(odom_from_base: Pose) -> Caster:
    """The rover's body as what casts a shadow."""
    boxes = [(*centre, *(0.5 * s for s in size)) for centre, size, _ in (*_BOXES, *_MAST)]
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
    for quad, brightness in sorted(
        _faces(sun), key=lambda face: -_distance(camera_from_base, face[0])
    ):
        corners = _clipped(camera_from_base.apply(quad))
        if len(corners) < 3:
            continue
        uv, _ = camera.project(corners)
        outline = np.rint(np.clip(uv, -1e4, 1e4) * 16.0).astype(np.int32)
        cv2.fillPoly(hidden, [outline], 1, shift=4)
        cv2.fillPoly(painted, [outline], brightness, shift=4)
    noise = np.random.default_rng(seed).normal(0.0, 1.5, grey.shape)
    painted += np.where(hidden, noise, 0.0)
    return np.clip(np.rint(painted), 0, 255).astype(np.uint8), hidden.astype(bool)


def _faces(sun: F64) -> list[tuple[F64, float]]:
    """Corners (4, 3) in base_link of all panels of all sides of all boxes, and the grey of each."""
    faces = []
    random = np.random.default_rng(1)
    for centre, size, brightness in _BOXES:
        for axis in range(3):
            for sign in (-1.0, 1.0):
                one, two = (axis + 1) % 3, (axis + 2) % 3
                normal, u, v = np.zeros(3), np.zeros(3), np.zeros(3)
                normal[axis] = sign
                u[one], v[two] = size[one] / 2.0, size[two] / 2.0
                middle = np.array(centre) + normal * size[axis] / 2.0
                light = 0.25 + 0.9 * max(float(normal @ sun), 0.0)
                for a, b in pairwise(_edges(size[one])):
                    for c, d in pairwise(_edges(size[two])):
                        corners = [a * u + c * v, a * u + d * v, b * u + d * v, b * u + c * v]
                        grey = brightness * light * float(random.choice(_TONES))
                        faces.append((middle + np.array(corners), grey))
    return faces


def _edges(size: float) -> F64:
    """Edges -1..1 of the panels along a side of `size` metres."""
    return np.asarray(np.linspace(-1.0, 1.0, max(1, round(size / _PANEL)) + 1), np.float64)


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
