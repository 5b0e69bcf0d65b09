"""Poses, odometry, transforms and paths: round trips, and each refusal."""

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion
from nav_msgs.msg import Odometry

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert import pose
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)
SOMEWHERE = Pose.from_rpy((1.0, -2.0, 3.0), (0.1, -0.4, 2.5))


def test_poses_round_trip() -> None:
    got = pose.to_pose(pose.from_pose(SOMEWHERE), "t")
    np.testing.assert_allclose(got.rotation, SOMEWHERE.rotation, atol=1e-12)
    np.testing.assert_allclose(got.translation, SOMEWHERE.translation)


def test_odometry_and_transforms_round_trip() -> None:
    sent = pose.StampedPose(STAMP, "odom", "base_link", SOMEWHERE)
    for got in (
        pose.from_odometry(pose.to_odometry(sent), "t"),
        pose.from_transform(pose.to_transform(sent), "t"),
    ):
        assert (got.stamp, got.parent, got.child) == (STAMP, "odom", "base_link")
        np.testing.assert_allclose(got.pose.rotation, SOMEWHERE.rotation, atol=1e-12)


def test_bad_odometry_is_refused() -> None:
    message = Odometry(child_frame_id="base_link")
    with pytest.raises(MessageError, match=r"odom: header\.frame_id ''"):
        pose.from_odometry(message, "odom")
    message.header.frame_id = "odom"
    message.pose.pose.orientation = Quaternion(w=0.0)
    with pytest.raises(MessageError, match="odom: quaternion"):
        pose.from_odometry(message, "odom")
    message.pose.pose.position.x = float("nan")
    with pytest.raises(MessageError, match="odom: position"):
        pose.from_odometry(message, "odom")


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_paths_round_trip_and_look_along_themselves(count: int) -> None:
    points = np.cumsum(RNG.normal(1.0, 0.3, (count, 2)), axis=0)
    message = pose.to_path(points, STAMP, "odom")
    np.testing.assert_allclose(pose.from_path(message, "t"), points)
    for i in range(count - 1):
        step = points[i + 1] - points[i]
        yaw = pose.to_pose(message.poses[i].pose, "t").yaw()
        assert yaw == pytest.approx(np.arctan2(step[1], step[0]))


@pytest.mark.parametrize(
    ("x", "said"), [(1e7, r"plan: \(1e\+07, 0\) is over 1e\+06 m"), (np.inf, "not finite")]
)
def test_a_path_beyond_all_measure_is_refused(x: float, said: str) -> None:
    """The follower would drive toward it for ever."""
    message = pose.to_path(np.array([[0.0, 0.0], [x, 0.0]]), 5, "odom")
    with pytest.raises(MessageError, match=said):
        pose.from_path(message, "plan")
