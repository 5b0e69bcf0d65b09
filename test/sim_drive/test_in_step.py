"""The simulator waits for answers that all have, and not for those that will never come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import Twist
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.node import Node
from sensor_msgs.msg import Image

from ai4mars_nav.ros import graph, qos
from ai4mars_nav.ros.convert.header import header
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.told import DIAGNOSTICS
from ai4mars_nav.ros.watch import Watch
from ai4mars_nav.sim.drive.in_step import InStep

STAMP = 100 * 10**9
PATIENCE = 600.0


class Graph:
    """Says over DDS what the graph would, and what is next each time the simulator listens."""

    def __init__(self, watch: Watch) -> None:
        self.node: Node = watch.node
        self._watch = watch
        self._cost = self.node.create_publisher(OccupancyGrid, "terrain/cost", qos.LATCHED)
        self._elevation = self.node.create_publisher(Image, "terrain/elevation", qos.STREAM)
        self._diagnostics = self.node.create_publisher(DiagnosticArray, DIAGNOSTICS, 10)
        self.next: list[Callable[[], None]] = []
        self.step = InStep(self.node, PATIENCE, self.hear, lambda: True)

    def until_found(self) -> None:
        """Until what is said is heard."""
        said = (self._cost, self._elevation, self._diagnostics)
        while not all(publisher.get_subscription_count() for publisher in said):
            self._watch.hear(0.1)

    def diagnose(self, name: str, stamp: int = STAMP, **counts: int) -> None:
        values = [
            KeyValue(key=key.replace("__", "/").replace("_", " "), value=str(count))
            for key, count in counts.items()
        ]
        status = DiagnosticStatus(name=f"/{name}", values=values)
        self._diagnostics.publish(DiagnosticArray(header=header(stamp, ""), status=[status]))

    def map(self) -> None:
        self._cost.publish(OccupancyGrid(header=header(STAMP, "odom")))
        self._elevation.publish(Image(header=header(STAMP, "odom")))

    def hear(self, _seconds: float) -> None:
        self._watch.hear(0.2)
        if self.next:
            self.next.pop(0)()


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    with private_domain() as domain:
        for name, value in node_environment(domain).items():
            monkeypatch.setenv(name, value)
        with Watch([], domain) as watch:
            yield Graph(watch)


def test_a_frame_is_answered_once_all_have_the_answers(around: Graph) -> None:
    """The driver had a plan one pose later than in another drive, now and then."""
    around.until_found()
    told: list[str] = []
    before = around.step.before()
    around.next = [
        lambda: around.diagnose("map"),
        around.map,
        lambda: told.append("not all have it"),
        lambda: around.diagnose("map", terrain__cost_published=1),
    ]
    around.step.await_frame(STAMP, before, False, 0.0)
    assert told, "it did not wait for the map to tell"
    assert around.step.counts == {"frame answered": 1}


def test_a_frame_that_comes_to_nothing_is_gone_on_from(around: Graph) -> None:
    """Each frame with a wrong stamp was waited for as long as patience lasts."""
    around.until_found()
    before = around.step.before()
    around.next = [lambda: around.diagnose("terrain", withheld=1)]
    around.step.await_frame(STAMP, before, False, 0.0)
    assert around.step.counts == {"frame unanswered": 1}


def test_a_drive_begins_when_all_are_there_and_know_the_time(around: Graph) -> None:
    around.until_found()
    assert around.step.missing(["odom"]) == "cmd_vel"
    around.node.create_publisher(Twist, "cmd_vel", qos.STREAM)
    around.diagnose("map", stamp=0)
    while around.step.missing(["odom"]) != "terrain, map, planner, driver":
        around.hear(0.1)
    for spec in graph.GRAPH:
        around.diagnose(spec.name)
    while not around.step.missing(["odom"]).startswith("terrain on odom, map on odom"):
        around.hear(0.1)
    around.node.create_subscription(Odometry, "odom", lambda _: None, 10)
    assert "terrain on odom" in around.step.missing(["odom"]), "somebody else hears it"
    assert not around.step.missing([])
