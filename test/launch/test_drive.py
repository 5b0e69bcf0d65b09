"""The graph under the launch stack itself, from the installed package: runs where both are."""

import contextlib
import os
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
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from nav_msgs.msg import OccupancyGrid
from rclpy.qos import DurabilityPolicy, QoSProfile

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.watch import Watch

NAMESPACE = "mars"
PATIENCE = 240.0
"""Seconds; the first start of an installed package compiles its kernels in every node."""
HELD = contextlib.ExitStack()
"""Keeps the domain ours until the process of these tests ends."""


@pytest.mark.launch_test
def generate_test_description():
    """The launch file with a scene, in a domain of its own."""
    os.environ.update(node_environment(HELD.enter_context(private_domain())))
    source = PythonLaunchDescriptionSource(str(SHARE / "launch" / "drive.launch.py"))
    arguments = {"scene": "acceptance", "namespace": NAMESPACE, "rover": "test_rover"}
    return LaunchDescription(
        [
            IncludeLaunchDescription(source, launch_arguments=arguments.items()),
            launch_testing.actions.ReadyToTest(),
        ]
    )


class TestGraph(unittest.TestCase):
    """While it runs."""

    def test_all_nodes_become_active(self):
        names = [f"/{NAMESPACE}/{spec.name}" for spec in graph.GRAPH]
        until = time.monotonic() + PATIENCE
        with Watch(names) as watch:
            while watch.inactive() and time.monotonic() < until:
                watch.hear(0.2)
            self.assertEqual(watch.inactive(), [], watch.told)

    def test_a_cost_map_comes_out(self):
        context = rclpy.Context()
        rclpy.init(context=context)
        node = rclpy.create_node("launch_test", context=context)
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        maps = []
        qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        node.create_subscription(OccupancyGrid, f"/{NAMESPACE}/terrain/cost", maps.append, qos)
        until = time.monotonic() + PATIENCE
        while not maps and time.monotonic() < until:
            executor.spin_once(timeout_sec=0.2)
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)
        self.assertTrue(maps)
        values = set(maps[-1].data)
        self.assertIn(100, values, "nothing is lethal")
        self.assertIn(-1, values, "nothing is unknown")
        self.assertTrue(values & set(range(100)), "nothing can be driven on")


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    """After Ctrl-C."""

    def test_all_nodes_end_well(self, proc_info):
        launch_testing.asserts.assertExitCodes(proc_info)
        self.assertEqual(len(proc_info.process_names()), len(graph.GRAPH) + 1)
