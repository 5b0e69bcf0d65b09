"""TF as it is heard over DDS: what is wrong in a message costs only itself."""

from typing import Any

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.pose import StampedPose, to_transform
from ai4mars_nav.ros.map_node import MapNode


def test_a_bad_transform_does_not_cost_the_others_of_its_message(world: Any, rover: str) -> None:
    tf2_msgs = pytest.importorskip("tf2_msgs.msg")
    node = world.start(MapNode, rover=rover)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    stamp = world.now()
    arm = to_transform(StampedPose(stamp, "base_link", "arm", Pose.identity()))
    arm.transform.translation.x = np.nan
    base = to_transform(StampedPose(stamp, "odom", "base_link", Pose.identity()))
    world.send("/tf", tf2_msgs.TFMessage(transforms=[arm, base]))
    world.until(lambda: node.health.counts().get("/tf refused"), "not refused")
    assert node._poses.newest()[0] == stamp
