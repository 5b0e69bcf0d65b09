"""What the graph has answered to which frame, and what its nodes say when it does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from typing import Protocol

from ai4mars_nav.ros.convert.raw import stamp_of
from ai4mars_nav.ros.graph import DRIVER, MAP, PLANNER, TERRAIN
from ai4mars_nav.ros.told import DIAGNOSTICS, Counts, Tellers, Told

FRAME, GOAL, PLAN, ORDER = "left/image_rect", "goal_pose", "plan", "cmd_vel"
POSES = ("odom", "/tf")
ANSWERS = tuple(topic for spec in (TERRAIN, MAP, PLANNER) for topic in spec.publishes)
"""What bears the stamp of the frame that it was made of."""
MARKERS = "terrain/big_rocks"
FATES: dict[str, tuple[str, ...]] = {
    TERRAIN.name: (
        "withheld",
        f"{FRAME} refused",
        f"{FRAME} duplicate",
        f"{FRAME} out_of_order",
        f"{FRAME} superseded",
        "frames replaced",
    ),
    MAP.name: ("withheld", "frames replaced", "frames of before a time jump"),
}
"""Counts in the diagnostics of which each means that a frame came to nothing."""
TOLD_OF: dict[str, tuple[str, tuple[str, ...]]] = {
    MAP.name: ("terrain/cost", ("terrain/cost published",)),
    PLANNER.name: (PLAN, (f"{PLAN} published", f"{PLAN} withdrawn")),
}
"""The last output that a node sends of a frame, and the counts that rise once all of it is sent."""
CLASSES, POINTS = "terrain/classes", "terrain/points"
FRAME_DONE = f"{CLASSES} published"
"""The count of `terrain` that rises once all that there is of a frame is sent."""
REFUSED: dict[str, tuple[str, str]] = {
    GOAL: (PLANNER.name, f"{GOAL} refused"),
    **{topic: (DRIVER.name, f"{topic} refused") for topic in POSES},
}
"""Who answers an input, and its count of those that it does not take."""
UNHEARD = "has never been received"
"""How a node says that a topic which it needs does not reach it."""
ENOUGH = 3
"""Diagnostics, after all of a frame is sent, in which `map` would have heard of it."""
ALL = (*ANSWERS, ORDER, *POSES)


class Ear(Protocol):
    """Whoever subscribes to topics."""

    def tell(self, topic: str, hear: Callable[[bytes], None]) -> None:
        """Hand over each message of a topic, serialised."""


class Answers:
    """Hears what an ear hears of `topics`, and the diagnostics, since the nodes began."""

    def __init__(self, ear: Ear, topics: Collection[str] = ALL, namespace: str = "/") -> None:
        self.given: dict[int, set[str]] = defaultdict(set)
        """Output topics by the stamp that they answered."""
        self._begun: dict[int, int] = {}
        """How often `map` had told of itself when a frame was first known to be sent, by stamp."""
        self.heard: Counter[str] = Counter()
        """Outputs and poses since the beginning, by topic."""
        self._tellers = Tellers(namespace)
        self.nodes: dict[str, Told] = self._tellers.nodes
        for topic in topics:
            take = self._taker(topic) if topic in ANSWERS else self._counter(topic)
            ear.tell(topic, take)
        ear.tell(DIAGNOSTICS, self._tellers.take)

    def clear(self) -> None:
        """Before a frame goes in: what bears its stamp already was no answer to it, as the empty
        plan that a goal was answered with before there was a map; and of frames before it nothing
        is kept, however long the way."""
        self.given.clear()
        self._begun.clear()

    def counts(self) -> Counts:
        """What the nodes have counted, as they told last."""
        return self._tellers.counts()

    def all_sent(self) -> bool:
        """Whether what we have heard has gone out to everybody else, too: a node that sends the
        same to several can be held up between them. Who never tells of itself is not asked."""
        return all(
            sum(self.nodes[name].counts()[count] for count in counts) >= self.heard[topic]
            for name, (topic, counts) in TOLD_OF.items()
            if self.nodes[name].times
        )

    def is_complete(self, stamp: int, wanted: frozenset[str]) -> bool:
        """Whether a frame is answered by all that is wanted, and everybody has it."""
        return wanted <= self.given[stamp] and self.all_sent()

    def why_not(self, stamp: int, wanted: frozenset[str], before: Counts) -> str:
        """Why what is wanted of a frame will not all come; empty while it may, and when it has."""
        if wanted <= self.given[stamp]:
            return ""
        return self._why_dropped(wanted, before) or self._why_incomplete(stamp, wanted)

    def is_refused(self, topic: str, before: Counts) -> bool:
        """Whether an input that is answered was not taken, since `counts()` were `before`."""
        name, count = REFUSED[topic]
        return self.nodes[name].counts()[count] > before[name][count]

    def _why_dropped(self, wanted: frozenset[str], before: Counts) -> str:
        """What became of a frame since `counts()` were `before`; empty if nothing is known."""
        for name, fates in FATES.items():
            if name == MAP.name and not wanted & set(MAP.publishes):
                # what it makes of frames that it was not to map is not waited for, and told late
                continue
            now = self.nodes[name].counts()
            for fate in fates:
                if now[fate] > before[name][fate]:
                    return f"{name}: {self.nodes[name].line if fate == 'withheld' else fate}"
        return ""

    def _why_incomplete(self, stamp: int, wanted: frozenset[str]) -> str:
        """Why `terrain`, which has done with a frame, has sent but a part of it; or that `map` has
        not heard it."""
        if not self._is_sent(stamp):
            return ""
        given, mapper = self.given[stamp], self.nodes[MAP.name]
        since = mapper.times - self._begun.setdefault(stamp, mapper.times)
        missing = wanted - given
        if since >= ENOUGH and missing & set(MAP.publishes) and UNHEARD in mapper.line:
            return f"{MAP.name}: {mapper.line}"
        later = missing - set(TERRAIN.publishes)
        if later == missing or (later and POINTS in given):
            # of points others make something yet, or say why not
            return ""
        return f"{TERRAIN.name}: {self.nodes[TERRAIN.name].line}"

    def _is_sent(self, stamp: int) -> bool:
        """Whether `terrain` has sent all that there is of a frame: it tells of as many as we heard,
        this one among them. That its count rose is not enough: it may tell of an earlier one late.
        """
        told = self.nodes[TERRAIN.name].counts()[FRAME_DONE]
        return CLASSES in self.given[stamp] and told >= self.heard[CLASSES]

    def _taker(self, topic: str) -> Callable[[bytes], None]:
        # a MarkerArray is a sequence, whose first marker bears the stamp
        after = 4 if topic == MARKERS else 0

        def take(raw: bytes) -> None:
            stamp = stamp_of(raw, after)
            self.heard[topic] += 1
            self.given[stamp].add(topic)

        return take

    def _counter(self, topic: str) -> Callable[[bytes], None]:
        def count(_raw: bytes) -> None:
            self.heard[topic] += 1

        return count
