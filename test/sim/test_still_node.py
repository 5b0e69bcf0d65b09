"""The still node as a process: what arrives over DDS is the scene, stamped as it was told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip("rclpy")

from nav_msgs.msg import Odometry  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

from ai4mars_nav.ros.convert.camera import to_pinhole  # noqa: E402
from ai4mars_nav.ros.convert.header import nanoseconds  # noqa: E402
from ai4mars_nav.ros.convert.image import to_array  # noqa: E402
from ai4mars_nav.ros.convert.pose import from_odometry, from_transform  # noqa: E402
from ai4mars_nav.ros.qos import LATCHED  # noqa: E402
from ai4mars_nav.rover import Rover  # noqa: E402
from ai4mars_nav.sim.rig import navcam_rig, see, standing  # noqa: E402
from ai4mars_nav.sim.scenes import acceptance_scene  # noqa: E402
from ai4mars_nav.sim.still_node import StillSettings  # noqa: E402

PROFILE = Path(__file__).parents[2] / "config" / "fastdds.xml"
DEAF_WHILE_RENDERING = """
import os, signal, time
from ai4mars_nav.sim import still_node

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

def see(*_):
    del_me = Dying()
    del del_me
    print("deaf", flush=True)
    time.sleep(1000.0)

still_node.see = see
still_node.main()
"""
"""Python ignores what is raised in a destructor; those of LLVM run while a kernel is compiled."""
TOPICS = {
    "left/image_rect": Image,
    "right/image_rect": Image,
    "left/camera_info": CameraInfo,
    "right/camera_info": CameraInfo,
    "depth/image_rect": Image,
    "odom": Odometry,
}


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Variables for a graph of our own, set here as well as for the child."""
    ours = {
        "ROS_DOMAIN_ID": str(100 + os.getpid() % 100),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(PROFILE),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ours.items():
            patch.setenv(name, value)
        yield dict(os.environ)


def still(environment: dict[str, str], **parameters: object) -> subprocess.Popen[str]:
    given = [part for key, value in parameters.items() for part in ("-p", f"{key}:={value}")]
    return subprocess.Popen(
        [sys.executable, "-m", "ai4mars_nav.sim.still_node", "--ros-args", *given],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def receive(
    process: subprocess.Popen[str],
    wanted: set[str],
    least: int,
    timeout: float = 40.0,
    topics: Mapping[str, type] = TOPICS,
) -> dict[str, list[Any]]:
    """Messages of the process until `least` came on each wanted topic; then it is interrupted."""
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node("listener", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    heard: dict[str, list[Any]] = {topic: [] for topic in topics}
    for topic, kind in topics.items():
        qos = LATCHED if topic == "/tf_static" else qos_profile_sensor_data
        node.create_subscription(kind, topic, heard[topic].append, qos)
    until = time.monotonic() + timeout
    while time.monotonic() < until and any(len(heard[topic]) < least for topic in wanted):
        executor.spin_once(timeout_sec=0.05)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=10.0)[1]
    assert process.returncode == 0, errors
    node.destroy_node()
    rclpy.shutdown(context=context)
    return heard


def test_what_arrives_is_the_scene_at_its_place(environment: dict[str, str]) -> None:
    x, y, yaw = place = [1.0, 0.5, 0.2]
    parameters = {"size": 96, "rate": 10.0, "first_stamp": 50.0, "look": "coded"}
    heard = receive(still(environment, **parameters, places=place), set(TOPICS), least=3)
    for topic, messages in heard.items():
        assert len(messages) >= 3, topic
        for message in messages:
            index = round((nanoseconds(message.header.stamp) / 1e9 - 50.0) * 10.0)
            assert nanoseconds(message.header.stamp) == round((50.0 + index / 10.0) * 1e9)
            assert message.header.frame_id == ("odom" if topic == "odom" else "navcam_left_optical")
    scene, rig = acceptance_scene(), navcam_rig(Rover(), 96)
    sight = see(scene, rig, standing(scene, x, y, yaw), "coded")
    last = {topic: messages[-1] for topic, messages in heard.items()}
    np.testing.assert_array_equal(to_array(last["left/image_rect"], ""), sight.left.grey)
    np.testing.assert_array_equal(to_array(last["right/image_rect"], ""), sight.right)
    np.testing.assert_array_equal(to_array(last["depth/image_rect"], ""), sight.left.depth)
    assert to_pinhole(last["left/camera_info"], "") == rig.left
    assert to_pinhole(last["right/camera_info"], "") == rig.right
    pose = from_odometry(last["odom"], "odom").pose
    np.testing.assert_allclose(pose.translation, sight.odom_from_base.translation, atol=1e-12)
    np.testing.assert_allclose(pose.rotation, sight.odom_from_base.rotation, atol=1e-12)


@pytest.mark.parametrize(("dwell", "x"), [(100_000, 0.0), (1, 2.0)])
def test_it_steps_from_place_to_place_and_holds_the_last(
    environment: dict[str, str], dwell: int, x: float
) -> None:
    places = [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]
    options = {"size": 32, "rate": 10.0, "dwell": dwell, "places": places, "first_stamp": 0.0}
    heard = receive(still(environment, **options), {"odom"}, least=3)
    for message in heard["odom"]:
        first = nanoseconds(message.header.stamp) == 0
        assert message.pose.pose.position.x == (0.0 if first else x)


def test_topics_turned_off_stay_silent(environment: dict[str, str]) -> None:
    process = still(environment, size=32, rate=10.0, depth="false", right="false")
    heard = receive(process, {"odom", "left/image_rect", "left/camera_info"}, least=3)
    silent = {topic for topic, messages in heard.items() if not messages}
    assert silent == {"depth/image_rect", "right/image_rect", "right/camera_info"}


def test_poses_go_out_as_transforms_too(environment: dict[str, str]) -> None:
    kind = pytest.importorskip("tf2_msgs.msg").TFMessage
    process = still(environment, size=16, rate=10.0, places=[1.0, 0.5, 0.2])
    topics = {"/tf": kind, "/tf_static": kind}
    heard = receive(process, {"/tf", "/tf_static"}, least=1, topics=topics)
    moving, mount = (
        from_transform(heard[topic][-1].transforms[0], topic) for topic in ("/tf", "/tf_static")
    )
    assert (moving.parent, moving.child) == ("odom", "base_link")
    assert (mount.parent, mount.child) == ("base_link", "navcam_left_optical")
    expected = standing(acceptance_scene(), 1.0, 0.5, 0.2)
    np.testing.assert_allclose(moving.pose.translation, expected.translation, atol=1e-12)
    np.testing.assert_allclose(moving.pose.rotation, expected.rotation, atol=1e-12)
    rig = navcam_rig(Rover(), 16)
    np.testing.assert_allclose(mount.pose.rotation, rig.base_from_camera.rotation, atol=1e-12)
    np.testing.assert_allclose(mount.pose.translation, rig.base_from_camera.translation)


def test_it_ends_by_itself_after_its_count(environment: dict[str, str]) -> None:
    assert still(environment, size=16, rate=50.0, count=3).wait(30.0) == 0


def test_rendering_ends_on_sigterm_where_an_interrupt_was_lost(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", DEAF_WHILE_RENDERING],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "deaf\n"
        process.terminate()
        assert process.wait(timeout=30.0) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_misspelt_parameter_ends_it_with_one_line(environment: dict[str, str]) -> None:
    process = still(environment, siz=32)
    _, errors = process.communicate(timeout=30.0)
    assert process.returncode == 1
    assert "unknown parameter 'siz'" in errors and "Traceback" not in errors


def test_places_come_in_threes() -> None:
    with pytest.raises(ValueError, match="places has 2 numbers"):
        StillSettings(places=(0.0, 1.0))
