"""Truth per cell: what the camera sees of a grid agrees with shadows worked out by hand."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.rig import navcam_rig, standing
from ai4mars_nav.sim.scene import Rock, Scene
from ai4mars_nav.sim.truth import cell_truth
from ai4mars_nav.terrain import Terrain

RIG = navcam_rig(Rover(), 256)


def test_the_shadow_of_a_rock_is_as_long_as_triangles_say() -> None:
    height = 0.4
    rock = Rock(6.05, 0.25, length=0.02, width=1.0, height=height)
    scene = Scene(rocks=(rock,))
    pose = standing(scene, 0.0, 0.0, 0.0) @ RIG.base_from_camera
    truth = cell_truth(scene, (0.0, 0.0), 0.1, (100, 120), RIG.left, pose)
    row = int(0.25 / 0.1)
    x, seen = truth.x[row], truth.seen[row]
    eye_x, eye_z = pose.translation[0], pose.translation[2]
    length = (rock.x - eye_x) * height / (eye_z - height)
    hidden = 0.1 * np.sum(1.0 - seen[x > 6.1])
    assert abs(hidden - (length - 0.05)) < 0.03
    assert np.all(seen[(x > 4.0) & (x < 6.0)] == 1.0)
    assert np.all(seen[(x > 6.1) & (x < rock.x + length - 0.1)] == 0.0)
    assert truth.rock[row][60] == 0 and truth.height[row][60] > 0.39
    assert truth.rock[row][30] == -1 and truth.classes[row][30] == Terrain.SOIL


def test_nothing_is_seen_outside_the_image() -> None:
    scene = Scene()
    pose = standing(scene, 0.0, 0.0, 0.0) @ RIG.base_from_camera
    truth = cell_truth(scene, (-10.0, -10.0), 0.1, (200, 200), RIG.left, pose)
    ahead, aside = truth.x - 0.8, np.abs(truth.y - 0.2)
    # in the middle column of the image the half width is depth * 128 / fx
    assert not truth.seen[(aside > 0.6 * np.maximum(ahead, 0.0) + 0.8) | (ahead < 1.9)].any()
    assert truth.seen[(aside < 0.3 * ahead) & (ahead > 3.0)].all()
    assert np.all((truth.seen >= 0.0) & (truth.seen <= 1.0))
