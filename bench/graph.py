"""The whole graph as separate processes on two cores: 1024² stereo and depth over DDS at 5 Hz.

Latency is from the stamp of the images, taken by the feeder before it publishes them, to the
arrival of the cost map in this process. The reference is the arrival of the left image itself.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.runner import Runner

RATE = 5.0
SIZE = 1024
CORES = 2
STAGES = {
    "/terrain": ("read", "segment", "points", "masks", "pose", "rocks", "publish", "frame"),
    "/map": ("read", "pose", "integrate", "update", "publish", "frame"),
    "/planner": ("plan",),
    "/driver": ("decide",),
}


@dataclass
class Heard:
    """Arrival less stamp, seconds, by stamp in nanoseconds; and the last diagnostics."""

    images: dict[int, float] = field(default_factory=dict)
    maps: dict[int, float] = field(default_factory=dict)
    diagnostics: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)


def run(seconds: float = 60.0) -> list[dict[str, Any]]:
    """Rows of the bench table: end to end first, then the stages of each node."""
    count = round(seconds * RATE)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(cores)[:CORES]))
    try:
        with private_domain() as domain:
            heard = _listen(count, node_environment(domain))
    finally:
        os.sched_setaffinity(0, cores)
    return [_end_to_end(heard, count), *_stages(heard)]


def _listen(count: int, environment: dict[str, str]) -> Heard:
    """Start the graph, feed it `count` frames and note what arrives when."""
    os.environ.update(
        {k: v for k, v in environment.items() if k.startswith(("ROS_", "FAST", "RMW"))}
    )
    import rclpy
    from rclpy.node import Node

    rclpy.init()
    node, heard = Node("bench"), Heard()
    _subscribe(node, heard)
    arguments = graph.Arguments()
    commands = {spec.name: graph.command(spec, arguments) for spec in graph.GRAPH}
    try:
        with Runner(commands, environment, _echo) as runner:
            _spin(node, runner, lambda: len(heard.lines) == len(graph.GRAPH), 120.0)
            _spin(node, runner, lambda: all(map(_waiting, heard.lines.values())), 120.0)
            with Runner({"still": _feeder(count)}, environment, _echo, frozenset({"still"})) as f:
                _send_goal(node)
                _spin(node, f, f.processes[0].ended, 120.0 + 2.0 * count / RATE)
            _spin(node, runner, lambda: False, 2.0)
    finally:
        node.destroy_node()
        rclpy.shutdown()
    return heard


def _subscribe(node: Any, heard: Heard) -> None:
    from diagnostic_msgs.msg import DiagnosticArray
    from nav_msgs.msg import OccupancyGrid
    from sensor_msgs.msg import Image

    from ai4mars_nav.ros import qos
    from ai4mars_nav.ros.convert.header import nanoseconds

    def noting(into: dict[int, float]) -> Any:
        def note(message: Any) -> None:
            stamp = nanoseconds(message.header.stamp)
            into[stamp] = (time.time_ns() - stamp) / 1e9

        return note

    def tell(message: DiagnosticArray) -> None:
        for status in message.status:
            heard.diagnostics[status.name] = {v.key: v.value for v in status.values}
            heard.lines[status.name] = status.message

    node.create_subscription(Image, "left/image_rect", noting(heard.images), qos.IMAGES)
    node.create_subscription(OccupancyGrid, "terrain/cost", noting(heard.maps), qos.LATCHED)
    node.create_subscription(DiagnosticArray, "/diagnostics", tell, 50)


def _waiting(line: str) -> bool:
    """Whether a node is up and only lacks input."""
    if "not configured" in line:
        raise RuntimeError(line)
    return "never been received" in line or "no pose" in line


def _feeder(count: int) -> list[str]:
    words = [sys.executable, "-m", graph.STILL.module, "--ros-args"]
    for key, value in (("count", count), ("rate", RATE), ("size", SIZE), ("scene", "acceptance")):
        words += ["-p", f"{key}:={value}"]
    return words


def _send_goal(node: Any) -> None:
    from geometry_msgs.msg import PoseStamped

    from ai4mars_nav.ros import qos

    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x = 12.0
    goal.pose.orientation.w = 1.0
    publisher = node.create_publisher(PoseStamped, "goal_pose", qos.STREAM)
    while publisher.get_subscription_count() == 0:
        time.sleep(0.01)
    publisher.publish(goal)


def _spin(node: Any, runner: Runner, done: Any, timeout: float) -> None:
    import rclpy

    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not done():
        rclpy.spin_once(node, timeout_sec=0.1)
        runner.check()


def _echo(name: str, line: str) -> None:
    print(f"  {name}: {line}", file=sys.stderr)


def _end_to_end(heard: Heard, count: int) -> dict[str, Any]:
    maps = np.array(list(heard.maps.values())) * 1e3
    images = np.array(list(heard.images.values())) * 1e3
    if maps.size == 0:
        raise RuntimeError(f"no cost map arrived: {heard.lines}")
    p50, p95, p99 = np.percentile(maps, (50, 95, 99))
    return {
        "name": "graph: image stamp to terrain/cost",
        "size": f"{SIZE}² stereo + depth, {RATE:g} Hz, {count} sent, {count - maps.size} lost",
        "median_ms": float(p50),
        "spread_ms": f"p95 {p95:.0f}, p99 {p99:.0f}, max {maps.max():.0f}",
        "reference": f"left image over DDS, {images.size} heard",
        "reference_ms": float(np.median(images)),
        "goal": "0 lost, p50 <= 120, p99 <= 250",
    }


def _stages(heard: Heard) -> list[dict[str, Any]]:
    return [
        {
            "name": f"graph: {name[1:]}: {stage}",
            "size": f"{SIZE}²",
            "median_ms": float(told[f"{stage} p50 [ms]"]),
            "spread_ms": f"p95 {told[f'{stage} p95 [ms]']}",
        }
        for name, stages in STAGES.items()
        for told in [heard.diagnostics.get(name, {})]
        for stage in stages
        if f"{stage} p50 [ms]" in told
    ]


if __name__ == "__main__":
    for row in run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0):
        print({key: value for key, value in row.items() if value})
