"""The whole graph as processes over DDS, on the acceptance scene, judged cell by cell.

A rover stands in the scene; the real nodes see, map, plan and drive. Then the camera falls silent.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from geometry_msgs.msg import PoseStamped, Twist  # noqa: E402
from nav_msgs.msg import OccupancyGrid, Odometry  # noqa: E402
from nav_msgs.msg import Path as PathMessage  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.qos import QoSProfile  # noqa: E402

from ai4mars_nav.ros import graph  # noqa: E402
from ai4mars_nav.ros.convert.grid import to_grid  # noqa: E402
from ai4mars_nav.ros.convert.header import nanoseconds  # noqa: E402
from ai4mars_nav.ros.convert.pose import from_path  # noqa: E402
from ai4mars_nav.ros.environment import node_environment, private_domain  # noqa: E402
from ai4mars_nav.ros.qos import LATCHED, STREAM  # noqa: E402
from ai4mars_nav.ros.runner import Runner  # noqa: E402
from ai4mars_nav.ros.shared_memory import FOLDER  # noqa: E402
from ai4mars_nav.rover import Rover  # noqa: E402
from ai4mars_nav.sim import scenes  # noqa: E402
from ai4mars_nav.sim.rig import navcam_rig, standing  # noqa: E402
from ai4mars_nav.sim.truth import CellTruth, cell_truth  # noqa: E402

PLACES = ((0.0, 6.5, -np.pi / 2), (0.0, 0.0, 0.0))
"""x, y, yaw: from the side the rover sees the ground that it is going to start from, which its
camera cannot see once it stands there; then it looks along x, at the scene."""
DWELL = 6
"""Frames at the first place."""
GOAL = (12.0, -2.4)
"""Beyond the big rock, on the line through it."""
START_UP = 90.0
"""Seconds in which, on a busy machine, nodes must have started and scenes be rendered."""


@dataclass
class Ear:
    """What has been heard of the graph: the newest message and the number of each topic, where
    the rover stood at each stamp, what the driver and the others say of themselves."""

    node: Any
    newest: dict[str, Any] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def listen(self, kind: type, topic: str, qos: Any, also: Callable[[Any], None]) -> None:
        self.count[topic] = 0

        def hear(message: Any) -> None:
            also(message)
            self.newest[topic] = message
            self.count[topic] += 1

        self.node.create_subscription(kind, topic, hear, qos)

    def take_odometry(self, message: Odometry) -> None:
        place = message.pose.pose.position
        self.places[nanoseconds(message.header.stamp)] = (place.x, place.y)

    def take_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            told = {value.key: value.value for value in status.values}
            self.reasons[status.name.strip("/")] = f"{status.message}; {told.get('command', '')}"

    def waiting(self) -> set[str]:
        """The nodes that are active and have nothing to work on yet."""
        return {name for name, line in self.reasons.items() if "not active" not in line}

    def mapped_from_last_place(self) -> bool:
        """Whether the newest map is of a frame taken where the rover stands last."""
        if "terrain/cost" not in self.newest:
            return False
        stamp = nanoseconds(self.newest["terrain/cost"].header.stamp)
        return self.places.get(stamp) == PLACES[-1][:2]


@dataclass(frozen=True)
class Running:
    """The graph at work, and the test's ear and mouth in it."""

    nodes: Runner
    camera: Runner
    ear: Ear
    goal: Any

    def wait(self, what: str, done: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not done():
            self.nodes.check()
            self.camera.check()
            assert time.monotonic() < until, f"{what}: not within {seconds} s; {self.ear.reasons}"
            time.sleep(0.02)

    def send_goal(self, x: float, y: float) -> None:
        message = PoseStamped()
        message.header.frame_id = "odom"
        message.pose.position.x, message.pose.position.y = x, y
        message.pose.orientation.w = 1.0
        self.goal.publish(message)


@pytest.fixture(scope="module")
def domain() -> Iterator[int]:
    with private_domain() as number, pytest.MonkeyPatch.context() as patch:
        for name, value in node_environment(number).items():
            patch.setenv(name, value)
        yield number


@pytest.fixture(scope="module", params=["depth", "stereo"])
def running(request: pytest.FixtureRequest, domain: int, probe_model: Path) -> Iterator[Running]:
    arguments = graph.Arguments(model=str(probe_model), scene="acceptance")
    commands = {node.name: graph.command(node, arguments) for node in graph.GRAPH}
    depth = "true" if request.param == "depth" else "false"
    places = [number for place in PLACES for number in place]
    still = graph.command(graph.STILL, arguments)
    for setting in (
        "look:=coded",
        "rate:=2.0",
        f"depth:={depth}",
        f"places:={places}",
        f"dwell:={DWELL}",
    ):
        still += ["-p", setting]
    used: set[Path] = set()
    before = set(FOLDER.glob("fastrtps_port*"))
    environment = node_environment(domain)
    with Runner(commands, environment, _tell) as nodes:
        camera = Runner({"still": still}, environment, _tell, may_end=frozenset({"still"}))
        yield from _listening(nodes, camera, used)
    assert all(process.gone() for process in nodes.processes + camera.processes)
    assert used, "the nodes share no memory: is the DDS profile used?"
    # ports are the machine's: one that was there before is not ours to remove, and another graph
    # may have taken one of ours over and hold it still
    left = {segment for segment in used - before if segment.exists()}
    assert not left - _mapped_by(_others())


def _tell(name: str, line: str) -> None:
    """For pytest to show when a test fails."""
    print(f"{name}: {line}")


def _mapped_by(pids: Iterable[int]) -> set[Path]:
    """The DDS segments and ports in /dev/shm that these processes have mapped."""
    found: set[Path] = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            maps = Path(f"/proc/{pid}/maps").read_text()
            found |= {Path(name) for name in re.findall(r"/dev/shm/fastrtps\S+", maps)}
    return found


def _others() -> set[int]:
    """All processes but this one."""
    return {int(entry.name) for entry in Path("/proc").glob("[0-9]*")} - {os.getpid()}


def _listening(nodes: Runner, camera: Runner, used: set[Path]) -> Iterator[Running]:
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node("test_ear", context=context)
    ear = Ear(node)
    ear.listen(OccupancyGrid, "terrain/cost", LATCHED, _ignore)
    ear.listen(PathMessage, "plan", LATCHED, _ignore)
    ear.listen(Twist, "cmd_vel", STREAM, _ignore)
    ear.listen(DiagnosticArray, "/diagnostics", STREAM, ear.take_diagnostics)
    ear.listen(Odometry, "odom", QoSProfile(depth=100), ear.take_odometry)
    goal = node.create_publisher(PoseStamped, "goal_pose", STREAM)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    running = Running(nodes, camera, ear, goal)
    running.wait("four nodes waiting", lambda: len(ear.waiting()) == len(graph.GRAPH), START_UP)
    with camera:
        yield running
        used |= _mapped_by(process.pid for process in nodes.processes)
    executor.shutdown()
    thread.join(5.0)
    node.destroy_node()
    rclpy.shutdown(context=context)


def _ignore(message: Any) -> None:
    """What is heard is only kept."""


@pytest.fixture(scope="module")
def views() -> list[CellTruth]:
    """The truth as seen from each place."""
    scene, rig = scenes.acceptance_scene(), navcam_rig(Rover())
    poses = [standing(scene, *place) @ rig.base_from_camera for place in PLACES]
    grid = ((-20.0, -20.0), 0.1, (400, 400))
    return [cell_truth(scene, *grid, rig.left, pose) for pose in poses]


def test_the_graph_from_the_image_to_the_wheels_and_to_a_stop(
    running: Running, views: list[CellTruth], judge: ModuleType, request: pytest.FixtureRequest
) -> None:
    ear = running.ear
    running.wait("a map from the last place", ear.mapped_from_last_place, START_UP)
    maps = ear.count["terrain/cost"]
    running.wait("more of it", lambda: ear.count["terrain/cost"] >= maps + 2, 30.0)
    grid = to_grid(ear.newest["terrain/cost"], "terrain/cost")
    assert (grid.frame, grid.resolution) == ("odom", 0.1)
    assert grid.origin == pytest.approx((-20.0, -20.0)) and grid.cost.shape == (400, 400)
    assert grid.stamp in ear.places, "the map has the stamp of its image"
    share = 0.85 if "stereo" in request.node.callspec.id else 1.0
    assert judge.faults(grid.cost, views, share) == []

    assert ear.newest["cmd_vel"] == Twist(), "nobody has given a goal"
    running.wait("ears for the goal", lambda: running.goal.get_subscription_count() > 0, 10.0)
    running.send_goal(*GOAL)
    running.wait("a plan", lambda: "plan" in ear.newest and bool(ear.newest["plan"].poses), 30.0)
    points = from_path(ear.newest["plan"], "plan")
    np.testing.assert_allclose(points[[0, -1]], [(0.0, 0.0), GOAL], atol=0.05)
    assert clearance(points) > Rover().width / 2.0
    running.wait("motion", lambda: ear.newest["cmd_vel"].linear.x != 0.0, 30.0)
    assert 0.0 < abs(ear.newest["cmd_vel"].linear.x) <= Rover().max_speed

    running.camera.processes[0].send(signal.SIGINT)
    running.wait("a stop", lambda: ear.newest["cmd_vel"] == Twist(), 10.0)
    running.wait("why", lambda: " s old, more than " in ear.reasons.get("driver", ""), 5.0)


def clearance(points: np.ndarray) -> float:
    """Metres from the middle of the big rock to the nearest place on a path (n, 2)."""
    share = np.linspace(0.0, 1.0, 200)[:, None, None]
    dense = points[:-1] + share * (points[1:] - points[:-1])
    return float(np.hypot(dense[..., 0] - scenes.BIG.x, dense[..., 1] - scenes.BIG.y).min())
