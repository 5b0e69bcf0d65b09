"""Reads a bag for a replay: raw messages in order, from anywhere, up to where it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rosbags.interfaces import Connection, Qos, QosDurability
from rosbags.rosbag2 import Reader

from ai4mars_nav.replay.errors import ReplayError

LATCHED_BY_NAME = "/tf_static"


@dataclass(frozen=True)
class Raw:
    """A message as it lies in the bag; the log time is that of its recording, nanoseconds."""

    topic: str
    log: int
    data: bytes


class Recording:
    """A bag that is open from `with` to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = ""
        """Where and why reading had to end before the bag did; empty if it did not."""
        if not path.exists():
            raise ReplayError(f"{path}: there is no such bag")

    def __enter__(self) -> Recording:
        try:
            self._reader = Reader(self.path)
            self._reader.open()
        except Exception as error:
            # a file that is not what it says: from the reader, SQLite, zstandard, LZ4 or YAML
            raise ReplayError(
                f"{self.path}: cannot be read as a rosbag2 bag ({_in_words(error)}); if its "
                "recording was cut short, `mcap recover` or `ros2 bag reindex` may save it"
            ) from error
        if not self._reader.message_count:
            self._reader.close()
            raise ReplayError(f"{self.path}: holds no messages")
        return self

    def __exit__(self, *_failure: object) -> None:
        self._reader.close()

    @property
    def begin(self) -> int:
        """Log time of the first message."""
        return int(self._reader.start_time)

    @property
    def seconds(self) -> float:
        """From the first message to the last."""
        return float(self._reader.duration) / 1e9

    @property
    def kinds(self) -> dict[str, str]:
        """Type of each topic that has messages."""
        return {each.topic: each.msgtype for each in self._reader.connections if each.msgcount}

    @property
    def counts(self) -> dict[str, int]:
        """Messages of each topic."""
        return {each.topic: each.msgcount for each in self._reader.connections if each.msgcount}

    def latched(self) -> set[str]:
        """Topics whose last message a latecomer would hear as well."""
        return {
            each.topic
            for each in self._reader.connections
            if each.topic == LATCHED_BY_NAME or _is_lasting(each)
        }

    def messages(
        self, topics: Sequence[str], begin: int | None = None, end: int | None = None
    ) -> Iterator[Raw]:
        """Messages of some topics with begin <= log time < end; ends early where the bag breaks."""
        chosen = [each for each in self._reader.connections if each.topic in topics]
        if not chosen:
            return
        last = begin or self.begin
        try:
            for connection, log, data in self._reader.messages(chosen, begin, end):
                last = log
                yield Raw(connection.topic, log, bytes(data))
        except Exception as error:
            # as above; nothing of a consumer's is raised in here
            after = (last - self.begin) / 1e9
            self.broken = f"{self.path}: breaks {after:.3f} s after its start: {_in_words(error)}"

    def lasting(self, topics: Sequence[str], before: int) -> list[Raw]:
        """What a latecomer at that log time would still hear: all static transforms, and the last
        message of every other latched topic."""
        latched = [topic for topic in topics if topic in self.latched()]
        static, last = [], {}
        for raw in self.messages(latched, None, before):
            if raw.topic == LATCHED_BY_NAME:
                static.append(raw)
            else:
                last[raw.topic] = raw
        return [*static, *last.values()]


def _is_lasting(connection: Connection) -> bool:
    profiles: Sequence[Qos] = getattr(connection.ext, "offered_qos_profiles", ())
    return any(each.durability == QosDurability.TRANSIENT_LOCAL for each in profiles)


def _in_words(error: Any) -> str:
    return str(error).rstrip(".") or type(error).__name__
