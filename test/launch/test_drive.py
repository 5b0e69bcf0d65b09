"""The graph under the launch stack itself, from the installed package: runs where both are."""

import time
import unittest

import pytest

pytest.importorskip("launch_testing", reason="the launch stack is not installed")
pytest.importorskip("launch_ros", reason="the launch stack is not installed")

import launch_testing
from nav_msgs.msg import OccupancyGrid

from ai4mars_nav.ros import graph, qos
from ai4mars_nav.ros.watch import Watch
from installed import assert_all_ended_well, launched, listening

NAMESPACE = "mars"
PATIENCE = 240.0
"""Seconds; the first start of an installed package compiles its kernels in every node."""


@pytest.mark.launch_test
def generate_test_description():
    """The launch file with a scene."""
    return launched(scene="acceptance", namespace=NAMESPACE, rover="test_rover")


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
        maps = []
        until = time.monotonic() + PATIENCE
        with listening() as (node, spin):
            topic = f"/{NAMESPACE}/terrain/cost"
            node.create_subscription(OccupancyGrid, topic, maps.append, qos.LATCHED)
            while not maps and time.monotonic() < until:
                spin()
        self.assertTrue(maps)
        values = set(maps[-1].data)
        self.assertIn(100, values, "nothing is lethal")
        self.assertIn(-1, values, "nothing is unknown")
        self.assertTrue(values & set(range(100)), "nothing can be driven on")


@launch_testing.post_shutdown_test()
class TestEnd(unittest.TestCase):
    """After Ctrl-C."""

    def test_all_nodes_end_well(self, proc_info):
        assert_all_ended_well(self, proc_info)
