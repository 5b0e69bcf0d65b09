"""What belongs to one image, found by its stamp: messages in, a shot for triage out.

A frame is complete with the image and its classes. The terrain node sends rocks and points before
them, so what of those has not come by then does not come. The newest complete frame wins. No node
in it: bags go the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.image import Ground, Rock, Shot
from ai4mars_nav.geometry.points import to_frame
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert import cloud, image
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.rocks import from_markers
from ai4mars_nav.ros.errors import MessageError
from ai4mars_nav.ros.matcher import Order, StampOrder

IMAGE, CLASSES = "left/image_rect", "terrain/classes"
POINTS, ROCKS = "terrain/points", "terrain/big_rocks"
PARTS = (ROCKS, POINTS, IMAGE, CLASSES)
"""In the order in which they are to be taken: what completes a frame comes last."""
HELD = 20
"""Frames that are held while they are not complete: classes of one may come seconds after it, and
images go on coming meanwhile."""
JUMP_BACK = 1.0
"""Seconds: stamps that go back by more than this begin another day."""


@dataclass(frozen=True)
class Parts:
    """The messages of one image, by topic."""

    stamp: int
    messages: Mapping[str, Any]

    @property
    def frame(self) -> str:
        """Frame id of the image."""
        return str(self.messages[IMAGE].header.frame_id)


class Frames:
    """Holds what is not complete; stamps in nanoseconds."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """What became of those that were not used."""
        self._orders = {topic: StampOrder(JUMP_BACK) for topic in PARTS}
        self._held: dict[int, dict[str, Any]] = {}

    def push(self, topic: str, message: Any) -> int | None:
        """Take a message; the stamp that time jumped back to, where all was forgotten for it."""
        stamp = from_markers(message, topic)[0] if topic == ROCKS else _stamp(message, topic)
        order = self._orders[topic].follow(stamp)
        jumped = order is Order.JUMPED_BACK
        if jumped:
            self._held.clear()
            for each in self._orders.values():
                each.forget()
            self._orders[topic].follow(stamp)
        elif order is not Order.NEWER:
            self.counts[f"{topic} {order.value}"] += 1
            return None
        self._held.setdefault(stamp, {})[topic] = message
        if len(self._held) > HELD:
            del self._held[min(self._held)]
            self.counts["frames incomplete"] += 1
        return stamp if jumped else None

    def pop(self) -> Parts | None:
        """The newest complete frame; older ones are dropped."""
        complete = [stamp for stamp, parts in self._held.items() if {IMAGE, CLASSES} <= set(parts)]
        if not complete:
            return None
        newest = max(complete)
        parts = self._held.pop(newest)
        older = [stamp for stamp in self._held if stamp < newest]
        for stamp in older:
            del self._held[stamp]
        if older:
            self.counts["frames superseded"] += len(older)
        return Parts(newest, parts)


def shot_of(parts: Parts, map_from_camera: Pose | None, mono16_bits: int) -> Shot:
    """The shot of a frame; without a pose there are classes, but nothing has a place."""
    picture = pixels(parts.messages[IMAGE], IMAGE, mono16_bits)
    classes = image.grey(parts.messages[CLASSES], CLASSES)
    name = f"{parts.frame}@{parts.stamp // 10**9}.{parts.stamp % 10**9:09d}"
    if map_from_camera is None:
        return Shot(name, parts.stamp, picture, Ground(classes))
    points = _points(parts, classes.shape, map_from_camera)
    eye = map_from_camera.translation
    return Shot(
        name, parts.stamp, picture, Ground(classes, points, eye, _rocks(parts, map_from_camera))
    )


def pixels(message: Any, topic: str, mono16_bits: int) -> NDArray[np.uint8]:
    """An image as grey (h, w), or in its colours: RGB (h, w, 3)."""
    if message.encoding not in ("rgb8", "bgr8"):
        return image.grey(message, topic, mono16_bits)
    colours = image.to_array(message, topic)
    return np.ascontiguousarray(colours[..., ::-1] if message.encoding == "bgr8" else colours)


def _stamp(message: Any, topic: str) -> int:
    if not message.header.frame_id:
        raise MessageError(f"{topic}: header.frame_id is empty")
    return nanoseconds(message.header.stamp)


def _points(
    parts: Parts, size: tuple[int, ...], map_from_camera: Pose
) -> NDArray[np.float32] | None:
    message = parts.messages.get(POINTS)
    if message is None:
        return None
    _check_frame(message.header.frame_id, POINTS, parts)
    points = cloud.to_cloud(message, POINTS).points
    if points.shape[:2] != size:
        raise MessageError(
            f"{POINTS}: {points.shape[1]} x {points.shape[0]} points, {CLASSES} of the same stamp "
            f"has {size[1]} x {size[0]} pixels"
        )
    return to_frame(np.ascontiguousarray(points), map_from_camera)


def _rocks(parts: Parts, map_from_camera: Pose) -> tuple[Rock, ...]:
    message = parts.messages.get(ROCKS)
    if message is None:
        return ()
    _, frame, rocks = from_markers(message, ROCKS)
    _check_frame(frame, ROCKS, parts)
    return tuple(
        Rock(
            map_from_camera.apply(rock.base.translation), rock.height, rock.width, rock.probability
        )
        for rock in rocks
    )


def _check_frame(frame: str, topic: str, parts: Parts) -> None:
    if frame != parts.frame:
        raise MessageError(f"{topic}: frame_id {frame!r} is not that of {IMAGE}, {parts.frame!r}")
