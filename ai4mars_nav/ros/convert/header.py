"""Stamps and headers: nanoseconds as plain integers, frame ids as plain text."""

from __future__ import annotations

from builtin_interfaces.msg import Time
from std_msgs.msg import Header


def nanoseconds(stamp: Time) -> int:
    """A message's stamp as integer nanoseconds."""
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def to_time(stamp: int) -> Time:
    """Integer nanoseconds as a message's stamp."""
    seconds, rest = divmod(stamp, 1_000_000_000)
    return Time(sec=seconds, nanosec=rest)


def header(stamp: int, frame: str) -> Header:
    """A header of a stamp in nanoseconds and a frame id."""
    return Header(stamp=to_time(stamp), frame_id=frame)
