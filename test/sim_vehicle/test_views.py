"""Every topic that the RViz configuration and the Foxglove layout show is one that there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ai4mars_nav.ros import graph
from ai4mars_nav.share import share

CONFIG = share() / "config"
SIM_ROOM = Path(graph.__file__).parents[1] / "sim" / "drive"
BESIDES = {
    "/truth/odom": "nav_msgs/msg/Odometry",
    "/truth/state": "std_msgs/msg/String",
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
    "/robot_description": "std_msgs/msg/String",
}
"""Shown topics that are not of the graph's table; what robot_state_publisher says among them."""
TYPES = {**{f"/{topic}": kind for topic, kind in graph.TOPICS.items()}, **BESIDES}
SHOWN_BY = {
    "Map": "nav_msgs/msg/OccupancyGrid",
    "PointCloud2": "sensor_msgs/msg/PointCloud2",
    "MarkerArray": "visualization_msgs/msg/MarkerArray",
    "Path": "nav_msgs/msg/Path",
    "Pose": "geometry_msgs/msg/PoseStamped",
    "SetGoal": "geometry_msgs/msg/PoseStamped",
    "Odometry": "nav_msgs/msg/Odometry",
    "Image": "sensor_msgs/msg/Image",
    "RobotModel": "std_msgs/msg/String",
}
SEEN = {
    "/left/image_rect", "/terrain/overlay", "/terrain/points", "/terrain/big_rocks",
    "/terrain/cost", "/plan", "/goal_pose", "/odom",
}  # fmt: skip
"""What both must show."""


def rviz_topics() -> list[tuple[str, str]]:
    """Class and topic of every display and tool that has one."""
    manager = yaml.safe_load((CONFIG / "drive.rviz").read_text())["Visualization Manager"]
    assert manager["Global Options"]["Fixed Frame"] == "odom"
    return [
        (each["Class"].split("/")[1], (each.get("Topic") or each["Description Topic"])["Value"])
        for each in (*manager["Displays"], *manager["Tools"])
        if "Topic" in each or "Description Topic" in each
    ]


def test_rviz_shows_topics_of_the_types_its_displays_take():
    shown = rviz_topics()
    assert {topic for _, topic in shown} >= SEEN
    for kind, topic in shown:
        assert TYPES[topic] == SHOWN_BY[kind], (kind, topic)


def foxglove_topics(value: Any, key: str = "") -> Iterator[str]:
    """Every topic in the layout: keys of `topics`, and texts that begin with a slash."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if key == "topics":
                yield name
            yield from foxglove_topics(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from foxglove_topics(inner, key)
    elif isinstance(value, str) and value.startswith("/"):
        yield re.split(r"[.\[]", value)[0]


def test_foxglove_shows_topics_that_there_are():
    layout = json.loads((CONFIG / "foxglove.json").read_text())
    shown = set(foxglove_topics(layout["configById"]))
    assert shown >= SEEN | {"/cmd_vel", "/diagnostics", "/truth/odom"}
    assert shown <= set(TYPES)


def test_foxglove_places_every_panel_once():
    layout = json.loads((CONFIG / "foxglove.json").read_text())

    def panels(tree: Any) -> list[str]:
        if isinstance(tree, str):
            return [tree]
        return panels(tree["first"]) + panels(tree["second"])

    assert sorted(panels(layout["layout"])) == sorted(layout["configById"])


@pytest.mark.parametrize("topic", ["truth/odom", "truth/state"])
def test_the_simulator_tells_the_truth_that_is_shown(topic):
    assert any(f'"{topic}"' in source.read_text() for source in SIM_ROOM.glob("*.py"))
