"""A drive under the launch stack, from the installed package: runs where both are."""

import contextlib
import json
import os
import tempfile
import time
import unittest
from pathlib import Path

import pytest

pytest.importorskip("launch_testing", reason="the launch stack is not installed")
pytest.importorskip("launch_ros", reason="the launch stack is not installed")

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_share_directory,
)

try:
    SHARE = Path(get_package_share_directory("ai4mars_nav"))
except PackageNotFoundError:
    pytest.skip("ai4mars_nav is not installed: colcon build", allow_module_level=True)

import launch_testing
import launch_testing.actions
import launch_testing.asserts
import rclpy
from geometry_msgs.msg import PoseStamped
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from std_msgs.msg import String

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain

PATIENCE = 400.0
"""Seconds; the first start of an installed package compiles its kernels in every node."""
AHEAD = 2.0
"""Metres that the rover is sent."""
HELD = contextlib.ExitStack()
"""Keeps the domain ours until the process of these tests ends."""
TINY = """
world: {size: 16.0, resolution: 0.05, drive: 4.0}
relief: {rough: [0.002, 0.003], slope_deg: [0.0, 0.5]}
craters: {count: 0}
bedrock: {share: [0.0, 0.0]}
sand: {share: [0.0, 0.0]}
rocks: {k: [0.004, 0.005], largest: 0.3}
"""


@pytest.mark.launch_test
def generate_test_description():
    """The launch file with a world, in a domain of its own."""
    os.environ.update(node_environment(HELD.enter_context(private_domain())))
    world = Path(HELD.enter_context(tempfile.TemporaryDirectory())) / "tiny.yaml"
    world.write_text(TINY, encoding="utf-8")
    source = PythonLaunchDescriptionSource(str(SHARE / "launch" / "drive.launch.py"))
    arguments = {
        "world": str(world),
        "seed": "1",
        "rover": "test_rover",
        "params": str(SHARE / "config" / "drive_test_rover.yaml"),
    }
    return LaunchDescription(
        [
            IncludeLaunchDescription(source, launch_arguments=arguments.items()),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestDrive(unittest.TestCase):
    """While it runs."""

    def test_the_rover_drives_where_it_is_sent(self):
        context = rclpy.Context()
        rclpy.init(context=context)
        node = rclpy.create_node("launch_test", context=context)
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        truths = []
        node.create_subscription(
            String, "truth/state", lambda message: truths.append(json.loads(message.data)), 100
        )
        sender = node.create_publisher(PoseStamped, "goal_pose", 1)
        until = time.monotonic() + PATIENCE
        goal = None
        while not self.moved(truths) and time.monotonic() < until:
            executor.spin_once(timeout_sec=0.2)
            if truths and goal is None:
                x, y, _ = truths[0]["place"]
                goal = PoseStamped()
                goal.header.frame_id = "odom"
                # toward the middle of the map, which the start looks at
                far = (x**2 + y**2) ** 0.5
                goal.pose.position.x, goal.pose.position.y = (
                    x - AHEAD * x / far,
                    y - AHEAD * y / far,
                )
                goal.pose.orientation.w = 1.0
            if goal is not None and sender.get_subscription_count():
                sender.publish(goal)
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)
        self.assertTrue(self.moved(truths), truths[-1] if truths else "the simulator is silent")
        self.assertEqual(truths[-1]["strikes"], [])

    @staticmethod
    def moved(truths):
        return bool(truths) and truths[-1]["distance_m"] > 0.5 * AHEAD


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    """After Ctrl-C."""

    def test_all_nodes_end_well(self, proc_info):
        launch_testing.asserts.assertExitCodes(proc_info)
        self.assertEqual(len(proc_info.process_names()), len(graph.GRAPH) + 1)
