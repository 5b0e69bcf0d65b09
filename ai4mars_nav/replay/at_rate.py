"""A replay at a rate: messages go in by the clock on the wall, and nothing is waited for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ai4mars_nav.replay.account import FrameFate
from ai4mars_nav.replay.feeder import PLANE, Feeder
from ai4mars_nav.replay.inputs import COMPANIONS, FRAME
from ai4mars_nav.replay.order import Heard

LONGEST_GAP = 5.0
"""Seconds of silence in a bag that are waited for: a rover's day has long nights."""
LINGER = 2.0
"""Seconds that the last frames are given to be answered."""


def play(feeder: Feeder, messages: Iterable[Heard], rate: float, loop: int) -> Iterator[FrameFate]:
    """Feed all messages, `rate` times as fast as they were recorded; the fates at the end."""
    due, last = time.monotonic(), None
    stamps: list[int] = []
    for message in messages:
        if last is not None:
            due += min(max(message.log - last, 0) / 1e9, LONGEST_GAP) / rate
        last = message.log
        feeder.hear(max(due - time.monotonic(), 0.0))
        if feeder.feed(message) and message.topic == FRAME:
            stamps.append(message.stamp)
    feeder.hear(LINGER)
    companions = frozenset(topic for topic in COMPANIONS if feeder.fed[topic])
    wanted, lacking = feeder.expected(companions)
    for stamp in stamps:
        given = feeder.answers.given[stamp]
        missing = tuple(sorted(wanted - given))
        why = ""
        if missing:
            why = "dropped" if not given & set(PLANE) else "not mapped"
            why += ": the counts of the nodes say why"
        yield FrameFate(stamp, loop, tuple(sorted(given)), missing, why, 0.0, lacking)
