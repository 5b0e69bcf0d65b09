"""A drive under the launch stack, from the installed package: runs where both are."""

import json
import math
import tempfile
import time
import unittest
from pathlib import Path

import pytest

pytest.importorskip("launch_testing", reason="the launch stack is not installed")
pytest.importorskip("launch_ros", reason="the launch stack is not installed")

import launch_testing
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import String

from installed import HELD, SHARE, assert_all_ended_well, launched, listening

PATIENCE = 400.0
"""Seconds; the first start of an installed package compiles its kernels in every node."""
AHEAD = 2.0
"""Metres that the rover is sent."""
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
    """The launch file with a world."""
    world = Path(HELD.enter_context(tempfile.TemporaryDirectory())) / "tiny.yaml"
    world.write_text(TINY, encoding="utf-8")
    params = str(SHARE / "config" / "drive_test_rover.yaml")
    return launched(world=str(world), seed="1", rover="test_rover", params=params)


def goal_from(truth):
    """AHEAD metres toward the middle of the map, which the start looks at."""
    x, y, _ = truth["place"]
    left = 1.0 - AHEAD / math.hypot(x, y)
    goal = PoseStamped()
    goal.header.frame_id = "odom"
    goal.pose.position.x, goal.pose.position.y = left * x, left * y
    goal.pose.orientation.w = 1.0
    return goal


def moved(truths):
    return bool(truths) and truths[-1]["distance_m"] > 0.5 * AHEAD


class TestDrive(unittest.TestCase):
    """While it runs."""

    def test_the_rover_drives_where_it_is_sent(self):
        truths = []
        until = time.monotonic() + PATIENCE
        with listening() as (node, spin):
            node.create_subscription(
                String, "truth/state", lambda message: truths.append(json.loads(message.data)), 100
            )
            sender = node.create_publisher(PoseStamped, "goal_pose", 1)
            while not moved(truths) and time.monotonic() < until:
                spin()
                if truths and sender.get_subscription_count():
                    sender.publish(goal_from(truths[0]))
        self.assertTrue(moved(truths), truths[-1] if truths else "the simulator is silent")
        self.assertEqual(truths[-1]["strikes"], [])


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    """After Ctrl-C."""

    def test_all_nodes_end_well(self, proc_info):
        assert_all_ended_well(self, proc_info)
