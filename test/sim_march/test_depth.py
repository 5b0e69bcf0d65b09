"""Depth and labels against an independent cast of the same heights, and against formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import march_kernels, slow
from ai4mars_nav.sim.march.grid import grid
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.render import pixel_directions, render
from ai4mars_nav.sim.scene import Scene, relief
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import UNKNOWN

Looking = Callable[..., Pose]
Navcam = Callable[[int], tuple[Pinhole, Pinhole]]
FLAT = np.full((2, 2), -30.0, np.float32)


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
    rolling: World, marcher: Marcher, looking: Looking, navcam: Navcam,
    x: float, y: float, up: float, down: float, yaw: float, roll: float,
) -> None:  # fmt: skip
    ground = float(rolling.height(np.array(x), np.array(y)))
    camera, pose = navcam(32)[0], looking(x, y, ground + up, down, yaw, roll)
    view = marcher.see(camera, pose, 0)
    directions = pixel_directions(camera) @ pose.rotation.T
    expected = slow.cast(rolling, pose.translation, directions, far=14.0, step=0.01)
    hit = pose.translation + np.where(np.isinf(expected), 0.0, expected)[:, None] * directions
    judged = np.isfinite(expected) & rolling.holds(hit[:, 0], hit[:, 1])
    assert judged.sum() > 300
    error = np.abs(view.depth.ravel()[judged] - expected[judged])
    # a ray that grazes a crest between two steps of the twin may be read either way
    assert (error < 1e-4).mean() > 0.99
    labels = rolling.class_at(hit[judged, 0], hit[judged, 1])
    assert (view.classes.ravel()[judged] == labels).mean() > 0.99


@pytest.mark.parametrize(("down", "roll"), [(15.0, 0.0), (32.0, 0.2), (70.0, 0.0), (20.0, 1.4)])
def test_beginning_where_the_row_below_ended_changes_no_pixel(
    rolling: World, looking: Looking, navcam: Navcam, down: float, roll: float
) -> None:
    camera, pose = navcam(192)[0], looking(-4.0, 3.0, 2.3, down, 0.9, roll)
    turn, eye = np.ascontiguousarray(pose.rotation), tuple(pose.translation.tolist())
    pixels = (camera.fx, camera.fy, camera.cx, camera.cy)
    half = rolling.resolution / 2.0
    first = (rolling.origin[0] + half, rolling.origin[1] + half)
    near, far = (
        grid(rolling.surface, first, rolling.resolution),
        grid(FLAT, (-200.0, -200.0), 400.0),
    )
    whole, alone = np.empty((2, 192, 192), np.float32)
    march_kernels.march(0, 192, pixels, turn, eye, near, far, 400.0, whole)
    for row in range(192):
        march_kernels.march(row, row + 1, pixels, turn, eye, near, far, 400.0, alone)
    assert np.isfinite(alone).mean() > 0.5
    np.testing.assert_allclose(whole, alone, rtol=1e-6)


def test_depth_is_that_of_the_exact_renderer_to_a_centimetre(
    looking: Looking, navcam: Navcam
) -> None:
    scene = Scene(waves=relief(3, amplitude=0.12, longest=9.0))
    at = (np.arange(800) + 0.5) * 0.04 - 16.0
    ground = scene.ground(*np.meshgrid(at, at)).astype(np.float32)
    none = np.zeros(0)
    world = World(
        "waves", 0.04, (-16.0, -16.0), ground, ground, np.zeros(ground.shape, np.uint8),
        np.full(ground.shape, NO_ROCK, np.int32), Rocks(*[none] * 6, none.astype(np.int64)),
    )  # fmt: skip
    camera, pose = navcam(96)[0], looking(-2.0, 1.0, 2.0, 20.0, 0.4)
    seen = Marcher(world, Look()).see(camera, pose, 0).depth
    exact = render(scene, camera, pose).depth
    near = exact < 11.0
    assert near.sum() > 3000
    assert (np.abs(seen - exact)[near] < 0.01).mean() > 0.999


def test_a_right_camera_stands_its_baseline_to_the_right(
    marcher: Marcher, looking: Looking, navcam: Navcam
) -> None:
    (left, right), pose = navcam(48), looking(0.0, 0.0, 2.2, 20.0, 0.7)
    shifted = Pose(pose.rotation, pose.apply(np.array([0.42, 0.0, 0.0])))
    there = marcher.see(right, pose, 0)
    same = marcher.see(replace(left, cx=right.cx), shifted, 0)
    np.testing.assert_allclose(there.depth, same.depth, atol=1e-6)


def test_off_the_map_the_ground_goes_on_without_a_label(
    marcher: Marcher, looking: Looking, navcam: Navcam
) -> None:
    camera = navcam(64)[0]
    view = marcher.see(camera, looking(11.0, 0.0, 2.5, 20.0), 0)
    low = view.depth[40:]
    assert np.isfinite(low).all()
    assert (view.classes[40:] == UNKNOWN).all()
    assert view.grey[40:].min() > 3


def test_a_camera_off_the_map_sees_the_map(
    rolling: World, marcher: Marcher, looking: Looking, navcam: Navcam
) -> None:
    pose = looking(-16.0, 0.0, 3.0, 20.0)
    view, camera = marcher.see(navcam(48)[0], pose, 0), navcam(48)[0]
    points = pose.apply(camera.unproject(np.stack(np.mgrid[:48, :48][::-1], -1), view.depth))
    known = np.isfinite(view.depth) & rolling.holds(points[..., 0], points[..., 1])
    assert known.sum() > 200 and (view.classes[known] != UNKNOWN).all()
    height = rolling.height(points[known][:, 0], points[known][:, 1])
    np.testing.assert_allclose(points[known][:, 2], height, atol=1e-4)


def test_without_depth_there_is_none_and_the_picture_is_the_same(
    marcher: Marcher, looking: Looking, navcam: Navcam
) -> None:
    camera, pose = navcam(48)[0], looking(0.0, 0.0, 2.0, 20.0)
    full, bare = marcher.see(camera, pose, 3), marcher.see(camera, pose, 3, depth=False)
    assert np.isnan(bare.depth).all()
    assert np.array_equal(full.grey, bare.grey) and np.array_equal(full.classes, bare.classes)
