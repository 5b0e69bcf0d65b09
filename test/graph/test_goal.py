"""`ai4mars goal` against a real planner: the answer is to this goal, not to an earlier one."""

import math
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor

from ai4mars_nav.ros import graph, qos
from ai4mars_nav.ros.convert.grid import CostGrid, to_message
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.runner import Runner

ROOT = Path(__file__).parents[2]


LONE = "lone"
"""A namespace with no planner in it, only somebody who hears what is said there."""


@pytest.fixture(scope="module")
def heard():
    """The goals of the namespace LONE."""
    return []


@pytest.fixture(scope="module")
def domain(heard):
    """A planner with a level map of 20 m x 20 m round the rover, published again and again."""
    with private_domain() as number:
        planner = {"planner": graph.command(graph.PLANNER, graph.Arguments())}
        context = Context()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in node_environment(number).items():
                patch.setenv(name, value)
            rclpy.init(context=context, domain_id=number)
        node = rclpy.create_node("level_ground", context=context)
        costs = node.create_publisher(OccupancyGrid, "terrain/cost", qos.LATCHED)
        node.create_subscription(PoseStamped, f"{LONE}/goal_pose", heard.append, qos.STREAM)
        odometry = node.create_publisher(Odometry, "odom", qos.STREAM)

        def tell() -> None:
            now = node.get_clock().now()
            level = np.ones((200, 200), np.int8)
            grid = CostGrid(level, (-10.0, -10.0), 0.1, now.nanoseconds, "odom")
            costs.publish(to_message(grid))
            pose = Odometry()
            pose.header.stamp = now.to_msg()
            pose.header.frame_id, pose.child_frame_id = "odom", "base_link"
            pose.pose.pose.orientation.w = 1.0
            odometry.publish(pose)

        node.create_timer(0.1, tell)
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        with Runner(planner, node_environment(number), print):
            spinning = threading.Thread(target=executor.spin, daemon=True)
            spinning.start()
            yield number
            executor.shutdown()
            spinning.join(5.0)
        node.destroy_node()
        context.try_shutdown()


def goal(domain: int, *words: str) -> subprocess.CompletedProcess:
    code = "import sys; from ai4mars_nav.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, "goal", *words, "--domain", str(domain)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60.0,
        check=False,
    )


def test_each_goal_gets_its_own_answer(domain):
    for x, y in ((8, 0), (-3, 4)):
        answer = goal(domain, str(x), str(y), "--wait", "30")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert f"to ({x:.1f}, {y:.1f}) in odom" in answer.stdout
        length = float(answer.stdout.split(" m in ")[0])
        assert length == pytest.approx(math.hypot(x, y), rel=0.1)
    far = goal(domain, "100", "0", "--wait", "30")
    assert far.returncode == 0
    assert "the goal is off the map, 90." in far.stdout


def test_a_goal_is_said_until_it_is_answered(domain, heard):
    # one that comes before the first pose is refused, and the next one is not
    heard.clear()
    assert goal(domain, "3", "4", "--namespace", LONE, "--wait", "9").returncode == 1
    assert len(heard) > 1
    assert {(each.pose.position.x, each.pose.position.y) for each in heard} == {(3.0, 4.0)}


def test_what_cannot_be_reached_is_told(domain):
    begun = time.monotonic()
    lost = goal(domain, "3", "0", "--frame", "moon", "--wait", "3")
    assert lost.returncode == 1
    assert "no path to (3, 0) in moon within 3 s" in lost.stdout
    assert time.monotonic() - begun < 30.0
    assert goal(domain, "nan", "0").returncode == 2


def test_a_graph_that_is_not_there_is_told():
    with private_domain() as empty:
        alone = goal(empty, "3", "0", "--wait", "1")
    assert alone.returncode == 1
    assert "/planner is not heard: is the graph up?" in alone.stdout
