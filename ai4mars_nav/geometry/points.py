"""Organised point clouds: depth images to points, row by row as in the image."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose

Cloud = NDArray[np.float32]
Scalar = TypeVar("Scalar", bound=np.generic)


class Unprojector:
    """Depth (H, W) to points (h, w, 3) in the optical frame, one out of `stride` x `stride`.

    h = H // stride, w = W // stride: a remainder at the right and bottom is left out, as for a
    class map of that size. Point (i, j) is the pixel nearest to the middle of its block, the
    upper left of two: nothing is averaged, so no point hangs between a rock and the ground
    behind it. Buffers are made once; what a call returns is overwritten by the next.
    """

    def __init__(self, camera: Pinhole, stride: int = 1) -> None:
        if stride < 1 or stride > min(camera.width, camera.height):
            raise GeometryError(
                f"stride {stride} does not fit a {camera.width} x {camera.height} image"
            )
        self.camera = camera
        self.stride = stride
        self.shape = (camera.height // stride, camera.width // stride)
        first = (stride - 1) // 2
        self.rows = first + stride * np.arange(self.shape[0])
        self.columns = first + stride * np.arange(self.shape[1])
        along, down = (self.columns - camera.cx) / camera.fx, (self.rows - camera.cy) / camera.fy
        self._x_ray = np.tile(along.astype(np.float32), (self.shape[0], 1))
        self._y_ray = np.repeat(down.astype(np.float32)[:, None], self.shape[1], axis=1)
        self._left_of_origin = np.float32(camera.tx / camera.fx)
        self._x, self._y = np.empty_like(self._x_ray), np.empty_like(self._y_ray)
        self._points = np.empty((*self.shape, 3), np.float32)

    def sample(self, image: NDArray[Scalar]) -> NDArray[Scalar]:
        """View (h, w) of the pixels of an image (H, W) that the points stand for."""
        self.camera.check_shape(image.shape, "image")
        first, step = int(self.rows[0]), self.stride
        return image[first::step, first::step][: self.shape[0], : self.shape[1]]

    def points(self, depth: Cloud) -> Cloud:
        """Depth (H, W) in metres to points (h, w, 3), nan where there is none."""
        if depth.dtype != np.float32 or depth.ndim != 2:
            raise GeometryError(f"depth is {depth.dtype} {depth.shape}, must be float32 (H, W)")
        z = np.ascontiguousarray(self.sample(depth))
        cv2.multiply(self._x_ray, z, dst=self._x)
        cv2.multiply(self._y_ray, z, dst=self._y)
        if self._left_of_origin:
            self._x -= self._left_of_origin
        cv2.merge([self._x, self._y, z], dst=self._points)
        return self._points


def to_frame(points: Cloud, parent_from_child: Pose, out: Cloud | None = None) -> Cloud:
    """Points (h, w, 3) of the child frame in its parent; into `out` if given."""
    matrix = np.hstack([parent_from_child.rotation, parent_from_child.translation[:, None]])
    return np.asarray(cv2.transform(points, matrix, dst=out), dtype=np.float32)
