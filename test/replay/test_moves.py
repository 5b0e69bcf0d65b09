"""Which poses the driver answers, and what time a replay tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ai4mars_nav.replay.account import Asked
from ai4mars_nav.replay.moves import Moves
from ai4mars_nav.replay.order import Heard
from ai4mars_nav.replay.remap import Remap

MS = 1_000_000


def odom(stamp: int) -> Heard:
    return Heard("odom", stamp * MS, stamp * MS)


def tf(stamp: int, *children: str) -> Heard:
    from rclpy.serialization import serialize_message
    from tf2_msgs.msg import TFMessage

    from ai4mars_nav.geometry.pose import Pose
    from ai4mars_nav.ros.convert.pose import StampedPose, to_transform

    edges = [StampedPose(stamp * MS, "odom", child, Pose.identity()) for child in children]
    message = TFMessage(transforms=[to_transform(edge) for edge in edges])
    return Heard("/tf", stamp * MS, stamp * MS, bytes(serialize_message(message)))


def test_the_first_pose_of_each_period_is_answered() -> None:
    moves = Moves(100 * MS, "base_link")
    answered = [stamp for stamp in range(1000, 1400, 30) if moves.is_answered(odom(stamp))]
    assert answered == [1000, 1120, 1210, 1300]


def test_a_jump_back_begins_a_period() -> None:
    moves = Moves(100 * MS, "base_link")
    assert moves.is_answered(odom(5000))
    assert moves.is_answered(odom(1000))
    assert not moves.is_answered(odom(1050))


def test_once_tf_tells_of_the_rover_odometry_is_not_listened_to() -> None:
    moves = Moves(100 * MS, "rover")
    assert not moves.is_answered(tf(1000, "mast"))
    assert moves.is_answered(odom(1000))
    assert moves.is_answered(tf(1100, "mast", "rover"))
    assert not moves.is_answered(odom(1200))
    assert not moves.is_answered(Heard("left/image_rect", 1300 * MS, 1300 * MS))


@pytest.fixture
def player() -> Iterator[Any]:
    """One that publishes odometry and mounts."""
    import rclpy
    from rclpy.node import Node

    from ai4mars_nav.replay.player import Player
    from ai4mars_nav.replay.routes import Route, Routes

    rclpy.init()
    node = Node("player")
    routes = {"/o": Route("/o", "odom"), "/tf_static": Route("/tf_static", "/tf_static")}
    yield Player(node, Routes(routes), set())
    node.destroy_node()
    rclpy.try_shutdown()


def test_time_follows_the_stamps_but_not_a_camera_behind_another(player: Any) -> None:
    from nav_msgs.msg import Odometry
    from rclpy.serialization import serialize_message

    data = {"odom": bytes(serialize_message(Odometry())), "/tf_static": tf(1, "mast").data}
    player.begin(5000 * MS)
    told = [player.now // MS]
    for topic, stamp in (
        ("odom", 5000),
        ("odom", 4980),
        ("/tf_static", 1),
        ("odom", 5100),
        ("odom", 1000),
    ):
        player.feed(Heard(topic, stamp * MS, 0, data[topic]))
        told.append(player.now // MS)
    assert told == [4000, 5000, 5000, 5000, 5100, 1000]


def test_frames_of_a_remap_reach_every_node_and_patience_those_that_match(tmp_path: Any) -> None:
    asked = Asked(tmp_path, tmp_path, remap=Remap(odom_frame="o", base_frame="b"))
    for name, words in asked.commands().items():
        assert "odom_frame:=o" in words, name
        assert "base_frame:=b" in words, name
        assert ("match.wait:=1.0" in words) == (name in ("terrain", "map")), name
    at_rate = Asked(tmp_path, tmp_path, rate=1.0).commands()
    assert not any(word.startswith("match.") for words in at_rate.values() for word in words)
