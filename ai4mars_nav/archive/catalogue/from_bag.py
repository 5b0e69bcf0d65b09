"""Bags: each left image is a frame, with pose, terrain and big rocks of the same stamp."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.from_labels import with_terrain
from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.pds.messages import STORE
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.source import Recording

IMAGE, CLASSES = "left/image_rect", "terrain/classes"
_ODOM, _ROCKS, _IDENTITY = "odom", "terrain/big_rocks", "pds/identity"
_TOPICS = (IMAGE, CLASSES, _ODOM, _ROCKS, _IDENTITY)
_CYLINDER = 3
_NEAR = 10**9
"""Nanoseconds between a frame and the pose that is taken for it."""


@dataclass(frozen=True)
class BagSource:
    """One bag: a folder with metadata.yaml, or a file."""

    bag: Path

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"bag {self.bag}"

    @property
    def root(self) -> Path:
        """See `Source`."""
        return self.bag if self.bag.is_dir() else self.bag.parent

    def units(self) -> Iterator[Unit]:
        """See `Source`. A bag is one unit: what belongs to a frame may come long after it."""
        files = sorted(f for f in self.bag.iterdir() if f.is_file()) if self.bag.is_dir() else []
        yield unit_of(self.bag.name, *(files or [self.bag]))

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`. What comes before a bag breaks is taken."""
        heard = _Heard()
        try:
            with Recording(self.bag) as recording:
                topics = {t: t.strip("/") for t in recording.kinds if t.strip("/") in _TOPICS}
                for raw in recording.messages(list(topics)):
                    kind = recording.kinds[raw.topic]
                    heard.take(topics[raw.topic], raw.log, STORE.deserialize_cdr(raw.data, kind))
                problems = (recording.broken,) if recording.broken else ()
        except ReplayError as error:
            return Read((), (str(error),))
        if not heard.frames:
            problems = (*problems, f"{self.bag}: no {IMAGE} in it")
        entries = (heard.entry(stamp, self.bag, unit.name) for stamp in heard.frames)
        return Read(tuple(entries), problems)


@dataclass
class _Heard:
    """What a bag says, by stamp."""

    frames: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """Width, height and frame id of each image."""
    terrain: dict[int, Entry] = field(default_factory=dict)
    rocks: dict[int, int] = field(default_factory=dict)
    poses: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    """East, north and heading."""
    identities: dict[int, dict[str, Any]] = field(default_factory=dict)

    def take(self, topic: str, log: int, message: Any) -> None:
        """Hear one message."""
        if topic == _IDENTITY:
            self.identities[log] = json.loads(message.data).get("left", {})
        elif topic == _ROCKS:
            markers = message.markers
            if markers:
                count = sum(one.type == _CYLINDER and one.action == 0 for one in markers)
                self.rocks[_stamp(markers[0].header)] = count
        elif topic == IMAGE:
            seen = message.width, message.height, message.header.frame_id
            self.frames[_stamp(message.header)] = seen
        elif topic == CLASSES:
            label = np.frombuffer(message.data, np.uint8)
            self.terrain[_stamp(message.header)] = with_terrain(Entry(""), label)
        else:
            self.poses[_stamp(message.header)] = _pose(message.pose.pose)

    def entry(self, stamp: int, bag: Path, unit: str) -> Entry:
        """The frame of a stamp. One of a known product is that product."""
        width, height, frame = self.frames[stamp]
        identity = self.identities.get(stamp, {})
        if product := identity.get("product_id"):
            entry = named(str(product), f"{unit}/{product}")
        else:
            entry = Entry(
                name=f"{unit}/{stamp}",
                instrument=frame.removesuffix("_optical").replace("_", " "),
                site=f"bag {unit}", time=stamp, by_name=True,
            )  # fmt: skip
            if pose := _nearest(self.poses, stamp):
                entry = replace(entry, east=pose[0], north=pose[1], heading=pose[2])
        ground = self.terrain.get(stamp)
        if ground is not None:
            entry = replace(
                entry, soil=ground.soil, bedrock=ground.bedrock, sand=ground.sand,
                big_rock=ground.big_rock, label=f"{CLASSES} {stamp}",
            )  # fmt: skip
        return replace(
            entry, rocks=self.rocks.get(stamp), width=width, height=height, file=str(bag),
            part=f"{IMAGE} {stamp}",
        )  # fmt: skip


def _pose(pose: Any) -> tuple[float, float, float]:
    """East, north and heading of odom's x, y and turn about z, as `pds/` writes its bags."""
    q = pose.orientation
    yaw = math.atan2(2.0 * (q.w * q.z + q.x * q.y), 1.0 - 2.0 * (q.y**2 + q.z**2))
    return pose.position.x, pose.position.y, (90.0 - math.degrees(yaw)) % 360.0


def _nearest(
    poses: dict[int, tuple[float, float, float]], stamp: int
) -> tuple[float, float, float] | None:
    stamps = sorted(poses)
    at = bisect_left(stamps, stamp)
    near = min(stamps[max(at - 1, 0) : at + 1], key=lambda s: abs(s - stamp), default=None)
    return None if near is None or abs(near - stamp) > _NEAR else poses[near]


def _stamp(header: Any) -> int:
    return int(header.stamp.sec) * 10**9 + int(header.stamp.nanosec)
