"""Reads a bag back: the messages of a topic, in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message
from rosbags.highlevel import AnyReader

from ai4mars_nav.bags.recorder import message_type


def messages(bag: Path, *topics: str) -> Iterator[tuple[str, int, Any]]:
    """(topic, nanoseconds of the simulated clock, message) of some topics, as they were heard."""
    names = {topic if topic.startswith("/") else f"/{topic}": topic for topic in topics}
    with AnyReader([bag]) as reader:
        wanted = [each for each in reader.connections if each.topic in names]
        for connection, stamp, raw in reader.messages(connections=wanted):
            kind = message_type(connection.msgtype)
            yield names[connection.topic], stamp, deserialize_message(bytes(raw), kind)
