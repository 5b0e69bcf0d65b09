"""launch/nav2.launch.py starts our two nodes and Nav2's servers, by the same table and files."""

import dataclasses
from pathlib import Path

import yaml

from ai4mars_nav.ros import graph

CONFIG = Path(__file__).parents[2] / "config" / "nav2" / "test_rover.yaml"


def words(module, **chosen):
    """What `ros2 launch` hands over: every argument as a text."""
    told = {field.name: graph.word(field.default) for field in dataclasses.fields(graph.Arguments)}
    told = {name: told[name] for name in [*module.ARGUMENTS, "rover"]}
    return told | {"rover": "test_rover", "nav2": str(CONFIG)} | chosen


def started(module, **chosen):
    actions = module.start(words(module, **chosen))
    nodes = [each for each in actions if type(each).__name__ in ("LifecycleNode", "Node")]
    return {node.told["name"]: node for node in nodes}, actions


def test_nav2_stands_in_place_of_planner_and_driver(launch_file) -> None:
    nodes, _ = started(launch_file("nav2"))
    assert set(nodes) & {spec.name for spec in graph.NODES} == {"terrain", "map"}
    told = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    managed = told["lifecycle_manager"]["ros__parameters"]["node_names"]
    assert set(nodes) == {"terrain", "map", "lifecycle_manager", *managed}
    for name in [*managed, "lifecycle_manager"]:
        assert nodes[name].told["parameters"] == [str(CONFIG), {"use_sim_time": False}]


def test_all_keep_the_same_time(launch_file) -> None:
    nodes, _ = started(launch_file("nav2"), use_sim_time="true")
    assert {node.told["parameters"][1]["use_sim_time"] for node in nodes.values()} == {True}


def test_a_terrain_that_ends_takes_nav2_down(launch_file) -> None:
    _, actions = started(launch_file("nav2"))
    handlers = [each.args[0] for each in actions if type(each).__name__ == "RegisterEventHandler"]
    watched = [handler.told["target_action"].told["name"] for handler in handlers]
    assert watched == ["terrain", "map"]


def test_its_arguments_have_texts_as_defaults(launch_file) -> None:
    (entities,) = launch_file("nav2").generate_launch_description().args
    declared = {
        each.args[0]: each.told["default_value"]
        for each in entities
        if type(each).__name__ == "DeclareLaunchArgument"
    }
    assert Path(declared["nav2"]).name == "test_rover.yaml" and declared["rover"] == "test_rover"
    assert all(isinstance(value, str) for value in declared.values())
