"""Rigid poses: where a frame stands in another, with quaternions scalar first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.errors import GeometryError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """Pose of a child frame in its parent: parent = rotation (3, 3) @ child + translation (3,)."""

    rotation: Array
    translation: Array

    @classmethod
    def identity(cls) -> Pose:
        """The pose of a frame in itself."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_quaternion(cls, xyz: tuple[float, ...], wxyz: tuple[float, ...]) -> Pose:
        """From a translation in metres and a quaternion (w, x, y, z), normalised here."""
        quaternion = np.asarray(wxyz, dtype=np.float64)
        norm = float(np.linalg.norm(quaternion))
        if not np.isfinite(norm) or abs(norm - 1.0) > 1e-2:
            raise GeometryError(f"quaternion {tuple(wxyz)} has length {norm:.4g}, not 1")
        return cls(_rotation(quaternion / norm), np.asarray(xyz, dtype=np.float64))

    @classmethod
    def from_rpy(cls, xyz: tuple[float, ...], rpy: tuple[float, ...]) -> Pose:
        """From metres and roll, pitch, yaw in radians about fixed x, y, z (REP 103)."""
        (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
        rotation = np.array(
            [
                [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
                [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
                [-sp, cp * sr, cp * cr],
            ]
        )
        return cls(rotation, np.asarray(xyz, dtype=np.float64))

    def quaternion(self) -> tuple[float, float, float, float]:
        """The rotation as (w, x, y, z) with w >= 0."""
        r = self.rotation
        four_squares = np.array(
            [
                1.0 + r[0, 0] + r[1, 1] + r[2, 2],
                1.0 + r[0, 0] - r[1, 1] - r[2, 2],
                1.0 - r[0, 0] + r[1, 1] - r[2, 2],
                1.0 - r[0, 0] - r[1, 1] + r[2, 2],
            ]
        )
        largest = int(np.argmax(four_squares))
        columns = np.array(
            [
                [four_squares[0], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
                [r[2, 1] - r[1, 2], four_squares[1], r[1, 0] + r[0, 1], r[0, 2] + r[2, 0]],
                [r[0, 2] - r[2, 0], r[1, 0] + r[0, 1], four_squares[2], r[2, 1] + r[1, 2]],
                [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[2, 1] + r[1, 2], four_squares[3]],
            ]
        )
        q = columns[largest] / np.linalg.norm(columns[largest])
        q = -q if q[0] < 0.0 else q
        return float(q[0]), float(q[1]), float(q[2]), float(q[3])

    def yaw(self) -> float:
        """Heading of the child's x axis in the parent's x-y plane, radians."""
        return float(np.arctan2(self.rotation[1, 0], self.rotation[0, 0]))

    def __matmul__(self, child: Pose) -> Pose:
        """Pose of `child`'s frame in this pose's parent."""
        return Pose(self.rotation @ child.rotation, self.apply(child.translation))

    def inverse(self) -> Pose:
        """Pose of the parent in the child."""
        back = self.rotation.T
        return Pose(back, -(back @ self.translation))

    def apply(self, points: Array) -> Array:
        """Points (..., 3) of the child frame in the parent frame."""
        moved: Array = points @ self.rotation.T + self.translation
        return moved


def interpolate(earlier: Pose, later: Pose, share: float) -> Pose:
    """Between two poses, 0 is `earlier` and 1 is `later`; rotation by normalised quaternions."""
    first, last = np.array(earlier.quaternion()), np.array(later.quaternion())
    if float(first @ last) < 0.0:
        last = -last
    mixed = (1.0 - share) * first + share * last
    mixed /= np.linalg.norm(mixed)
    place = (1.0 - share) * earlier.translation + share * later.translation
    return Pose(_rotation(mixed), place)


def _rotation(wxyz: Array) -> Array:
    w, x, y, z = wxyz
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
