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


def linearise(left: Camera, right: Camera, size: tuple[int, int], step: int = 1) -> Rectification:
    """Rectify a pair of raw images of `size` (width, height), into images of the same size.

    The new cameras keep their centres, look along the mean of the two axes at right angles to
    the baseline, and share the mean focal lengths and image centre: resolution in the middle is
    kept, and what a wider lens saw beyond the image's edge is cut off. The maps are exact at nodes
    `step` pixels apart and linear between them.
    """
    pose, baseline = _common_pose(left, right)
    inner = [intrinsics(left), intrinsics(right)]
    fx, fy, cx, cy = (
        float(np.mean([getattr(one, name) for one in inner])) for name in ("hs", "vs", "hc", "vc")
    )
    new_left = Pinhole(size[0], size[1], fx, fy, cx, cy)
    new_right = Pinhole(size[0], size[1], fx, fy, cx, cy, tx=-fx * baseline)
    rays = _rays(new_left, step) @ pose.rotation.T
    maps = [_remap(camera, rays, size, step) for camera in (left, right)]
    return Rectification(new_left, new_right, maps[0], maps[1], pose)


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


def _nodes(length: int, step: int) -> Array:
    """Places of nodes `step` apart, from before the first of `length` pixels to past the last.

    They are the middles of the blocks of pixels that cv2.resize makes of them.
    """
    return np.arange(-1, -(-length // step) + 1, dtype=np.float64) * step + 0.5 * (step - 1)


def _rays(camera: Pinhole, step: int) -> Array:
    """Directions (n, 3) of the nodes, row by row, 1 along z."""
    u, v = np.meshgrid(_nodes(camera.width, step), _nodes(camera.height, step))
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    return camera.unproject(uv, np.ones(len(uv)))


def _remap(camera: Camera, rays: Array, size: tuple[int, int], step: int) -> Remap:
    width, height = size
    uv, _ = camera.project(camera.c + DISTANT * rays)
    shape = (len(_nodes(height, step)), len(_nodes(width, step)))
    columns, rows = (_between(uv[:, axis].reshape(shape), size, step) for axis in (0, 1))
    with np.errstate(invalid="ignore"):
        seen = (columns >= 0) & (rows >= 0) & (columns <= width - 1) & (rows <= height - 1)
    columns[~seen] = rows[~seen] = -2.0  # outside for cv2.remap, which is undefined at nan
    return Remap(columns, rows, seen)


def _between(nodes: Array, size: tuple[int, int], step: int) -> NDArray[np.float32]:
    """Values at the nodes to all pixels (h, w), nan beside a node that has none."""
    values = nodes.astype(np.float32)
    if step > 1:
        whole = (step * values.shape[1], step * values.shape[0])
        values = np.asarray(cv2.resize(values, whole, interpolation=cv2.INTER_LINEAR), np.float32)
    return values[step : step + size[1], step : step + size[0]]
