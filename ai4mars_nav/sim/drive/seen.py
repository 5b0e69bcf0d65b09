"""What a drive's bag tells about the graph: costs, plans and pictures, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.bags.read import messages
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.ros.convert.camera import to_pinhole
from ai4mars_nav.ros.convert.grid import CostGrid, to_grid
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.image import to_array
from ai4mars_nav.ros.convert.pose import from_path
from ai4mars_nav.ros.convert.rocks import RockSighting, from_markers
from ai4mars_nav.ros.graph import DRIVER

U8 = NDArray[np.uint8]


@dataclass
class Frame:
    """One left image and what the graph made of it; None where it made nothing."""

    stamp: int
    grey: U8
    classes: U8 | None = None
    confidence: U8 | None = None
    true_classes: U8 | None = None
    rocks: list[RockSighting] = field(default_factory=list)
    cost: CostGrid | None = None
    plan: NDArray[np.float64] | None = None
    """(n, 2) metres; empty where there was no way."""


@dataclass
class Seen:
    """The frames of a drive in order, the camera, and what the driver said when."""

    frames: list[Frame] = field(default_factory=list)
    camera: Pinhole | None = None
    said: list[tuple[int, str]] = field(default_factory=list)
    orders: list[tuple[int, float, float]] = field(default_factory=list)
    """Stamp, m/s, rad/s."""

    def saying(self, stamp: int) -> str:
        """The driver's words at a time."""
        return next((words for at, words in reversed(self.said) if at <= stamp), "")


def read_seen(bag: Path) -> Seen:
    """Everything of a bag that pictures are made of."""
    seen = Seen()
    by_stamp: dict[int, Frame] = {}
    for _, _, message in messages(bag, "left/image_rect"):
        stamp = nanoseconds(message.header.stamp)
        by_stamp[stamp] = Frame(stamp, to_array(message, "left/image_rect"))
    images = {
        "terrain/classes": "classes",
        "terrain/confidence": "confidence",
        "truth/classes": "true_classes",
    }
    for topic, _, message in messages(bag, *images):
        frame = by_stamp.get(nanoseconds(message.header.stamp))
        if frame is not None:
            setattr(frame, images[topic], to_array(message, topic))
    _read_maps(bag, by_stamp)
    _read_words(bag, seen)
    seen.frames = [by_stamp[stamp] for stamp in sorted(by_stamp)]
    return seen


def _read_maps(bag: Path, by_stamp: dict[int, Frame]) -> None:
    for topic, _, message in messages(bag, "terrain/cost", "plan", "terrain/big_rocks"):
        if topic == "terrain/big_rocks":
            stamp, _, rocks = from_markers(message, topic)
            if stamp in by_stamp:
                by_stamp[stamp].rocks = rocks
            continue
        frame = by_stamp.get(nanoseconds(message.header.stamp))
        if frame is None:
            continue
        if topic == "plan":
            frame.plan = from_path(message, topic)
        else:
            frame.cost = to_grid(message, topic)


def _read_words(bag: Path, seen: Seen) -> None:
    for topic, stamp, message in messages(bag, "/diagnostics", "left/camera_info", "cmd_vel"):
        if topic == "cmd_vel":
            seen.orders.append((stamp, message.linear.x, message.angular.z))
        elif topic == "left/camera_info":
            seen.camera = seen.camera or to_pinhole(message, topic)
        else:
            for status in message.status:
                if status.name.strip("/") == DRIVER.name:
                    told = {value.key: value.value for value in status.values}
                    seen.said.append((stamp, told.get("command", "")))
