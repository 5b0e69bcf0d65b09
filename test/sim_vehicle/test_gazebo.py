"""The Gazebo launch file, its bridge and the rover's SDF name the same things as the graph."""

from __future__ import annotations

import importlib.util
import math
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from types import ModuleType, SimpleNamespace

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

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "gazebo_drive.launch.py"
HAS_LAUNCH = importlib.util.find_spec("launch_ros") is not None
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


class Recorded(SimpleNamespace):
    """What any action of the launch stack was made with."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(args=args, told=kwargs)


RECORDED = {
    "launch": ["LaunchContext", "LaunchDescription"],
    "launch.actions": [
        "DeclareLaunchArgument", "IncludeLaunchDescription", "LogInfo", "OpaqueFunction",
        "RegisterEventHandler", "SetEnvironmentVariable", "Shutdown",
    ],
    "launch.event_handlers": ["OnProcessExit"],
    "launch.launch_description_sources": ["PythonLaunchDescriptionSource"],
    "launch.substitutions": ["LaunchConfiguration", "PathJoinSubstitution"],
    "launch_ros": [],
    "launch_ros.actions": ["LifecycleNode", "Node"],
    "launch_ros.substitutions": ["FindPackageShare"],
}  # fmt: skip


@pytest.fixture
def launch_file(monkeypatch) -> ModuleType:
    """The launch file as a module, under a recorder of the launch stack."""
    for name, classes in RECORDED.items():
        module = ModuleType(name)
        for each in classes:
            setattr(module, each, type(each, (Recorded,), {}))
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("gazebo_launch", LAUNCH_FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_launch_file_starts_gazebo_and_the_nodes_of_the_table(
    launch_file, monkeypatch, tmp_path
):
    urdf = tmp_path / "r.urdf"
    urdf.write_text("<robot/>")
    stage = gazebo.Stage(
        Path("w.sdf"), Path("m.sdf"), urdf, (1.0, 2.0, 3.0, 0.1, 0.2, 0.3), (5.0, 6.0)
    )
    monkeypatch.setattr(launch_file, "set_stage", lambda *_: stage)
    given = {name: default for name, (default, _) in launch_file.ARGUMENTS.items()}
    monkeypatch.setattr(
        launch_file,
        "LaunchConfiguration",
        lambda name: SimpleNamespace(perform=lambda _: given[name]),
    )
    actions = launch_file.start(SimpleNamespace())
    nodes = [a.told for a in actions if type(a).__name__ in ("Node", "LifecycleNode")]
    ours = [told for told in nodes if told["package"] == "ai4mars_nav"]
    assert [told["executable"] for told in ours] == [spec.name for spec in graph.GRAPH]
    assert all(told["parameters"][1]["use_sim_time"] is True for told in ours)
    theirs = {told["executable"]: told["parameters"][0] for told in nodes if told not in ours}
    assert set(theirs) == {"create", "parameter_bridge", "robot_state_publisher"}
    assert theirs["create"]["file"] == "m.sdf" and theirs["create"]["Y"] == 0.3
    assert Path(theirs["parameter_bridge"]["config_file"]).is_file()
    (simulator,) = [a for a in actions if type(a).__name__ == "IncludeLaunchDescription"]
    assert "w.sdf" in dict(simulator.told["launch_arguments"])["gz_args"]


def test_every_argument_is_declared(launch_file):
    entities = launch_file.generate_launch_description().args[0]
    declared = {e.args[0] for e in entities if type(e).__name__ == "DeclareLaunchArgument"}
    assert declared == set(launch_file.ARGUMENTS)


@pytest.mark.skipif(not HAS_LAUNCH, reason="the launch stack is not installed")
def test_the_launch_stack_itself_takes_the_file():
    from launch import LaunchContext, LaunchService
    from launch.launch_description_sources import PythonLaunchDescriptionSource

    description = PythonLaunchDescriptionSource(str(LAUNCH_FILE)).get_launch_description(
        LaunchContext()
    )
    assert {arg.name for arg in description.get_launch_arguments()} >= {"folder", "rover"}
    service = LaunchService(argv=["folder:=/nowhere"])
    service.include_launch_description(description)
    assert service.run() != 0
