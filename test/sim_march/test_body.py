"""The rover in its own camera's image: where it is, and how bright."""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.march.body import paint_body
from ai4mars_nav.sim.march.hardware import faces
from ai4mars_nav.sim.rig import OPTICAL, navcam_rig

SIZE = 128
SUN = np.array([0.4, 0.5, 0.768])


def _painted(pan: float, down: float, grey: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rover = Rover()
    turn = (0.0, math.radians(down), math.radians(pan))
    base_from_camera = Pose.from_rpy(rover.camera_xyz, turn) @ OPTICAL
    image = np.full((SIZE, SIZE), grey, np.uint8)
    return paint_body(image, navcam_rig(rover, SIZE).left, base_from_camera, SUN, 1)


def test_normals_are_those_of_their_corners() -> None:
    for face in faces():
        first, second = face.corners[1] - face.corners[0], face.corners[2] - face.corners[0]
        across = np.cross(first, second)
        assert abs(across @ face.normal) > 0.999 * np.linalg.norm(across) > 0.0
        assert np.abs((face.corners - face.corners[0]) @ face.normal).max() < 1e-9
        assert 0.0 < face.tone < 1.0


def test_a_camera_that_looks_over_the_rover_does_not_see_it() -> None:
    painted, hidden = _painted(pan=0.0, down=0.0)
    assert not hidden.any() and (painted == 60).all()


def test_a_camera_that_looks_back_sees_the_deck_and_little_else() -> None:
    painted, hidden = _painted(pan=180.0, down=45.0)
    assert hidden.mean() > 0.7
    assert (painted[~hidden] == 60).all()
    assert np.std(painted[hidden]) > 10.0


def test_hardware_is_as_bright_as_the_light_of_the_frame() -> None:
    dark, hidden = _painted(pan=180.0, down=45.0, grey=30)
    bright, _ = _painted(pan=180.0, down=45.0, grey=60)
    ratio = float(bright[hidden].mean()) / float(dark[hidden].mean())
    assert 1.8 < ratio < 2.2
