"""What the graph has answered to which frame, and what its nodes say when it does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.serialization import deserialize_message

from ai4mars_nav.bags.raw import stamp_of
from ai4mars_nav.bags.recorder import Recorder
from ai4mars_nav.replay.inputs import FRAME, GOAL, PLAN, POSES
from ai4mars_nav.ros.graph import DRIVER, GRAPH, MAP, PLANNER, TERRAIN

DIAGNOSTICS = "/diagnostics"
ORDER = "cmd_vel"
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
FRAME_DONE = "terrain/classes published"
"""The count of `terrain` that rises once all that there is of a frame is sent."""
REFUSED: dict[str, tuple[str, str]] = {
    GOAL: (PLANNER.name, f"{GOAL} refused"),
    **{topic: (DRIVER.name, f"{topic} refused") for topic in POSES},
}
"""Who answers an input, and its count of those that it does not take."""
UNHEARD = "has never been received"
"""How a node says that a topic which it needs does not reach it."""
ENOUGH = 3
"""Diagnostics after the first answer to a frame in which `map` would have heard of it."""


Counts: TypeAlias = "Mapping[str, Counter[str]]"
"""Whole numbers in the diagnostics, by node."""


@dataclass
class Told:
    """What a node said last."""

    line: str = ""
    values: dict[str, str] = field(default_factory=dict)
    times: int = 0
    """How often it has said something."""

    def counts(self) -> Counter[str]:
        """The whole numbers among the values."""
        numbers = {key: value for key, value in self.values.items() if value.isdecimal()}
        return Counter({key: int(value) for key, value in numbers.items()})


class Answers:
    """Hears what the recorder hears."""

    def __init__(self, recorder: Recorder) -> None:
        self.given: dict[int, set[str]] = defaultdict(set)
        """Output topics by the stamp that they answered."""
        self._begun: dict[int, int] = {}
        """How often `map` had told of itself when the first answer to a stamp came."""
        self.heard: Counter[str] = Counter()
        """Outputs and poses since the beginning, by topic."""
        self.nodes: dict[str, Told] = {spec.name: Told() for spec in GRAPH}
        for topic in ANSWERS:
            recorder.tell(topic, self._taker(topic))
        for topic in (ORDER, *POSES):
            recorder.tell(topic, self._counter(topic))
        recorder.tell(DIAGNOSTICS, self._take_diagnostics)

    def clear(self) -> None:
        """Before stamps come a second time."""
        self.given.clear()
        self._begun.clear()

    def forget(self, stamp: int) -> None:
        """Before a frame goes in: what bears its stamp already was no answer to it, as the empty
        plan that a goal was answered with before there was a map."""
        self.given.pop(stamp, None)
        self._begun.pop(stamp, None)

    def counts(self) -> Counts:
        """What the nodes have counted, as they told last."""
        return {name: told.counts() for name, told in self.nodes.items()}

    def all_sent(self) -> bool:
        """Whether what we have heard has gone out to everybody else, too: a node that sends the
        same to several can be held up between them."""
        return all(
            sum(self.nodes[name].counts()[count] for count in counts) >= self.heard[topic]
            for name, (topic, counts) in TOLD_OF.items()
        )

    def is_refused(self, topic: str, before: Counts) -> bool:
        """Whether an input that is answered was not taken, since `counts()` were `before`."""
        name, count = REFUSED[topic]
        return self.nodes[name].counts()[count] > before[name][count]

    def why_dropped(self, before: Counts) -> str:
        """What became of a frame since `counts()` were `before`; empty if nothing is known."""
        for name, fates in FATES.items():
            now = self.nodes[name].counts()
            for fate in fates:
                if now[fate] > before[name][fate]:
                    return f"{name}: {self.nodes[name].line if fate == 'withheld' else fate}"
        return ""

    def why_incomplete(self, stamp: int, wanted: frozenset[str], before: Counts) -> str:
        """Why `terrain`, which has done with a frame, has sent but a part of it; or that `map` has
        not heard it."""
        missing = wanted - self.given[stamp]
        terrain, mapper = self.nodes[TERRAIN.name], self.nodes[MAP.name]
        done = terrain.counts()[FRAME_DONE] > before[TERRAIN.name][FRAME_DONE]
        if done and missing & set(TERRAIN.publishes):
            return f"{TERRAIN.name}: {terrain.line}"
        since = mapper.times - self._begun.get(stamp, mapper.times)
        if since >= ENOUGH and missing & set(MAP.publishes) and UNHEARD in mapper.line:
            return f"{MAP.name}: {mapper.line}"
        return ""

    def _taker(self, topic: str) -> Callable[[bytes], None]:
        # a MarkerArray is a sequence, whose first marker bears the stamp
        after = 4 if topic == MARKERS else 0

        def take(raw: bytes) -> None:
            stamp = stamp_of(raw, after)
            self.heard[topic] += 1
            self.given[stamp].add(topic)
            self._begun.setdefault(stamp, self.nodes[MAP.name].times)

        return take

    def _counter(self, topic: str) -> Callable[[bytes], None]:
        def count(_raw: bytes) -> None:
            self.heard[topic] += 1

        return count

    def _take_diagnostics(self, raw: bytes) -> None:
        for status in deserialize_message(raw, DiagnosticArray).status:
            told = self.nodes.setdefault(status.name.strip("/"), Told())
            told.line = status.message
            told.values = {value.key: value.value for value in status.values}
            told.times += 1
