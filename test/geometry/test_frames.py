"""Frames: which way each axis points, and every way back."""

import numpy as np
import pytest

from ai4mars_nav.geometry.frames import (
    BODY_FROM_OPTICAL,
    BODY_FROM_ROVER_NAV,
    LOCAL_FROM_SITE,
    ROVER_NAV_FROM_BODY,
    SITE_FROM_LOCAL,
    azimuth_elevation,
    body_from_camera,
    local_from_body,
    site_from_rover,
    site_from_rover_of,
)

X, Y, Z = np.eye(3)


def test_axes_of_each_frame():
    assert np.allclose(BODY_FROM_OPTICAL.apply(Z), X)  # forward
    assert np.allclose(BODY_FROM_OPTICAL.apply(X), -Y)  # right
    assert np.allclose(BODY_FROM_OPTICAL.apply(Y), -Z)  # down
    assert np.allclose(BODY_FROM_ROVER_NAV.apply(X), X)
    assert np.allclose(BODY_FROM_ROVER_NAV.apply(Y), -Y)
    assert np.allclose(BODY_FROM_ROVER_NAV.apply(Z), -Z)
    assert np.allclose(LOCAL_FROM_SITE.apply(X), Y)  # north
    assert np.allclose(LOCAL_FROM_SITE.apply(Y), X)  # east
    assert np.allclose(LOCAL_FROM_SITE.apply(Z), -Z)


@pytest.mark.parametrize("pose", [BODY_FROM_OPTICAL, BODY_FROM_ROVER_NAV, LOCAL_FROM_SITE])
def test_all_are_right_handed(pose):
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)


def test_there_and_back():
    points = np.random.default_rng(3).normal(size=(10, 3))
    for there, back in (
        (BODY_FROM_ROVER_NAV, ROVER_NAV_FROM_BODY),
        (LOCAL_FROM_SITE, SITE_FROM_LOCAL),
    ):
        assert np.allclose(back.apply(there.apply(points)), points)


def test_a_label_s_pose_as_odometry_and_back():
    rover = site_from_rover(
        (151.271, -156.017, 22.3253), (0.253042, -0.103611, -0.00167164, 0.96189)
    )
    odometry = local_from_body(rover)
    assert odometry.translation == pytest.approx([-156.017, 151.271, -22.3253])
    # the rover's heading, clockwise from north, is yaw counted from east and the other way round
    heading, _ = azimuth_elevation(rover.rotation[:, 0])
    assert np.rad2deg(odometry.yaw()) == pytest.approx(90.0 - heading, abs=1e-9)
    back = site_from_rover_of(odometry)
    assert np.allclose(back.rotation, rover.rotation)
    assert np.allclose(back.translation, rover.translation)


def test_a_rover_heading_east_has_no_yaw():
    east = site_from_rover((5.0, 7.0, -1.0), (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)))
    odometry = local_from_body(east)
    assert odometry.yaw() == pytest.approx(0.0, abs=1e-12)
    assert np.allclose(odometry.rotation, np.eye(3))
    assert odometry.apply(2.0 * X) == pytest.approx([9.0, 5.0, 1.0])


def test_a_mast_camera_looks_ahead_and_down():
    camera = body_from_camera((0.8, 0.2, 1.9), 30.0)
    ahead = camera.apply(np.array([0.0, 0.0, 3.8]))  # along its axis until it meets the ground
    assert ahead == pytest.approx([0.8 + 3.8 * np.cos(np.pi / 6), 0.2, 0.0])
    assert (camera.rotation @ X) == pytest.approx([0.0, -1.0, 0.0])


def test_azimuth_is_clockwise_and_elevation_upward():
    assert azimuth_elevation(X) == pytest.approx((0.0, 0.0))
    assert azimuth_elevation(Y) == pytest.approx((90.0, 0.0))
    assert azimuth_elevation(-Y - Z) == pytest.approx((270.0, 45.0))
