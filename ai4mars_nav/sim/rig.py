"""A stereo rig on a rover that stands in a scene: where its cameras are and what they see."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.render import View, render
from ai4mars_nav.sim.scene import Scene

NAVCAM_SIZE = 1024
NAVCAM_FOCAL = 1230.0
"""Pixels, at NAVCAM_SIZE."""
NAVCAM_BASELINE = 0.42
"""Metres."""

OPTICAL = Pose(np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.zeros(3))
"""An optical frame (x right, y down, z forward) in a body frame (x forward, y left, z up)."""


@dataclass(frozen=True)
class Rig:
    """A rectified pair; the pose is that of the left camera's optical frame."""

    left: Pinhole
    right: Pinhole
    base_from_camera: Pose


@dataclass(frozen=True)
class Sight:
    """What a rig sees at once: the left view, and the right image (h, w) u8 if it was wanted."""

    left: View
    right: NDArray[np.uint8] | None
    odom_from_base: Pose
    odom_from_camera: Pose


def pair(width: int, height: int, focal: float, baseline: float) -> tuple[Pinhole, Pinhole]:
    """A rectified pair of equal cameras looking through the image centre; focal in pixels."""
    left = Pinhole(width, height, focal, focal, (width - 1) / 2.0, (height - 1) / 2.0)
    return left, replace(left, tx=-focal * baseline)


def navcam_rig(rover: Rover, size: int = NAVCAM_SIZE) -> Rig:
    """NAVCAM-like cameras of `size` x `size` pixels where the rover carries its camera."""
    left, right = pair(size, size, NAVCAM_FOCAL * size / NAVCAM_SIZE, NAVCAM_BASELINE)
    pitch = math.radians(rover.camera_pitch_deg)
    return Rig(left, right, Pose.from_rpy(rover.camera_xyz, (0.0, pitch, 0.0)) @ OPTICAL)


def standing(scene: Scene, x: float, y: float, yaw: float) -> Pose:
    """odom_from_base of a rover standing level on the ground at (x, y), heading `yaw` radians."""
    z = float(scene.ground(np.array(x), np.array(y)))
    return Pose.from_rpy((x, y, z), (0.0, 0.0, yaw))


def see(scene: Scene, rig: Rig, odom_from_base: Pose, look: str, right: bool = True) -> Sight:
    """Render what the rig sees from a place; without `right`, the left camera alone."""
    odom_from_camera = odom_from_base @ rig.base_from_camera
    left = render(scene, rig.left, odom_from_camera, look)
    other = render(scene, rig.right, odom_from_camera, look).grey if right else None
    return Sight(left, other, odom_from_base, odom_from_camera)
