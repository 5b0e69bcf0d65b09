"""The order in which a replay in lockstep feeds a bag: each frame after all that belongs to it.

In a bag, depth and poses often come after the image they belong to. A node then waits for them,
for how long depends on the machine; here they are looked for ahead, in the bag's time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ai4mars_nav.replay.inputs import COMPANIONS, FRAME, LEFT_INFO, POSES, RIGHT_INFO, TF

TF_LEAD = 100_000_000
"""Nanoseconds past a frame up to which TF is fed with it: its edges come from several publishers,
and the first that is new enough need not be the one that is wanted."""


@dataclass(frozen=True)
class Heard:
    """A message for the graph: its topic there, its stamp and log time in nanoseconds."""

    topic: str
    stamp: int
    log: int
    data: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class Step:
    """What is fed before a frame, the frame (none at the very end), and what comes with it."""

    before: tuple[Heard, ...]
    frame: Heard | None = None
    companions: frozenset[str] = frozenset()


def steps(messages: Iterable[Heard], window: int, tolerance: int) -> Iterator[Step]:
    """Messages in order of log time, as steps; what belongs to a frame is looked for up to
    `window` ns ahead of it, and within `tolerance` ns of its stamp."""
    source, ahead = iter(messages), deque[Heard]()
    before: list[Heard] = []
    recent: deque[Heard] = deque(maxlen=8)
    posed: dict[str, int] = {}
    while True:
        _read_ahead(source, ahead, window)
        if not ahead:
            break
        head = ahead.popleft()
        if head.topic != FRAME:
            before.append(head)
            recent.extend([head] * (head.topic in COMPANIONS))
        else:
            before += _taken(ahead, head.stamp, tolerance, head.log + window, posed)
            near = [
                each for each in (*recent, *before) if abs(each.stamp - head.stamp) <= tolerance
            ]
            companions = frozenset(each.topic for each in near if each.topic in COMPANIONS)
            yield Step(tuple(before), head, companions)
            before = []
        posed.update({head.topic: head.stamp} if head.topic in POSES else {})
    if before:
        yield Step(tuple(before))


def _read_ahead(source: Iterator[Heard], ahead: deque[Heard], window: int) -> None:
    while not ahead or ahead[-1].log <= ahead[0].log + window:
        message = next(source, None)
        if message is None:
            return
        ahead.append(message)


def _taken(
    ahead: deque[Heard], stamp: int, tolerance: int, until: int, posed: dict[str, int]
) -> list[Heard]:
    """Takes out of `ahead` what belongs to a frame: cameras and companions of its stamp, and poses
    up to the first that is not older, as between two poses the nodes interpolate.

    `until` is the last log time that is looked at. `posed` is the stamp of the last pose that was
    fed of each topic; it is kept up to date.
    """
    taken: list[Heard] = []
    kept: list[Heard] = []
    for each in ahead:
        if each.log > until:
            mine = False
        elif each.topic in POSES:
            covered = posed.get(each.topic, -1) >= stamp
            lead = TF_LEAD if each.topic == TF else 0
            mine = not covered or each.stamp <= stamp + lead
            posed.update({each.topic: each.stamp} if mine else {})
        else:
            belongs = each.topic in (*COMPANIONS, LEFT_INFO, RIGHT_INFO)
            mine = belongs and abs(each.stamp - stamp) <= tolerance
        (taken if mine else kept).append(each)
    ahead.clear()
    ahead.extend(kept)
    # as cameras send them: what the images mean before the images
    return sorted(taken, key=lambda each: each.topic in COMPANIONS)
