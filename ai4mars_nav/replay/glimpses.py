"""The frames of a replay that are shown: what went in and what came out of each, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.bags.read import messages
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.replay.inputs import FRAME, LEFT_INFO
from ai4mars_nav.ros.convert.camera import to_pinhole
from ai4mars_nav.ros.convert.grid import CostGrid, to_grid
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.image import to_array
from ai4mars_nav.ros.convert.pose import to_pose
from ai4mars_nav.ros.convert.rocks import RockSighting, from_markers
from ai4mars_nav.ros.errors import MessageError

U8 = NDArray[np.uint8]
CLASSES, CONFIDENCE = "terrain/classes", "terrain/confidence"
ROCKS, COST = "terrain/big_rocks", "terrain/cost"


@dataclass
class Glimpse:
    """One left image and what the graph made of it; None where it made nothing."""

    stamp: int
    grey: U8
    classes: U8 | None = None
    confidence: U8 | None = None
    rocks: list[RockSighting] | None = None
    cost: CostGrid | None = None
    odom_from_base: Pose | None = None


@dataclass
class Glimpses:
    """Frames in order, evenly taken from all, and the camera of each."""

    frames: list[Glimpse] = field(default_factory=list)
    camera: Pinhole | None = None


def read_glimpses(bag: Path, most: int) -> Glimpses:
    """At most `most` frames of a recorded replay."""
    stamps = sorted({nanoseconds(m.header.stamp) for _, _, m in messages(bag, CLASSES)})
    chosen = {stamps[i] for i in even(len(stamps), most)}
    found: dict[int, Glimpse] = {}
    for _, _, message in messages(bag, FRAME):
        stamp = nanoseconds(message.header.stamp)
        if stamp in chosen:
            found[stamp] = Glimpse(stamp, _bright(to_array(message, FRAME), message.encoding))
    glimpses = Glimpses()
    for topic, _, message in messages(bag, CLASSES, CONFIDENCE, ROCKS, COST, "odom", LEFT_INFO):
        if topic == LEFT_INFO:
            glimpses.camera = glimpses.camera or _camera(message)
        elif topic == ROCKS:
            stamp, _, rocks = from_markers(message, topic)
            if stamp in found:
                found[stamp].rocks = rocks
        else:
            _take(found.get(nanoseconds(message.header.stamp)), topic, message)
    glimpses.frames = [found[stamp] for stamp in sorted(found)]
    return glimpses


def even(count: int, most: int) -> list[int]:
    """At most `most` indices below `count`, evenly spread, the first and last among them."""
    if count == 0:
        return []
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, most))})


def _take(frame: Glimpse | None, topic: str, message: object) -> None:
    if frame is None:
        return
    if topic == CLASSES:
        frame.classes = to_array(message, topic)
    elif topic == CONFIDENCE:
        frame.confidence = to_array(message, topic)
    elif topic == COST:
        frame.cost = to_grid(message, topic)
    else:
        frame.odom_from_base = to_pose(message.pose.pose, topic)  # type: ignore[attr-defined]


def _camera(message: object) -> Pinhole | None:
    try:
        return to_pinhole(message, LEFT_INFO)
    except MessageError:
        # the nodes have said so already, in words
        return None


def _bright(pixels: NDArray[np.generic], encoding: str) -> U8:
    """Grey u8 (h, w) for people: stretched to the range that the image uses, and brightened."""
    grey = np.asarray(pixels, np.float64)
    if grey.ndim == 3:
        red_last = encoding.startswith("bgr")
        grey = grey @ (np.array([0.114, 0.587, 0.299]) if red_last else [0.299, 0.587, 0.114])
    low, high = np.percentile(grey, (0.5, 99.5))
    share = np.clip((grey - low) / max(high - low, 1.0), 0.0, 1.0)
    return np.asarray(255.0 * share**0.8, np.uint8)
