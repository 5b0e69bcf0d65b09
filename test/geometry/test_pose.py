"""Poses: composition, inverses, quaternions and angles there and back."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pose import Pose, interpolate


def random_poses(count=20):
    rng = np.random.default_rng(12)
    for _ in range(count):
        wxyz = rng.normal(size=4)
        yield Pose.from_quaternion(tuple(rng.normal(size=3)), tuple(wxyz / np.linalg.norm(wxyz)))


def same(first, second):
    return np.allclose(first.rotation, second.rotation) and np.allclose(
        first.translation, second.translation
    )


def test_inverse_undoes_and_products_chain():
    points = np.random.default_rng(1).normal(size=(4, 5, 3))
    for a, b in zip(random_poses(), reversed(list(random_poses())), strict=True):
        assert same(a @ a.inverse(), Pose.identity())
        assert np.allclose((a @ b).apply(points), a.apply(b.apply(points)))
        assert np.allclose(a.inverse().apply(a.apply(points)), points)


def test_quaternions_there_and_back_scalar_first():
    for pose in random_poses():
        wxyz = pose.quaternion()
        assert wxyz[0] >= 0.0
        assert same(Pose.from_quaternion(tuple(pose.translation), wxyz), pose)
        x, y, z, w = Rotation.from_matrix(pose.rotation).as_quat()
        assert np.allclose(np.abs(wxyz), np.abs([w, x, y, z]))


@pytest.mark.parametrize("half_turn", [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
def test_half_turns_keep_their_quaternion(half_turn):
    pose = Pose.from_quaternion((0.0, 0.0, 0.0), half_turn)
    assert np.allclose(np.abs(pose.quaternion()), half_turn)


@pytest.mark.parametrize("wxyz", [(0, 0, 0, 0), (1.1, 0, 0, 0), (np.nan, 0, 0, 1)])
def test_what_is_no_rotation_is_refused(wxyz):
    with pytest.raises(GeometryError, match="has length"):
        Pose.from_quaternion((0.0, 0.0, 0.0), wxyz)


def test_roll_pitch_yaw_turn_about_the_fixed_axes():
    rpy = (0.3, -0.5, 2.0)
    pose = Pose.from_rpy((1.0, 2.0, 3.0), rpy)
    assert np.allclose(pose.rotation, Rotation.from_euler("xyz", rpy).as_matrix())
    assert Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, 2.0)).yaw() == pytest.approx(2.0)


def test_interpolation_ends_at_both_and_turns_half_way():
    start = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, 0.2))
    end = Pose.from_rpy((2.0, 4.0, 0.0), (0.0, 0.0, 0.8))
    assert same(interpolate(start, end, 0.0), start)
    assert same(interpolate(start, end, 1.0), end)
    middle = interpolate(start, end, 0.5)
    assert middle.yaw() == pytest.approx(0.5)
    assert middle.translation == pytest.approx([1.0, 2.0, 0.0])
