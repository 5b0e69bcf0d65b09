"""Scenes with known truth for the map: a mast camera, ground, and rocks that hide what is behind.

Nothing here shares code with the map: rays are cut with the surfaces one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError

Array = NDArray[np.float64]

OPTICAL_IN_LEVEL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Rotation of an optical frame in one with x forward, y left, z up."""


@dataclass(frozen=True)
class Box:
    """An upright box on the ground z = 0: centre x, y, widths along x and y, height; metres."""

    x: float
    y: float
    width: float
    depth: float
    height: float

    def cells(self, x: Array, y: Array, margin: float = 0.0) -> NDArray[np.bool_]:
        """Which of the places lie under it, its rim moved outward by `margin`."""
        return (np.abs(x - self.x) <= 0.5 * self.width + margin) & (
            np.abs(y - self.y) <= 0.5 * self.depth + margin
        )


@dataclass(frozen=True)
class Camera:
    """A pinhole on a mast: image edge (pixels), focal length (pixels), height, pitch down."""

    size: int = 512
    focal: float = 615.0
    height: float = 2.0
    pitch_deg: float = 20.0
    x: float = 0.0
    y: float = 0.0
    yaw_deg: float = 0.0

    @property
    def pose(self) -> Pose:
        """odom_from_camera."""
        level = Pose.from_rpy(
            (self.x, self.y, self.height),
            (0.0, np.deg2rad(self.pitch_deg), np.deg2rad(self.yaw_deg)),
        )
        return Pose(level.rotation @ OPTICAL_IN_LEVEL, level.translation)

    def rays(self) -> Array:
        """(h, w, 3) with z = 1, optical frame."""
        along = (np.arange(self.size) + 0.5 - 0.5 * self.size) / self.focal
        u, v = np.meshgrid(along, along)
        return np.stack([u, v, np.ones_like(u)], axis=-1)

    def see(
        self, boxes: tuple[Box, ...] = (), ground: Callable[[Array], Array] | None = None
    ) -> NDArray[np.float32]:
        """Points (h, w, 3), optical frame, of the first surface each ray meets; nan at the sky.

        `ground` gives the depth of the ground along rays in odom (z level 0 where left out).
        """
        rays = self.rays()
        towards = rays @ self.pose.rotation.T
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = self.level(towards) if ground is None else ground(towards)
            for box in boxes:
                depth = np.fmin(depth, self._box(towards, box))
        return (rays * depth[..., None]).astype(np.float32)

    def level(self, towards: Array) -> Array:
        """Depth of the ground z = 0."""
        return np.where(towards[..., 2] < -1e-6, -self.height / towards[..., 2], np.nan)

    def _box(self, towards: Array, box: Box) -> Array:
        low = np.array([box.x - box.width / 2, box.y - box.depth / 2, 0.0])
        high = np.array([box.x + box.width / 2, box.y + box.depth / 2, box.height])
        eye = self.pose.translation
        a, b = (low - eye) / towards, (high - eye) / towards
        enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
        return np.where((enter <= leave) & (enter > 0), enter, np.nan)


@pytest.fixture
def range_error() -> RangeError:
    """A NAVCAM's: 520 px m and a quarter of a pixel."""
    return RangeError(520.0, 0.25)
