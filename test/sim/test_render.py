"""Rendering: depth, labels and stereo agree with geometry worked out another way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim import slow
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.rays import caster
from ai4mars_nav.sim.render import pixel_directions, render
from ai4mars_nav.sim.rig import OPTICAL, pair
from ai4mars_nav.sim.scene import Ramp, Rock, Scene
from ai4mars_nav.sim.scenes import acceptance_scene, random_scene
from ai4mars_nav.terrain import UNKNOWN, Terrain


def looking(x: float, y: float, z: float, down_deg: float, yaw: float = 0.0) -> Pose:
    """odom_from_camera of an optical frame that looks along `yaw`, `down_deg` below level."""
    body = Pose.from_rpy((x, y, z), (0.0, math.radians(down_deg), yaw))
    return body @ OPTICAL


def small_pair(size: int = 96) -> tuple[Pinhole, Pinhole]:
    return pair(size, size, 1230.0 * size / 1024.0, 0.42)


def test_flat_ground_is_where_the_plane_equation_says() -> None:
    camera, pose = small_pair()[0], looking(0.8, 0.2, 1.9, 20.0)
    directions = pixel_directions(camera) @ pose.rotation.T
    expected = np.where(directions[:, 2] < 0.0, -1.9 / np.minimum(directions[:, 2], -1e-12), np.nan)
    expected[expected > 300.0] = np.nan
    depth = render(Scene(), camera, pose).depth.ravel()
    known = np.isfinite(expected)
    np.testing.assert_allclose(depth[known], expected[known], rtol=1e-6)
    assert np.all(np.isnan(depth[directions[:, 2] >= 0.0]))


def test_a_tilted_plane_is_where_the_plane_equation_says() -> None:
    slope = math.tan(math.radians(12.0))
    scene = Scene(ramps=(Ramp(-100.0, 0.0, 0.0, length=1000.0, rise=1000.0 * slope),))
    camera, pose = small_pair()[0], looking(0.0, 0.0, 100.0 * slope + 2.0, 15.0)
    d = pixel_directions(camera) @ pose.rotation.T
    closing = slope * d[:, 0] - d[:, 2]
    expected = 2.0 / closing
    depth = render(scene, camera, pose).depth.ravel()
    near = (closing > 0.0) & (expected < 50.0)
    np.testing.assert_allclose(depth[near], expected[near], atol=1e-3)


def test_a_half_ellipsoid_is_where_the_quadratic_says() -> None:
    rock = Rock(5.0, 0.3, length=1.4, width=0.9, height=0.5, yaw=0.0)
    camera, pose = small_pair(192)[0], looking(0.8, 0.2, 1.9, 20.0)
    depth = render(Scene(rocks=(rock,)), camera, pose)
    d, o = pixel_directions(camera) @ pose.rotation.T, pose.translation
    axes = np.array([0.7, 0.45, 0.5])
    p, q = (o - np.array([5.0, 0.3, 0.0])) / axes, d / axes
    a, b, c = (q * q).sum(axis=1), q @ p, p @ p - 1.0
    root = b * b - a * c
    expected = (-b - np.sqrt(np.maximum(root, 0.0))) / a
    met = (root > 1e-9) & ((o + expected[:, None] * d)[:, 2] > 0.0)
    assert met.sum() > 300
    np.testing.assert_allclose(depth.depth.ravel()[met], expected[met], atol=1e-3)
    assert np.array_equal(depth.classes.ravel() == Terrain.BIG_ROCK, met)


def test_the_kernel_agrees_with_its_slow_twin() -> None:
    scene = random_scene(2)
    camera, pose = small_pair(32)[0], looking(0.8, 0.2, 2.0, 22.0)
    directions = pixel_directions(camera) @ pose.rotation.T
    rays = caster(scene)
    t, what = rays.cast(pose.translation[None, :], directions, far=14.0)
    slow_t, slow_what = slow.cast(scene, pose.translation[None, :], directions, far=14.0)
    # a ray that grazes a crest within one step of the twin may be read either way
    agree = (what == slow_what) & np.isclose(t, slow_t, rtol=0.0, atol=1e-5)
    assert agree.mean() > 0.995
    assert {-1, 0} < set(what) and len(set(what)) > 10


def height_errors(scene: Scene) -> np.ndarray:
    """How far the points of a rendered depth image lie above the scene's surface, metres."""
    camera, pose = small_pair()[0], looking(0.8, 0.2, 2.0, 22.0)
    view = render(scene, camera, pose)
    rows, columns = np.nonzero(view.depth < 40.0)
    points = pose.apply(camera.unproject(np.stack([columns, rows], 1), view.depth[rows, columns]))
    return points[:, 2] - scene.surface(points[:, 0], points[:, 1])


def test_points_seen_lie_on_the_surface() -> None:
    scene = random_scene(5)
    assert np.abs(height_errors(replace(scene, rocks=()))).max() < 1e-4
    # on the near-vertical foot of a rock a rounding in x is a jump in height
    assert np.mean(np.abs(height_errors(scene)) < 1e-3) > 0.995


def test_labels_are_the_scene_s_classes() -> None:
    scene = acceptance_scene()
    camera, pose = small_pair(160)[0], looking(0.8, 0.2, 1.9, 20.0)
    view = render(scene, camera, pose)
    assert np.array_equal(view.classes == UNKNOWN, np.isnan(view.depth))
    rows, columns = np.nonzero(view.depth < 40.0)
    points = pose.apply(camera.unproject(np.stack([columns, rows], 1), view.depth[rows, columns]))
    truth = scene.terrain(points[:, 0], points[:, 1])
    assert np.mean(view.classes[rows, columns] == truth) > 0.998
    assert set(view.classes.ravel()) == {*Terrain, UNKNOWN}


@pytest.mark.parametrize("look", ["natural", "coded"])
def test_a_stereo_pair_shows_each_place_at_its_disparity(look: str) -> None:
    scene = acceptance_scene()
    left, right = small_pair(256)
    pose = looking(0.8, 0.2, 1.9, 20.0)
    one, two = render(scene, left, pose, look), render(scene, right, pose, look)
    rows, columns = np.nonzero((one.depth > 3.0) & (one.depth < 8.0))
    disparity = left.fx * right.baseline / one.depth[rows, columns]
    at = columns - disparity
    inside = (at > 0) & (at < left.width - 2)
    rows, columns, at = rows[inside], columns[inside], at[inside]
    first = np.floor(at).astype(int)
    share = at - first
    seen = (1 - share) * two.grey[rows, first] + share * two.grey[rows, first + 1]
    difference = np.abs(seen - one.grey[rows, columns].astype(float))
    assert np.median(difference) < 4.0
    shifted = np.roll(two.grey, 3, axis=1)
    wrong = np.abs(shifted[rows, first].astype(float) - one.grey[rows, columns])
    assert np.median(wrong) > 2.0 * np.median(difference)


def test_the_right_camera_s_depth_is_that_of_its_own_place() -> None:
    left, right = small_pair()
    pose = looking(0.0, 0.0, 2.0, 90.0)
    one, two = render(Scene(), left, pose), render(Scene(), right, pose)
    np.testing.assert_allclose(one.depth, 2.0, rtol=1e-6)
    np.testing.assert_allclose(two.depth, 2.0, rtol=1e-6)
    boxed = Scene(rocks=(Rock(0.0, -0.42, 0.2, 0.2, 0.5),))
    rows, columns = np.nonzero(render(boxed, right, pose).depth < 1.6)
    assert abs(columns.mean() - right.cx) < 0.5 and abs(rows.mean() - right.cy) < 0.5


def test_the_coded_look_tells_the_class_by_its_band() -> None:
    camera, pose = small_pair(128)[0], looking(0.8, 0.2, 1.9, 20.0)
    view = render(acceptance_scene(), camera, pose, "coded")
    bands = {Terrain.SOIL: (60, 110), Terrain.BEDROCK: (111, 160), Terrain.SAND: (161, 230)}
    bands[Terrain.BIG_ROCK] = (10, 59)
    for terrain, (low, high) in bands.items():
        grey = view.grey[view.classes == terrain]
        assert grey.size and grey.min() >= low and grey.max() <= high
        assert grey.std() > 2.0
    assert view.grey[view.classes == UNKNOWN].min() > 230


def test_shadows_fall_away_from_the_sun() -> None:
    scene = Scene(rocks=(Rock(5.0, 0.0, 1.0, 1.0, 0.6),), sun_azimuth=math.pi / 2)
    rays = caster(scene)
    behind, before = np.array([[5.0, -0.7, 0.0]]), np.array([[5.0, 0.7, 0.0]])
    assert rays.lit(before, scene.sun).all() and not rays.lit(behind, scene.sun).any()
    eye = np.array([0.0, 0.0, 1.9])
    hidden, open_ground = np.array([[5.6, 0.0, 0.0]]), np.array([[4.3, 0.0, 0.0]])
    assert rays.sees(eye, open_ground).all() and not rays.sees(eye, hidden).any()


def test_the_same_seed_gives_the_same_picture() -> None:
    camera, pose = small_pair(48)[0], looking(0.8, 0.2, 2.0, 22.0)
    first, again = (render(random_scene(9), camera, pose) for _ in range(2))
    for name in ("grey", "depth", "classes"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


def test_an_unknown_look_is_refused() -> None:
    with pytest.raises(SimError, match="x-ray"):
        render(Scene(), small_pair(8)[0], looking(0, 0, 2, 20), "x-ray")
