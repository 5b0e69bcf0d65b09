"""Gazebo's bridge and the rover's SDF name the same things as the graph."""

from __future__ import annotations

import math
import xml.etree.ElementTree as xml

import numpy as np
import pytest
import yaml

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import graph
from ai4mars_nav.share import share
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.vehicle import gazebo
from ai4mars_nav.sim.world.folder import write_world
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.terrain import Terrain

BESIDES = {
    "/clock": "rosgraph_msgs/msg/Clock",
    "/tf": "tf2_msgs/msg/TFMessage",
    "/joint_states": "sensor_msgs/msg/JointState",
    "/imu": "sensor_msgs/msg/Imu",
    "/mast_pan": "std_msgs/msg/Float64",
}
"""Bridged topics that are not of the graph's table."""


def bridged() -> dict[str, dict[str, str]]:
    rows = yaml.safe_load((share() / "config" / "gazebo" / "bridge.yaml").read_text())
    return {row["ros_topic_name"]: row for row in rows}


def test_the_bridge_carries_what_the_graph_hears_and_says():
    rows = bridged()
    types = {**{f"/{topic}": kind for topic, kind in graph.TOPICS.items()}, **BESIDES}
    assert {topic: row["ros_type_name"] for topic, row in rows.items()} == {
        topic: types[topic] for topic in rows
    }
    from_world = {f"/{topic}" for topic in (*graph.IMAGES, *graph.CAMERAS, "odom")}
    for topic in from_world | {"/clock", "/tf"}:
        assert rows[topic]["direction"] == "GZ_TO_ROS"
    assert rows["/cmd_vel"]["direction"] == "ROS_TO_GZ"


@pytest.mark.parametrize("name", ["curiosity", "test_rover"])
def test_the_rover_in_gazebo_has_the_topics_of_the_bridge(name):
    model = xml.parse(share() / "sim" / "rovers" / name / "model.sdf").getroot()
    told = {"clock"}
    for element in model.iter():
        if element.tag in ("topic", "odom_topic", "tf_topic"):
            told.add(element.text)
            if element.text.endswith("/image_rect"):
                told.add(element.text.replace("image_rect", "camera_info"))
    wanted = {row["gz_topic_name"].removeprefix("/") for row in bridged().values()}
    assert wanted <= told


def test_the_rover_is_set_down_where_it_stands(make_world, tmp_path):
    world = make_world(lambda x, _y: 0.2 * x, Terrain.BEDROCK)
    mission = Mission((1.0, 0.5, 0.3), (4.0, 0.0), 0.0, 0.5)
    write_world(tmp_path, world, mission)
    stage = gazebo.set_stage(tmp_path, "test_rover")
    x, y, z, roll, pitch, yaw = stage.start
    assert (x, y) == pytest.approx((1.0, 0.5)) and yaw == pytest.approx(0.3)
    assert z == pytest.approx(0.2 + gazebo.DROP, abs=1e-3)
    up = Pose.from_rpy((0, 0, 0), (roll, pitch, yaw)).rotation[:, 2]
    np.testing.assert_allclose(up, np.array([-0.2, 0.0, 1.0]) / math.hypot(0.2, 1.0), atol=1e-4)
    assert stage.model.read_text().count("<model ") == 1 and stage.urdf.is_file()
    assert (stage.world.name, stage.goal) == ("world.sdf", (4.0, 0.0))


def test_a_folder_without_a_world_says_how_to_make_one(tmp_path):
    with pytest.raises(SimError, match="make it with `ai4mars sim world --world crossing --out"):
        gazebo.set_stage(tmp_path, "curiosity")
