"""The tree of frames: interpolation, chains, and each reason why a pose is not known."""

import threading

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.pose import StampedPose, to_odometry
from ai4mars_nav.ros.errors import NoTransform, RosError
from ai4mars_nav.ros.tf import Poses
from ai4mars_nav.ros.transforms import TransformSettings, TransformTree
from ai4mars_nav.rover import Rover

S = 1_000_000_000


def yawed(x: float, yaw: float = 0.0) -> Pose:
    return Pose.from_rpy((x, 0.0, 0.0), (0.0, 0.0, yaw))


def tree(**changes: float) -> TransformTree:
    return TransformTree(TransformSettings(**changes))


def test_between_two_poses_it_interpolates() -> None:
    t = tree()
    t.add(StampedPose(0, "odom", "base_link", yawed(0.0, 0.0)))
    t.add(StampedPose(S, "odom", "base_link", yawed(2.0, 0.4)))
    pose = t.lookup("odom", "base_link", S // 4)
    assert pose.translation[0] == pytest.approx(0.5)
    assert pose.yaw() == pytest.approx(0.1, abs=1e-3)


def test_poses_may_arrive_in_any_order() -> None:
    t = tree()
    for stamp in (3, 1, 2, 0):
        t.add(StampedPose(stamp * S // 10, "odom", "base_link", yawed(stamp)))
    assert t.lookup("odom", "base_link", S * 15 // 100).translation[0] == pytest.approx(1.5)


def test_a_chain_goes_up_and_down_the_tree() -> None:
    t = tree()
    base, mast = yawed(1.0, 0.3), Pose.from_rpy((0.8, 0.2, 1.9), (0.0, 0.4, 0.0))
    t.add(StampedPose(S, "map", "odom", yawed(5.0, 1.0)))
    t.add(StampedPose(S, "odom", "base_link", base))
    t.add(StampedPose(0, "base_link", "mast", mast), static=True)
    found = t.lookup("odom", "mast", S)
    np.testing.assert_allclose(found.translation, (base @ mast).translation)
    across = t.lookup("map", "mast", S)
    np.testing.assert_allclose(across.translation, (yawed(5.0, 1.0) @ base @ mast).translation)
    back = t.lookup("mast", "odom", S)
    np.testing.assert_allclose((found @ back).translation, 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("stamp", "said"),
    [(int(1.3 * S), "0.300 s older than the image"), (-S // 2, "0.500 s older than the oldest")],
)
def test_outside_what_is_known_it_says_by_how_much(stamp: int, said: str) -> None:
    t = tree()
    t.add(StampedPose(0, "odom", "base_link", yawed(0.0)))
    t.add(StampedPose(S, "odom", "base_link", yawed(1.0)))
    with pytest.raises(NoTransform, match=said):
        t.lookup("odom", "base_link", stamp)


def test_the_newest_pose_is_held_for_a_moment() -> None:
    t = tree(hold=0.1)
    t.add(StampedPose(0, "odom", "base_link", yawed(3.0)))
    assert t.lookup("odom", "base_link", S // 20).translation[0] == 3.0


def test_a_gap_is_not_interpolated_over() -> None:
    t = tree(gap=1.0)
    t.add(StampedPose(0, "odom", "base_link", yawed(0.0)))
    t.add(StampedPose(5 * S, "odom", "base_link", yawed(1.0)))
    with pytest.raises(NoTransform, match=r"gap of 5\.000 s"):
        t.lookup("odom", "base_link", 2 * S)


def test_unknown_unconnected_and_circular_frames_are_named() -> None:
    t = tree()
    t.add(StampedPose(0, "odom", "base_link", yawed(0.0)))
    t.add(StampedPose(0, "a", "b", yawed(0.0)))
    with pytest.raises(NoTransform, match="'camera' is unknown; known are a, b, base_link, odom"):
        t.lookup("odom", "camera", 0)
    with pytest.raises(NoTransform, match="'odom' and 'b' are not connected"):
        t.lookup("odom", "b", 0)
    t.add(StampedPose(0, "b", "a", yawed(0.0)))
    with pytest.raises(NoTransform, match="circle"):
        t.lookup("odom", "b", 0)


def test_a_jump_back_clears_the_edge() -> None:
    t = tree(jump_back=1.0)
    t.add(StampedPose(100 * S, "odom", "base_link", yawed(9.0)))
    t.add(StampedPose(50 * S, "odom", "base_link", yawed(1.0)))
    assert t.lookup("odom", "base_link", 50 * S).translation[0] == 1.0
    with pytest.raises(NoTransform):
        t.lookup("odom", "base_link", 100 * S)


def test_waiting_ends_when_the_pose_arrives() -> None:
    t = tree()
    t.add(StampedPose(0, "odom", "base_link", yawed(0.0)))
    later = StampedPose(S, "odom", "base_link", yawed(1.0))
    timer = threading.Timer(0.05, t.add, (later,))
    timer.start()
    assert t.wait("odom", "base_link", S // 2, timeout=10.0).translation[0] == pytest.approx(0.5)
    timer.join()


def test_history_is_bounded() -> None:
    t = tree(history=1.0)
    for tenth in range(50):
        t.add(StampedPose(tenth * S // 10, "odom", "base_link", yawed(tenth)))
    with pytest.raises(NoTransform):
        t.lookup("odom", "base_link", 3 * S)
    assert t.newest("odom", "base_link")[0] == 49 * S // 10


def poses() -> Poses:
    return Poses(TransformSettings(), Rover(), "odom", "base_link")


def test_without_tf_the_rover_says_where_the_camera_is() -> None:
    p, rover = poses(), Rover()
    p.take_odometry(
        to_odometry(StampedPose(S, "odom", "base_link", yawed(10.0, np.pi / 2))), "odom"
    )
    found = p.odom_from_camera("left_camera", S)
    x, y, z = rover.camera_xyz
    np.testing.assert_allclose(found.translation, (10.0 - y, x, z), atol=1e-12)
    ahead = found.rotation @ np.array([0.0, 0.0, 1.0])
    down = np.deg2rad(rover.camera_pitch_deg)
    np.testing.assert_allclose(ahead, (0.0, np.cos(down), -np.sin(down)), atol=1e-12)
    assert "by rover 'curiosity'" in p.camera_source("left_camera")


def test_tf_goes_before_odometry_and_rover() -> None:
    p = poses()
    p.take_transform(StampedPose(S, "odom", "base_link", yawed(1.0)), static=False)
    p.take_transform(StampedPose(0, "base_link", "left_camera", yawed(0.5)), static=True)
    p.take_odometry(to_odometry(StampedPose(S, "odom", "base_link", yawed(99.0))), "odom")
    assert p.odom_from_camera("left_camera", S).translation[0] == pytest.approx(1.5)
    assert "by TF" in p.camera_source("left_camera")


def test_odometry_of_other_frames_is_refused_by_name() -> None:
    with pytest.raises(RosError, match=r"odom: is of 'base_link' in 'world'.*odom_frame"):
        poses().take_odometry(to_odometry(StampedPose(0, "world", "base_link", yawed(0.0))), "odom")


def test_a_clearing_keeps_what_was_told_after_the_jump() -> None:
    t = tree()
    t.add(StampedPose(0, "base_link", "mast", yawed(0.5)), static=True)
    t.add(StampedPose(100 * S, "base_link", "camera", yawed(3.0)))
    t.add(StampedPose(100 * S, "odom", "base_link", yawed(1.0)))
    t.add(StampedPose(10 * S, "odom", "base_link", yawed(2.0)))
    t.clear(10 * S)
    assert t.lookup("odom", "base_link", 10 * S).translation[0] == pytest.approx(2.0)
    assert t.lookup("base_link", "mast", 10 * S).translation[0] == pytest.approx(0.5)
    assert not t.knows("camera"), "it was told in the time before the jump only"
