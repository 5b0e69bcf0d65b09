"""The rectified pinhole camera, and its round trip through ROS CameraInfo fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError

Array = NDArray[np.float64]

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_AGREE = 1e-3
"""Pixels (or 1, for R) by which fields that say the same thing may differ."""


class CameraFields(NamedTuple):
    """The fields of a sensor_msgs/CameraInfo as plain numbers; k, r are 9, p is 12, row-major."""

    width: int
    height: int
    distortion_model: str
    d: tuple[float, ...]
    k: tuple[float, ...]
    r: tuple[float, ...]
    p: tuple[float, ...]


@dataclass(frozen=True)
class Pinhole:
    """A rectified camera: sizes and focal lengths in pixels, pixel centres at whole numbers.

    `tx` is P[0, 3] in pixels * metres: 0 for the left or only camera, -fx * baseline for the
    right one. Points are always given in the optical frame of the left camera.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    tx: float = 0.0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise GeometryError(f"camera size is {self.width} x {self.height}, must be positive")
        for name in ("fx", "fy", "cx", "cy", "tx"):
            if not np.isfinite(getattr(self, name)):
                raise GeometryError(f"camera {name} is {getattr(self, name)}, must be finite")
        if self.fx <= 0.0 or self.fy <= 0.0:
            raise GeometryError(
                f"camera focal lengths are fx {self.fx}, fy {self.fy}, must be positive: "
                "an all-zero CameraInfo means that the camera is not calibrated"
            )

    @property
    def baseline(self) -> float:
        """Metres by which this camera stands to the right of the left one."""
        return -self.tx / self.fx

    def project(self, points: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Points (n, 3) to pixels (n, 2), nan where not in front, and which are in front (n,)."""
        points = np.asarray(points, dtype=np.float64)
        z = points[..., 2]
        visible = z > 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            u = (self.fx * points[..., 0] + self.tx) / z + self.cx
            v = self.fy * points[..., 1] / z + self.cy
        uv = np.stack([u, v], axis=-1)
        uv[~visible] = np.nan
        return uv, visible

    def unproject(self, uv: Array, depth: Array) -> Array:
        """Pixels (n, 2) at depths (n,) in metres along z to points (n, 3)."""
        uv, z = np.asarray(uv, dtype=np.float64), np.asarray(depth, dtype=np.float64)
        x = ((uv[..., 0] - self.cx) * z - self.tx) / self.fx
        y = (uv[..., 1] - self.cy) * z / self.fy
        return np.stack([x, y, z], axis=-1)

    def scaled(self, sx: float, sy: float) -> Pinhole:
        """The camera of an image resized by these factors (area to area, as cv2.resize does)."""
        width, height = int(self.width * sx), int(self.height * sy)
        return Pinhole(
            width,
            height,
            self.fx * sx,
            self.fy * sy,
            (self.cx + 0.5) * sx - 0.5,
            (self.cy + 0.5) * sy - 0.5,
            self.tx * sx,
        )

    def subframe(self, first_column: int, first_row: int, width: int, height: int) -> Pinhole:
        """The camera of a window of this image."""
        inside = first_column >= 0 and first_row >= 0
        if not inside or first_column + width > self.width or first_row + height > self.height:
            raise GeometryError(
                f"subframe {width} x {height} at ({first_column}, {first_row}) leaves the "
                f"{self.width} x {self.height} image"
            )
        cx, cy = self.cx - first_column, self.cy - first_row
        return replace(self, width=width, height=height, cx=cx, cy=cy)

    def check_shape(self, shape: tuple[int, ...], what: str) -> None:
        """Refuse an array whose first two dimensions are not this camera's height and width."""
        if len(shape) < 2 or shape[:2] != (self.height, self.width):
            raise GeometryError(
                f"{what} has shape {shape} (height, width), but its camera is "
                f"{self.width} x {self.height}"
            )

    def to_fields(self) -> CameraFields:
        """As CameraInfo fields of a rectified image."""
        k = (self.fx, 0.0, self.cx, 0.0, self.fy, self.cy, 0.0, 0.0, 1.0)
        p = (self.fx, 0.0, self.cx, self.tx, 0.0, self.fy, self.cy, 0.0, 0.0, 0.0, 1.0, 0.0)
        return CameraFields(self.width, self.height, "plumb_bob", (0.0,) * 5, k, _IDENTITY, p)

    @classmethod
    def from_fields(
        cls,
        width: int,
        height: int,
        k: Sequence[float],
        r: Sequence[float],
        p: Sequence[float],
        d: Sequence[float] = (),
    ) -> Pinhole:
        """From the CameraInfo fields of a rectified image; the error names the field."""
        k_, r_ = _field("K", k, 9), _field("R", r, 9)
        p_, d_ = _field("P", p, 12), _field("D", d, len(d))
        _check_rectified(r_, d_)
        _check_form(k_, p_)
        return cls(
            int(width), int(height), float(p_[0]), float(p_[5]), float(p_[2]), float(p_[6]), p_[3]
        )


def _field(name: str, values: Sequence[float], length: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != length:
        raise GeometryError(f"CameraInfo.{name} has {len(numbers)} numbers, must have {length}")
    if not np.all(np.isfinite(numbers)):
        raise GeometryError(f"CameraInfo.{name} holds a number that is not finite: {numbers}")
    if name in "KP" and not any(numbers):
        raise GeometryError(f"CameraInfo.{name} is all zero: the camera is not calibrated")
    return numbers


def _check_rectified(r: tuple[float, ...], d: tuple[float, ...]) -> None:
    if any(d):
        raise GeometryError(
            f"CameraInfo.D is {d} for an image that must be rectified: publish the CameraInfo "
            "of the rectified image (D zero, R identity, K as in P)"
        )
    if max(abs(a - b) for a, b in zip(r, _IDENTITY, strict=True)) > _AGREE:
        raise GeometryError(
            f"CameraInfo.R is {r}, not the identity, for an image that must be rectified: "
            "publish the CameraInfo of the rectified image"
        )


def _check_form(k: tuple[float, ...], p: tuple[float, ...]) -> None:
    for name, matrix, zeros in (("K", k, (1, 3, 6, 7)), ("P", p, (1, 4, 7, 8, 9, 11))):
        if any(matrix[i] != 0.0 for i in zeros) or matrix[8 if name == "K" else 10] != 1.0:
            raise GeometryError(f"CameraInfo.{name} is not a rectified pinhole: {matrix}")
    for label, in_k, in_p in (("fx", 0, 0), ("cx", 2, 2), ("fy", 4, 5), ("cy", 5, 6)):
        if abs(k[in_k] - p[in_p]) > _AGREE:
            raise GeometryError(
                f"CameraInfo.K and CameraInfo.P disagree on {label} ({k[in_k]} and {p[in_p]}): "
                "publish the CameraInfo of the rectified image"
            )


def check_pair(left: Pinhole, right: Pinhole) -> None:
    """Refuse two cameras that are not a rectified pair with the right one on the right."""
    if (left.width, left.height) != (right.width, right.height):
        raise GeometryError(
            f"left camera is {left.width} x {left.height}, right is {right.width} x {right.height}"
        )
    for name in ("fx", "fy", "cy"):
        ours, theirs = getattr(left, name), getattr(right, name)
        if abs(ours - theirs) > 0.05:
            raise GeometryError(f"left and right {name} are {ours} and {theirs}: not rectified")
    if left.tx != 0.0:
        raise GeometryError(f"left camera has Tx {left.tx}, must be 0: are left and right swapped?")
    if right.tx >= 0.0:
        raise GeometryError(
            f"right camera has Tx {right.tx}, must be -fx * baseline, so negative: "
            "are left and right swapped, or P[3] missing?"
        )
