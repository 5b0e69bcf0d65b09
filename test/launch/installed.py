"""The installed launch file in a domain of its own: what the tests under the launch stack share.

`import_path` of launch_testing finds this beside the test that it loads.
"""

import contextlib
import os
from pathlib import Path

import launch_testing
import launch_testing.actions
import launch_testing.asserts
import pytest
import rclpy
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain

try:
    SHARE = Path(get_package_share_directory("ai4mars_nav"))
except PackageNotFoundError:
    pytest.skip("ai4mars_nav is not installed: colcon build", allow_module_level=True)

HELD = contextlib.ExitStack()
"""Keeps the domain, and what else is entered, until the process of these tests ends."""


def launched(**arguments):
    """The description of a graph that `launch/drive.launch.py` starts with these arguments."""
    os.environ.update(node_environment(HELD.enter_context(private_domain())))
    source = PythonLaunchDescriptionSource(str(SHARE / "launch" / "drive.launch.py"))
    return LaunchDescription(
        [
            IncludeLaunchDescription(source, launch_arguments=arguments.items()),
            launch_testing.actions.ReadyToTest(),
        ]
    )


@contextlib.contextmanager
def listening():
    """A node of a context of its own, and a function that spins it for 0.2 s."""
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("launch_test", context=context)
    executor = rclpy.executors.SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield node, lambda: executor.spin_once(timeout_sec=0.2)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)


def assert_all_ended_well(case, proc_info):
    """For a post-shutdown test: the graph and who feeds it were there, and ended on Ctrl-C."""
    launch_testing.asserts.assertExitCodes(proc_info)
    case.assertEqual(len(proc_info.process_names()), len(graph.GRAPH) + 1)
