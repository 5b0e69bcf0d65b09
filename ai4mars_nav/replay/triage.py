"""The images of a bag as triage takes them: a recording goes the way of the node, without one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message

from ai4mars_nav.bags.recorder import message_type
from ai4mars_nav.content.triage.image import Shot
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import TF, TF_STATIC, in_bag
from ai4mars_nav.replay.source import Recording
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.pose import from_transform
from ai4mars_nav.ros.errors import NoTransform
from ai4mars_nav.ros.tf import Poses
from ai4mars_nav.ros.transforms import TransformSettings
from ai4mars_nav.ros.triage_frames import CLASSES, IMAGE, PARTS, POINTS, Frames, pixels, shot_of
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file

ODOM = "odom"
MONO16_BITS = 16


class Shots:
    """The shots of a bag, in order; what was lacking is known after the last of them."""

    def __init__(self, bag: Path, rover: str) -> None:
        self._bag = bag
        # a bag is read in its order: what has not come by then does not come
        settings = TransformSettings(wait=0.0)
        self._poses = Poses(settings, load_rover(rover_file(rover)), ODOM, "base_link")
        self.lacking: dict[str, int] = {}
        """How many images lack what, in words."""

    def __iter__(self) -> Iterator[Shot]:
        frames = Frames()
        with Recording(self._bag) as recording:
            for topic in (IMAGE, CLASSES):
                if in_bag(topic) not in recording.kinds:
                    raise ReplayError(
                        f"{self._bag}: holds no {in_bag(topic)}; `ai4mars replay` makes a bag "
                        "with what the graph makes of images"
                    )
            for topic, message in _messages(recording, (TF_STATIC, TF, ODOM, *PARTS)):
                if topic in PARTS:
                    frames.push(topic, message)
                    parts = frames.pop()
                    if parts is not None:
                        pose = self._pose(parts.frame, parts.stamp)
                        if pose is not None and POINTS not in parts.messages:
                            self._lack(f"{POINTS}: no outcrops and no place")
                        yield shot_of(parts, pose, MONO16_BITS)
                else:
                    self._hear(topic, message)
            if recording.broken:
                self._lack(recording.broken)

    def _hear(self, topic: str, message: Any) -> None:
        if topic == ODOM:
            self._poses.take_odometry(message, topic)
            return
        for transform in message.transforms:
            self._poses.take_transform(from_transform(transform, topic), topic == TF_STATIC)

    def _pose(self, frame: str, stamp: int) -> Pose | None:
        try:
            return self._poses.odom_from_camera(frame, stamp)
        except NoTransform:
            self._lack(f"the pose of {frame!r}: no targets")
            return None

    def _lack(self, what: str) -> None:
        self.lacking[what] = self.lacking.get(what, 0) + 1


def pictures(bag: Path, stamps: Collection[int]) -> dict[int, NDArray[np.uint8]]:
    """The left images of a bag with these stamps."""
    found = {}
    with Recording(bag) as recording:
        for _, message in _messages(recording, (IMAGE,)):
            stamp = nanoseconds(message.header.stamp)
            if stamp in stamps:
                found[stamp] = pixels(message, IMAGE, MONO16_BITS)
    return found


def _messages(recording: Recording, topics: Collection[str]) -> Iterator[tuple[str, Any]]:
    kinds = recording.kinds
    names = {in_bag(topic): topic for topic in topics if in_bag(topic) in kinds}
    for raw in recording.messages(list(names)):
        yield names[raw.topic], deserialize_message(raw.data, message_type(kinds[raw.topic]))
