"""What the graph has answered to which frame, and what its nodes say when it does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.serialization import deserialize_message

from ai4mars_nav.bags.raw import stamp_of
from ai4mars_nav.bags.recorder import Recorder
from ai4mars_nav.replay.inputs import FRAME
from ai4mars_nav.ros.graph import GRAPH, MAP, PLANNER, TERRAIN

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
UNHEARD = "has never been received"
"""How a node says that a topic which it needs does not reach it."""
ENOUGH = 3
"""Diagnostics after its first answer in which a node would have told of the others."""


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
        """How often `terrain` had told of itself when the first answer to a stamp came."""
        self.orders = 0
        self.nodes: dict[str, Told] = {spec.name: Told() for spec in GRAPH}
        for topic in ANSWERS:
            recorder.tell(topic, self._taker(topic))
        recorder.tell(ORDER, self._take_order)
        recorder.tell(DIAGNOSTICS, self._take_diagnostics)

    def clear(self) -> None:
        """Before stamps come a second time."""
        self.given.clear()
        self._begun.clear()

    def fates(self) -> dict[str, Counter[str]]:
        """How many frames came to what, by node."""
        return {
            name: Counter({fate: self.nodes[name].counts()[fate] for fate in fates})
            for name, fates in FATES.items()
        }

    def why_dropped(self, before: dict[str, Counter[str]]) -> str:
        """What became of a frame since `fates()` were `before`; empty if nothing is known."""
        for name, now in self.fates().items():
            for fate, count in now.items():
                if count > before[name][fate]:
                    line = self.nodes[name].line
                    return f"{name}: {line if fate == 'withheld' else fate}"
        return ""

    def why_incomplete(self, stamp: int, wanted: frozenset[str]) -> str:
        """Why `terrain`, which sends all it has of a frame at once, has sent but a part of it; or
        that `map` has not heard it."""
        missing = wanted - self.given[stamp]
        terrain, mapper = self.nodes[TERRAIN.name], self.nodes[MAP.name]
        since = terrain.times - self._begun.get(stamp, terrain.times)
        if since < ENOUGH:
            return ""
        if missing & set(TERRAIN.publishes):
            return f"{TERRAIN.name}: {terrain.line}"
        if missing & set(MAP.publishes) and UNHEARD in mapper.line:
            return f"{MAP.name}: {mapper.line}"
        return ""

    def _taker(self, topic: str) -> Callable[[bytes], None]:
        # a MarkerArray is a sequence, whose first marker bears the stamp
        after = 4 if topic == MARKERS else 0

        def take(raw: bytes) -> None:
            stamp = stamp_of(raw, after)
            self.given[stamp].add(topic)
            self._begun.setdefault(stamp, self.nodes[TERRAIN.name].times)

        return take

    def _take_order(self, _raw: bytes) -> None:
        self.orders += 1

    def _take_diagnostics(self, raw: bytes) -> None:
        for status in deserialize_message(raw, DiagnosticArray).status:
            told = self.nodes.setdefault(status.name.strip("/"), Told())
            told.line = status.message
            told.values = {value.key: value.value for value in status.values}
            told.times += 1
