"""Real ROS for these tests: a private domain, this machine only, shared memory for images."""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ai4mars_nav.ros.environment import private_domain

ROOT = Path(__file__).parents[2]
_OPEN = contextlib.ExitStack()

# before rclpy reads them
os.environ["ROS_DOMAIN_ID"] = str(_OPEN.enter_context(private_domain()))
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"] = str(ROOT / "config" / "fastdds.xml")


def pytest_unconfigure() -> None:
    """Give the domain back."""
    _OPEN.close()


@pytest.fixture(scope="session", autouse=True)
def only_ours() -> None:
    """What other rooms have imported, torch alone with 300,000 objects, is not looked through again
    before each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def ros() -> Iterator[None]:
    """rclpy started for one test."""
    import rclpy

    # nodes of tests before: a lifecycle node's services are there until Python throws it away, and
    # whoever finds two of one name takes neither for ready
    gc.collect()
    rclpy.init()
    yield
    rclpy.try_shutdown()


class World:
    """What surrounds a node under test: sends it messages over DDS and records what it sends."""

    def __init__(self) -> None:
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.node import Node

        self.node = Node("world")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.got: dict[str, list[Any]] = {}
        self._outlets: dict[str, Any] = {}
        self._started: list[Any] = []

    def start(self, make: Callable[..., Any], *arguments: str, **parameters: Any) -> Any:
        """A node with these parameters (`__` for the dots in their names) and ROS arguments."""
        from rclpy.parameter import Parameter

        overrides = [Parameter(k.replace("__", "."), value=v) for k, v in parameters.items()]
        words = ["--ros-args", *arguments] if arguments else None
        node = make(parameter_overrides=overrides, cli_args=words)
        self.executor.add_node(node)
        self._started.append(node)
        return node

    def hear(self, topic: str, kind: type, qos: Any = None) -> list[Any]:
        """Everything that comes on a topic from now on."""
        from ai4mars_nav.ros.qos import STREAM

        got = self.got.setdefault(topic, [])
        self.node.create_subscription(kind, topic, got.append, qos or STREAM)
        return got

    def send(self, topic: str, message: Any, qos: Any = None) -> None:
        """Publish once somebody listens."""
        from ai4mars_nav.ros.qos import STREAM

        if topic not in self._outlets:
            self._outlets[topic] = self.node.create_publisher(type(message), topic, qos or STREAM)
            outlet = self._outlets[topic]
            self.until(lambda: outlet.get_subscription_count() > 0, f"nobody hears {topic}")
        self._outlets[topic].publish(message)

    def until(self, done: Callable[[], Any], otherwise: str, timeout: float = 30.0) -> Any:
        """Spin until `done()` is true, and give what it gave."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            result = done()
            if result:
                return result
            self.executor.spin_once(timeout_sec=0.02)
        told = "; ".join(self.told(node) for node in self._started)
        raise AssertionError(f"{otherwise} ({told})")

    def spin(self, seconds: float) -> None:
        """Let things happen for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.executor.spin_once(timeout_sec=0.02)

    def told(self, node: Any) -> str:
        """The one line of a node."""
        return f"{node.get_name()}: {node.health.verdict()[1]}"

    def now(self) -> int:
        """Nanoseconds on the wall clock."""
        return int(self.node.get_clock().now().nanoseconds)

    def end(self) -> None:
        """End all nodes."""
        for node in self._started:
            node.end()
        self.executor.shutdown()
        for node in (*self._started, self.node):
            node.destroy_node()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A world for one test."""
    request.getfixturevalue("ros")
    world = World()
    yield world
    world.end()


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny real model whose classes are bands of grey."""
    from ..probe_model import write_probe_model

    return write_probe_model(tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="session")
def rover() -> str:
    """Path of the rover the scenes are seen from."""
    return str(ROOT / "config" / "curiosity.yaml")


class Scene:
    """The acceptance scene as a 256 x 256 NAVCAM sees it, as messages stamped anew each time."""

    def __init__(self, rover: str) -> None:
        from ai4mars_nav.ros.convert import camera, image, pose
        from ai4mars_nav.rover import load_rover
        from ai4mars_nav.sim.rig import navcam_rig, see, standing
        from ai4mars_nav.sim.scenes import acceptance_scene

        self.rig = navcam_rig(load_rover(Path(rover)), 256)
        scene = acceptance_scene()
        self.sight = see(scene, self.rig, standing(scene, 0.0, 0.0, 0.0), "coded")
        base = pose.StampedPose(0, "odom", "base_link", self.sight.odom_from_base)
        self.make: dict[str, Callable[[], Any]] = {
            "odom": lambda: pose.to_odometry(base),
            "left/camera_info": lambda: camera.from_pinhole(self.rig.left, 0, "navcam"),
            "right/camera_info": lambda: camera.from_pinhole(self.rig.right, 0, "navcam"),
            "left/image_rect": lambda: image.from_array(self.sight.left.grey, 0, "navcam"),
            "right/image_rect": lambda: image.from_array(self.sight.right, 0, "navcam"),
            "depth/image_rect": lambda: image.from_array(self.sight.left.depth, 0, "navcam"),
        }

    def message(self, topic: str, stamp: int) -> Any:
        """The message of a topic with a stamp."""
        from ai4mars_nav.ros.convert.header import to_time

        message = self.make[topic]()
        message.header.stamp = to_time(stamp)
        return message

    def labelled(self, stamp: int) -> Any:
        """terrain/points as a perfect terrain node would send them."""
        import numpy as np

        from ai4mars_nav.geometry.points import Unprojector
        from ai4mars_nav.ros.convert.cloud import Cloud, CloudWriter

        left = self.sight.left
        points = Unprojector(self.rig.left).points(left.depth)
        confidence = np.where(left.classes == 255, 0, 250).astype(np.uint8)
        seen = Cloud(points, left.classes, confidence)
        return CloudWriter(*points.shape[:2]).write(seen, stamp, "navcam")


@pytest.fixture(scope="session")
def scene(rover: str) -> Scene:
    """The scene, rendered once."""
    return Scene(rover)
