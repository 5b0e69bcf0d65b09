"""Organised clouds: the fast unprojector against the plain camera, and the sampling rule."""

import dataclasses

import numpy as np
import pytest

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.points import Unprojector, to_frame
from ai4mars_nav.geometry.pose import Pose

CAMERA = Pinhole(67, 45, 80.0, 82.0, 33.1, 20.7)


def random_depth(camera: Pinhole) -> np.ndarray:
    rng = np.random.default_rng(4)
    depth = rng.uniform(0.5, 40.0, (camera.height, camera.width)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.2] = np.nan
    return depth


@pytest.mark.parametrize("tx", [0.0, -12.0])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_points_are_those_of_the_plain_camera(stride, tx):
    camera = dataclasses.replace(CAMERA, tx=tx)
    depth = random_depth(camera)
    cloud = Unprojector(camera, stride)
    points = cloud.points(depth)
    assert points.dtype == np.float32
    assert points.shape == (45 // stride, 67 // stride, 3)
    u, v = np.meshgrid(cloud.columns, cloud.rows)
    slow = camera.unproject(np.stack([u, v], axis=-1), depth[v, u])
    assert np.array_equal(np.isnan(points), np.isnan(slow))
    assert np.nanmax(np.abs(points - slow)) < 1e-4


def test_stride_takes_the_pixel_nearest_to_the_middle_of_its_block():
    assert Unprojector(CAMERA, 2).columns[:3].tolist() == [0, 2, 4]
    assert Unprojector(CAMERA, 3).columns[:3].tolist() == [1, 4, 7]
    assert Unprojector(CAMERA, 4).columns[:3].tolist() == [1, 5, 9]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_sample_picks_the_pixels_of_the_points(stride):
    depth = random_depth(CAMERA)
    cloud = Unprojector(CAMERA, stride)
    assert np.array_equal(cloud.sample(depth), cloud.points(depth)[..., 2], equal_nan=True)


def test_the_buffer_is_reused():
    cloud = Unprojector(CAMERA)
    first = cloud.points(random_depth(CAMERA))
    assert cloud.points(random_depth(CAMERA)) is first


def test_to_frame_agrees_with_the_pose_and_works_in_place():
    pose = Pose.from_rpy((0.8, 0.2, 1.9), (0.1, -0.4, 2.0))
    points = Unprojector(CAMERA).points(random_depth(CAMERA)).copy()
    slow = pose.apply(points.astype(np.float64))
    moved = to_frame(points, pose)
    assert np.nanmax(np.abs(moved - slow)) < 1e-4
    assert np.array_equal(np.isnan(moved), np.isnan(slow))
    assert to_frame(points, pose, points) is points
    assert np.array_equal(points, moved, equal_nan=True)


def test_a_depth_image_of_another_size_or_type_is_refused():
    cloud = Unprojector(CAMERA, 2)
    with pytest.raises(GeometryError, match="its camera is 67 x 45"):
        cloud.points(np.ones((44, 67), np.float32))
    with pytest.raises(GeometryError, match="must be float32"):
        cloud.points(np.ones((45, 67), np.float64))
    with pytest.raises(GeometryError, match="must be float32"):
        cloud.points(np.ones((45, 67, 1), np.float32))


@pytest.mark.parametrize("stride", [0, -1, 46])
def test_a_stride_that_does_not_fit_is_refused(stride):
    with pytest.raises(GeometryError, match="stride"):
        Unprojector(CAMERA, stride)
