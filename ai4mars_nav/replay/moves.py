"""Which messages move the rover so that the driver answers: one command in each of its periods."""

from __future__ import annotations

from collections.abc import Iterator

from rclpy.serialization import deserialize_message
from tf2_msgs.msg import TFMessage

from ai4mars_nav.replay.inputs import TF
from ai4mars_nav.replay.order import Heard
from ai4mars_nav.ros.convert.header import nanoseconds


class Moves:
    """Follows poses as the driver does: TF's, once it has told of the rover, else odometry's."""

    def __init__(self, period: int, base_frame: str) -> None:
        self._period = period
        self._base = base_frame
        self._from_tf = False
        self._moved_at = 0

    def is_answered(self, message: Heard) -> bool:
        """Whether the driver answers this message with a command."""
        answered = False
        for stamp in self._stamps(message):
            answered |= stamp // self._period != self._moved_at // self._period
            self._moved_at = stamp
        return answered

    def _stamps(self, message: Heard) -> Iterator[int]:
        if message.topic == "odom" and not self._from_tf:
            yield message.stamp
        elif message.topic == TF:
            for each in deserialize_message(message.data, TFMessage).transforms:
                if each.child_frame_id.lstrip("/") == self._base:
                    self._from_tf = True
                    yield nanoseconds(each.header.stamp)
