"""What is done to the pixels or the frame of a CAHV-family camera, and what to do to the model.

Image operations touch only H and V, so one function serves all three models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ai4mars_nav.geometry.cahvore import Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose

Camera = TypeVar("Camera", bound=Cahv | Cahvor | Cahvore)


@dataclass(frozen=True)
class Intrinsics:
    """Focal lengths hs, vs and centre hc, vc in pixels; radians between image columns and rows."""

    hs: float
    vs: float
    hc: float
    vc: float
    angle: float


def intrinsics(camera: Cahv | Cahvor | Cahvore) -> Intrinsics:
    """What H and V say about the image, in pixels; distortion is not in it."""
    hc, vc = float(camera.a @ camera.h), float(camera.a @ camera.v)
    across, down = np.cross(camera.a, camera.h), np.cross(camera.a, camera.v)
    hs, vs = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    return Intrinsics(hs, vs, hc, vc, float(np.arccos(across @ down / (hs * vs))))


def scaled(camera: Camera, sx: float, sy: float) -> Camera:
    """The camera of an image resized by these factors (area to area, as cv2.resize does)."""
    return replace(
        camera,
        h=sx * camera.h + 0.5 * (sx - 1.0) * camera.a,
        v=sy * camera.v + 0.5 * (sy - 1.0) * camera.a,
    )


def averaged(camera: Camera, columns: int, rows: int) -> Camera:
    """The camera of an image in which blocks of `columns` x `rows` pixels became one."""
    if columns < 1 or rows < 1:
        raise GeometryError(f"pixel averaging is {columns} x {rows}, must be at least 1")
    return scaled(camera, 1.0 / columns, 1.0 / rows)


def subframe(camera: Camera, first_column: float, first_row: float) -> Camera:
    """The camera of a window whose first pixel is this one, counted from 0 (labels: from 1)."""
    return replace(camera, h=camera.h - first_column * camera.a, v=camera.v - first_row * camera.a)


def moved(camera: Camera, parent_from_frame: Pose) -> Camera:
    """The camera in the parent of the frame that it is given in."""
    turned = {
        name: parent_from_frame.rotation @ getattr(camera, name)
        for name in ("a", "h", "v", "o")
        if hasattr(camera, name)
    }
    return replace(camera, c=parent_from_frame.apply(camera.c), **turned)


def from_pinhole(camera: Pinhole, frame_from_left: Pose) -> Cahv:
    """The CAHV of a pinhole, given the pose of the left camera of its pair."""
    x, y, a = frame_from_left.rotation.T
    centre = frame_from_left.apply(np.array([camera.baseline, 0.0, 0.0]))
    return Cahv(centre, a, camera.fx * x + camera.cx * a, camera.fy * y + camera.cy * a)


def to_pinhole(camera: Cahv, width: int, height: int) -> tuple[Pinhole, Pose]:
    """The pinhole of a CAHV without skew (as linearised ones are), and its pose in its frame."""
    inner = intrinsics(camera)
    if abs(np.cos(inner.angle)) > 1e-4 or camera.a @ np.cross(camera.h, camera.v) <= 0.0:
        raise GeometryError(
            f"CAHV has {np.rad2deg(inner.angle):.4f} degrees between columns and rows "
            "(or is mirrored): a pinhole needs 90, linearise it first"
        )
    x = (camera.h - inner.hc * camera.a) / inner.hs
    y = np.cross(camera.a, x)
    pinhole = Pinhole(width, height, inner.hs, inner.vs, inner.hc, inner.vc)
    return pinhole, Pose(np.stack([x, y, camera.a], axis=1), camera.c)
