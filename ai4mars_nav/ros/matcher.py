"""Matching messages of several topics by their stamp, written out and counted.

A frame is a message of the primary topic with the companion it should come with. Companions are
named in the order they are preferred: depth before the right image. A companion that has gone
silent is not waited for, so that a missing topic degrades the result instead of stopping it.
Stamps and clocks are integer nanoseconds.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from ai4mars_nav.settings import setting

P = TypeVar("P")


@dataclass(frozen=True)
class MatchSettings:
    """How messages of one frame find each other."""

    tolerance: float = setting(
        0.005, "stamps of one frame differ by at most this", unit="s", lo=0.0, hi=1.0
    )
    wait: float = setting(
        0.15, "an image waits this long for its depth or right image", unit="s", lo=0.0, hi=10.0
    )
    silence: float = setting(
        2.0, "a topic silent for this long is not waited for", unit="s", lo=0.01, hi=100.0
    )
    jump_back: float = setting(
        1.0, "stamps that go back by more than this clear all state", unit="s", lo=0.01, hi=100.0
    )
    held: int = setting(4, "unmatched messages kept of each topic", lo=1, hi=100)


class Order(Enum):
    """How a stamp follows the newest one before it."""

    NEWER = "newer"
    DUPLICATE = "duplicate"
    LATE = "out_of_order"
    JUMPED_BACK = "jumped_back"


class StampOrder:
    """Tells how each stamp of one topic follows the ones before."""

    def __init__(self, jump_back: float) -> None:
        self._jump_back = int(jump_back * 1e9)
        self.newest: int | None = None

    def follow(self, stamp: int) -> Order:
        """The order of `stamp`; a newer stamp, and one after a jump, becomes the newest."""
        newest = self.newest
        if newest is None or stamp > newest or newest - stamp > self._jump_back:
            self.newest = stamp
            jumped = newest is not None and stamp < newest
            return Order.JUMPED_BACK if jumped else Order.NEWER
        return Order.DUPLICATE if stamp == newest else Order.LATE

    def forget(self) -> None:
        """Take any stamp as the first."""
        self.newest = None


@dataclass(frozen=True)
class Frame(Generic[P]):
    """A primary message with the companion that was found for it, if any."""

    stamp: int
    primary: P
    companion: P | None
    source: str
    """Which companion topic it is; empty for none."""


@dataclass(frozen=True)
class _Held(Generic[P]):
    stamp: int
    arrived: int
    message: P


class Matcher(Generic[P]):
    """Frames of `primary` with the first of `companions` that is alive."""

    def __init__(self, settings: MatchSettings, primary: str, companions: tuple[str, ...]) -> None:
        self._settings = settings
        self._primary = primary
        self._companions = companions
        self._tolerance = int(settings.tolerance * 1e9)
        self._wait = int(settings.wait * 1e9)
        self._silence = int(settings.silence * 1e9)
        self.counts: Counter[str] = Counter()
        """Per topic and fate, such as 'left/image_rect out_of_order'."""
        self._orders = {t: StampOrder(settings.jump_back) for t in (primary, *companions)}
        self._forget()

    def push(self, topic: str, stamp: int, message: P, now: int) -> bool:
        """Take a message that arrived at `now`; True when time jumped back and all was cleared."""
        order = self._orders[topic].follow(stamp)
        jumped = order is Order.JUMPED_BACK
        if jumped:
            self.clear()
            self._orders[topic].follow(stamp)
        if order is not Order.NEWER:
            self.counts[f"{topic} {order.value}"] += 1
        self._arrived[topic] = now
        if order in (Order.DUPLICATE, Order.LATE):
            return False
        held = self._held[topic]
        held.append(_Held(stamp, now, message))
        if len(held) > self._settings.held:
            # the oldest image has waited longest: were it the one to go, a fast camera beside a
            # depth that never fits would push out every image before its wait is over
            self._count_unmatched(topic, [held.pop(1 if topic == self._primary else 0)])
        return jumped

    def pop(self, now: int) -> Frame[P] | None:
        """The newest frame that is complete or has waited long enough; older ones are dropped."""
        for index in range(len(self._held[self._primary]) - 1, -1, -1):
            frame = self._frame(self._held[self._primary][index], now)
            if frame is not None:
                self._drop_until(index, frame)
                return frame
        return None

    def pending(self) -> bool:
        """Whether a primary message is waiting, so that `pop` should be called again soon."""
        return bool(self._held[self._primary])

    def clear(self) -> None:
        """Forget every message and stamp; the counts stay."""
        for order in self._orders.values():
            order.forget()
        self._forget()

    def _forget(self) -> None:
        self._held: dict[str, list[_Held[P]]] = {topic: [] for topic in self._orders}
        self._arrived: dict[str, int] = {}
        self._gave_up: dict[str, int] = {}
        self._framed: deque[int] = deque(maxlen=16)

    def _frame(self, primary: _Held[P], now: int) -> Frame[P] | None:
        waited = now - primary.arrived >= self._wait
        for topic in self._companions:
            companion = self._find(topic, primary.stamp)
            if companion is not None:
                return Frame(primary.stamp, primary.message, companion.message, topic)
            if self._expected(topic, now):
                if not waited:
                    return None
                self.counts[f"{topic} missing"] += 1
                self._gave_up[topic] = now
        return Frame(primary.stamp, primary.message, None, "")

    def _expected(self, topic: str, now: int) -> bool:
        arrived = self._arrived.get(topic)
        if arrived is None:
            return topic not in self._gave_up
        return now - arrived <= self._silence

    def _find(self, topic: str, stamp: int) -> _Held[P] | None:
        near = [h for h in self._held[topic] if abs(h.stamp - stamp) <= self._tolerance]
        return min(near, key=lambda h: abs(h.stamp - stamp), default=None)

    def _drop_until(self, index: int, frame: Frame[P]) -> None:
        if index:
            self.counts[f"{self._primary} superseded"] += index
        self._held[self._primary] = self._held[self._primary][index + 1 :]
        self._framed.append(frame.stamp)
        for topic in self._companions:
            held = self._held[topic]
            old = [h for h in held if h.stamp <= frame.stamp + self._tolerance]
            self._count_unmatched(topic, old)
            self._held[topic] = held[len(old) :]

    def _count_unmatched(self, topic: str, dropped: list[_Held[P]]) -> None:
        """Count those that belong to no frame; the right image of a depth frame does."""
        for held in dropped:
            if all(abs(held.stamp - stamp) > self._tolerance for stamp in self._framed):
                self.counts[f"{topic} unmatched"] += 1
