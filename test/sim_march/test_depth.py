"""Depth and labels against an independent cast of the same heights, and against formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import slow
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import pixel_directions
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import UNKNOWN

Looking = Callable[..., Pose]
Navcam = Callable[[int], tuple[Pinhole, Pinhole]]


@pytest.mark.parametrize(
    ("x", "y", "up", "down", "yaw", "roll"),
    [
        (0.0, 0.0, 1.9, 20.0, 0.0, 0.0),
        (-3.0, 2.0, 1.9, 35.0, 2.2, 0.15),
        (4.0, -4.0, 0.6, 5.0, -2.0, -0.3),
        (0.0, 0.0, 6.0, 88.0, 0.4, 0.0),
        (-11.0, 11.0, 1.5, 12.0, -0.8, 0.0),
    ],
)
def test_depth_is_that_of_small_steps_over_the_world(
    rolling: World, looking: Looking, navcam: Navcam, x: float, y: float, up: float, down: float,
    yaw: float, roll: float,
) -> None:  # fmt: skip
    ground = float(rolling.height(np.array(x), np.array(y)))
    camera, pose = navcam(32)[0], looking(x, y, ground + up, down, yaw, roll)
    view = Marcher(rolling, Look()).see(camera, pose, 0)
    directions = pixel_directions(camera) @ pose.rotation.T
    expected = slow.cast(rolling, pose.translation, directions, far=14.0)
    hit = pose.translation + np.where(np.isinf(expected), 0.0, expected)[:, None] * directions
    judged = np.isfinite(expected) & rolling.holds(hit[:, 0], hit[:, 1])
    assert judged.sum() > 300
    error = np.abs(view.depth.ravel()[judged] - expected[judged])
    # a ray that grazes a crest between two steps of the twin may be read either way
    assert (error < 1e-4).mean() > 0.99
    labels = rolling.class_at(hit[judged, 0], hit[judged, 1])
    assert (view.classes.ravel()[judged] == labels).mean() > 0.99


def test_a_right_camera_stands_its_baseline_to_the_right(
    rolling: World, looking: Looking, navcam: Navcam
) -> None:
    (left, right), pose = navcam(48), looking(0.0, 0.0, 2.2, 20.0, 0.7)
    marcher = Marcher(rolling, Look())
    shifted = Pose(pose.rotation, pose.apply(np.array([0.42, 0.0, 0.0])))
    there = marcher.see(right, pose, 0)
    same = marcher.see(replace(left, cx=right.cx), shifted, 0)
    np.testing.assert_allclose(there.depth, same.depth, atol=1e-6)


def test_off_the_map_the_ground_goes_on_without_a_label(
    rolling: World, looking: Looking, navcam: Navcam
) -> None:
    camera = navcam(64)[0]
    view = Marcher(rolling, Look()).see(camera, looking(11.0, 0.0, 2.5, 20.0), 0)
    low = view.depth[40:]
    assert np.isfinite(low).all()
    assert (view.classes[40:] == UNKNOWN).all()
    assert view.grey[40:].min() > 3


def test_without_depth_there_is_none_and_the_picture_is_the_same(
    rolling: World, looking: Looking, navcam: Navcam
) -> None:
    camera, pose, marcher = navcam(48)[0], looking(0.0, 0.0, 2.0, 20.0), Marcher(rolling, Look())
    full, bare = marcher.see(camera, pose, 3), marcher.see(camera, pose, 3, depth=False)
    assert np.isnan(bare.depth).all()
    assert np.array_equal(full.grey, bare.grey) and np.array_equal(full.classes, bare.classes)
