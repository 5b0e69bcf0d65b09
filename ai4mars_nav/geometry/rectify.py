"""Linearise a stereo pair: two distorted cameras to two pinholes whose rows are epipolar lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.geometry.cahvore import Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose

Array = NDArray[np.float64]
Image = NDArray[Any]
Camera = Cahv | Cahvor | Cahvore

DISTANT = 1e5
"""Metres at which a ray is looked up. The pupil of a CAHVORE moves by a millimetre or less, alike
in both cameras, so what is nearer than a metre shifts along its row, hardly across it."""


@dataclass(frozen=True, eq=False)
class Remap:
    """Where rectified pixels come from: float32 columns and rows (h, w), and which have one."""

    columns: NDArray[np.float32]
    rows: NDArray[np.float32]
    seen: NDArray[np.bool_]

    def apply(self, image: Image) -> Image:
        """A raw image of the pair's size to the rectified one; 0 where there is no source."""
        if image.shape[:2] != self.seen.shape:
            raise GeometryError(
                f"raw image has shape {image.shape}, the rectification is for {self.seen.shape}"
            )
        return cv2.remap(image, self.columns, self.rows, cv2.INTER_LINEAR)


@dataclass(frozen=True, eq=False)
class Rectification:
    """The pinholes of a rectified pair, the maps into them, and where the left one stands."""

    left: Pinhole
    right: Pinhole
    left_map: Remap
    right_map: Remap
    frame_from_left: Pose
    """Optical frame of the rectified left camera in the frame of the models."""


def linearise(left: Camera, right: Camera, size: tuple[int, int]) -> Rectification:
    """Rectify a pair of raw images of `size` (width, height), into images of the same size.

    The new cameras keep their centres, look along the mean of the two axes at right angles to
    the baseline, and share the mean focal lengths and image centre: resolution in the middle is
    kept, and what a wider lens saw beyond the image's edge is cut off.
    """
    pose, baseline = _common_pose(left, right)
    inner = [intrinsics(left), intrinsics(right)]
    fx, fy, cx, cy = (
        float(np.mean([getattr(one, name) for one in inner])) for name in ("hs", "vs", "hc", "vc")
    )
    new_left = Pinhole(size[0], size[1], fx, fy, cx, cy)
    new_right = Pinhole(size[0], size[1], fx, fy, cx, cy, tx=-fx * baseline)
    rays = _rays(new_left) @ pose.rotation.T
    return Rectification(
        new_left, new_right, _remap(left, rays, size), _remap(right, rays, size), pose
    )


def _common_pose(left: Camera, right: Camera) -> tuple[Pose, float]:
    across = right.c - left.c
    baseline = float(np.linalg.norm(across))
    if baseline < 1e-6:
        raise GeometryError("left and right camera have the same centre: not a stereo pair")
    x = across / baseline
    columns = left.h - (left.a @ left.h) * left.a
    if x @ columns < 0.7 * np.linalg.norm(columns):
        raise GeometryError(
            f"the right camera does not stand to the right of the left one (baseline {across}): "
            "are left and right swapped?"
        )
    mean_axis = left.a + right.a
    z = mean_axis - (mean_axis @ x) * x
    z /= np.linalg.norm(z)
    return Pose(np.stack([x, np.cross(z, x), z], axis=1), left.c), baseline


def _rays(camera: Pinhole) -> Array:
    """Directions (h * w, 3) of all pixels, row by row, 1 along z."""
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    uv = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64)
    return camera.unproject(uv, np.ones(len(uv)))


def _remap(camera: Camera, rays: Array, size: tuple[int, int]) -> Remap:
    width, height = size
    uv, visible = camera.project(camera.c + DISTANT * rays)
    with np.errstate(invalid="ignore"):
        inside = (uv >= 0.0).all(axis=1) & (uv[:, 0] <= width - 1) & (uv[:, 1] <= height - 1)
    seen = visible & inside
    uv[~seen] = -2.0  # outside for cv2.remap, which is undefined at nan
    columns, rows = (uv[:, axis].reshape(height, width).astype(np.float32) for axis in (0, 1))
    return Remap(columns, rows, seen.reshape(height, width))
