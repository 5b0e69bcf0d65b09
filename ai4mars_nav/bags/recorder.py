"""Writes what goes over the topics into a bag (MCAP): serialised bytes, as they came."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from ai4mars_nav.bags.written import BAG_VERSION
from ai4mars_nav.ros.convert.raw import stamp_of
from ai4mars_nav.ros.graph import GRAPH

LASTING = ("terrain/cost", "plan")
"""Published latched: whoever comes late hears the last one."""
CLOCK = "/clock"
EAGER = QoSProfile(depth=1000, reliability=ReliabilityPolicy.RELIABLE)
"""Streams of small messages, of which none shall be missing."""
LATCHED = QoSProfile(
    depth=100,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
"""What is published latched: each of them, not the newest alone."""
IMAGES = QoSProfile(depth=20, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Of cameras, which may not offer more."""
MADE = QoSProfile(depth=20, reliability=ReliabilityPolicy.RELIABLE)
"""Images that the graph makes."""


class Recorder:
    """Records topics {name: type} from `with` to its end, whatever ends it.

    Messages are stamped with /clock, where that is recorded, else with `now` as it was set last.
    """

    def __init__(self, path: Path, node: Node, topics: Mapping[str, str]) -> None:
        self.path = path
        self.now = 0
        """Nanoseconds of the simulated clock."""
        self.counts: Counter[str] = Counter()
        self._node = node
        self._topics = topics
        self._told: dict[str, Callable[[bytes], None]] = {}
        self._subscriptions: list[Any] = []

    def tell(self, topic: str, hear: Callable[[bytes], None]) -> None:
        """Hand each message of a topic over as well; before `with`."""
        self._told[topic] = hear

    def __enter__(self) -> Recorder:
        store = get_typestore(Stores.ROS2_JAZZY)
        writer = Writer(self.path, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
        writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        writer.open()
        self._writer = writer
        for topic, kind in self._topics.items():
            name = topic if topic.startswith("/") else f"/{topic}"
            connection = writer.add_connection(name, kind, typestore=store)
            self._listen(topic, kind, connection)
        return self

    def __exit__(self, *_failure: object) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._writer.close()

    def _listen(self, topic: str, kind: str, connection: Any) -> None:
        def take(raw: bytes) -> None:
            if topic == CLOCK:
                self.now = stamp_of(raw)
            self.counts[topic] += 1
            self._writer.write(connection, self.now, raw)
            if topic in self._told:
                self._told[topic](raw)

        made = self._node.create_subscription(
            message_type(kind), topic, take, _quality(topic, kind), raw=True
        )
        self._subscriptions.append(made)


def _quality(topic: str, kind: str) -> QoSProfile:
    if topic in LASTING:
        return LATCHED
    if kind.endswith(("/Image", "/CameraInfo", "/PointCloud2")):
        return MADE if any(topic in spec.publishes for spec in GRAPH) else IMAGES
    return EAGER


def message_type(kind: str) -> Any:
    """The Python class of a message type such as `sensor_msgs/msg/Image`."""
    package, _, name = kind.split("/")
    return getattr(importlib.import_module(f"{package}.msg"), name)
