"""Publishes a bag's messages as they lie in it, and the time with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock

from ai4mars_nav.bags.recorder import CLOCK, message_type
from ai4mars_nav.replay.convert import converter
from ai4mars_nav.replay.inputs import INPUTS, TF_STATIC, TRANSFORMS
from ai4mars_nav.replay.order import Heard
from ai4mars_nav.replay.routes import Routes
from ai4mars_nav.replay.source import Raw
from ai4mars_nav.ros.convert.header import to_time
from ai4mars_nav.ros.convert.raw import stamp_of

BEFORE = 10**9
"""Nanoseconds before the first stamp at which time stands until there is a message."""
JUMP = 10**9
"""Stamps that go back by less are a camera behind another; time does not follow them."""
_DEPTH = 100


class Player:
    """One publisher for each topic that the bag has for the graph."""

    def __init__(self, node: Node, routes: Routes, latched: set[str]) -> None:
        self.now = 0
        """Nanoseconds of the time that was told last."""
        self._routes = routes
        self._clock = node.create_publisher(Clock, CLOCK, 10)
        self._turn = {
            route.wanted: converter(route.convert, route.source)
            for route in routes.by_source.values()
        }
        self.publishers: dict[str, Any] = {}
        for source, route in routes.by_source.items():
            kind = message_type(INPUTS[route.wanted])
            lasting = source in latched or route.wanted == TF_STATIC
            self.publishers[route.wanted] = node.create_publisher(
                kind, route.wanted, _quality(lasting)
            )

    def heard(self, messages: Iterable[Raw]) -> Iterator[Heard]:
        """The bag's messages as those of the graph."""
        for raw in messages:
            wanted = self._routes.by_source[raw.topic].wanted
            yield Heard(wanted, _stamp(wanted, raw), raw.log, raw.data)

    def begin(self, first: int) -> None:
        """Let time stand just before the first stamp."""
        self._tell(first - BEFORE)

    def feed(self, message: Heard) -> None:
        """Publish one message and the time of its stamp; `ConversionError` if it cannot be."""
        content = self._turn[message.topic](message.data)
        if message.topic != TF_STATIC and not 0 <= self.now - message.stamp < JUMP:
            # first, so that nothing is stamped in the future of whoever hears it
            self._tell(message.stamp)
        self.publishers[message.topic].publish(content)

    def _tell(self, stamp: int) -> None:
        self.now = max(stamp, 0)
        self._clock.publish(Clock(clock=to_time(self.now)))


def _quality(lasting: bool) -> QoSProfile:
    durability = DurabilityPolicy.TRANSIENT_LOCAL if lasting else DurabilityPolicy.VOLATILE
    return QoSProfile(depth=_DEPTH, reliability=ReliabilityPolicy.RELIABLE, durability=durability)


def _stamp(wanted: str, raw: Raw) -> int:
    """Of the header, or of the first transform; the log time where a message is too short."""
    after = 4 if wanted in TRANSFORMS else 0
    return stamp_of(raw.data, after) if len(raw.data) >= 12 + after else raw.log
