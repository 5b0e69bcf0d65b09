"""The simulator in step with the graph: time goes on once the graph has answered, and all have the
answers. What comes to nothing is counted and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Path
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from ai4mars_nav.ros import qos
from ai4mars_nav.ros.acquainted import TRANSFORMS
from ai4mars_nav.ros.answers import GOAL, ORDER, PLAN, Answers
from ai4mars_nav.ros.graph import GRAPH
from ai4mars_nav.ros.lockstep import Lockstep
from ai4mars_nav.ros.told import DIAGNOSTICS, Counts

MAPPED = ("terrain/cost", "terrain/elevation")
HEARD: Mapping[str, tuple[type, QoSProfile]] = {
    "terrain/cost": (OccupancyGrid, qos.LATCHED),
    "terrain/elevation": (Image, qos.STREAM),
    PLAN: (Path, qos.LATCHED),
    DIAGNOSTICS: (DiagnosticArray, QoSProfile(depth=100)),
}


class InStep:
    """Waits, `hear(seconds)` letting messages in, while `going()`."""

    def __init__(
        self,
        node: Node,
        patience: float,
        hear: Callable[[float], None],
        going: Callable[[], bool],
    ) -> None:
        self._node = node
        self._going = going
        self._lockstep = Lockstep(patience, hear)
        self._answers = Answers(self, (*MAPPED, PLAN), node.get_namespace())
        self._at_first = self._answers.counts()

    @property
    def counts(self) -> Counter[str]:
        """What was answered, and what was not."""
        return self._lockstep.counts

    def tell(self, topic: str, hear: Callable[[bytes], None]) -> None:
        """Hand over each message of a topic, serialised."""
        kind, quality = HEARD[topic]
        self._node.create_subscription(kind, topic, hear, quality, raw=True)

    def missing(self, topics: Iterable[str]) -> str:
        """Whose words do not come, who does not know the time, who does not hear one of our
        `topics`; empty once all have found each other."""
        words = [t for t in (*MAPPED, ORDER) if not self._node.count_publishers(t)]
        # on a simulated clock that a node has not heard it is 0
        timeless = [name for name, told in self._answers.nodes.items() if not told.stamp]
        deaf = [f"{name} on {topic}" for topic in topics for name in self._deaf(topic)]
        return ", ".join(words or timeless or deaf)

    def _deaf(self, topic: str) -> list[str]:
        """Nodes of the graph which should hear a topic, and are not known yet."""
        found = self._node.get_subscriptions_info_by_topic(topic)
        within = self._node.get_namespace()
        heard_by = {each.node_name for each in found if each.node_namespace == within}
        wanted = [spec.name for spec in GRAPH if topic in (*spec.subscribes, *TRANSFORMS)]
        return [name for name in wanted if name not in heard_by]

    def await_goal(self) -> None:
        """A first goal is answered before there is a map: by an empty plan, or a refusal."""
        if not self._node.count_publishers(PLAN):
            return

        def is_answered() -> bool:
            if self._answers.heard[PLAN]:
                return self._answers.all_sent()
            return self._answers.is_refused(GOAL, self._at_first)

        self._await("goal", is_answered, _never, 0.0)

    def before(self) -> Counts:
        """What is known before a frame goes out."""
        self._answers.clear()
        return self._answers.counts()

    def await_frame(self, stamp: int, before: Counts, planned: bool, at: float) -> None:
        """Cost and elevation of a frame, and the plan once there is a goal to plan to."""
        topics = (*MAPPED, *[PLAN] * planned)
        wanted = frozenset(t for t in topics if self._node.count_publishers(t))
        if not wanted:
            return

        def is_complete() -> bool:
            return self._answers.is_complete(stamp, wanted)

        def is_in_vain() -> bool:
            return bool(self._answers.why_not(stamp, wanted, before))

        self._await("frame", is_complete, is_in_vain, at)

    def await_order(self, done: Callable[[], bool], at: float) -> None:
        """The driver's answer to a pose; only we and whoever records hear it."""
        self._await(ORDER, done, _never, at)

    def _await(
        self, what: str, done: Callable[[], bool], in_vain: Callable[[], bool], at: float
    ) -> None:
        if not self._lockstep.wait(what, done, self._going, in_vain) and self._going():
            self._node.get_logger().warning(
                f"{what} of {at:.2f} s was not answered", throttle_duration_sec=5.0
            )


def _never() -> bool:
    return False
