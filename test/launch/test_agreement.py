"""The launch file starts what the table of nodes says, with the arguments that it says."""

import ast
import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ai4mars_nav.ros import graph

LAUNCH = Path(__file__).parents[2] / "launch"


def given(**arguments):
    """What `ros2 launch` hands over: every argument as a string."""
    chosen = dataclasses.asdict(graph.Arguments(**arguments))
    strings = {name: str(value) for name, value in chosen.items()}
    strings["use_sim_time"] = str(chosen["use_sim_time"]).lower()
    return SimpleNamespace(launch_configurations=strings)


def started(launch_file, monkeypatch, **arguments):
    """What each node was started with, by its kind."""
    nodes = []
    for kind in ("LifecycleNode", "Node"):

        def record(kind=kind, **told):
            nodes.append((kind, told))
            return SimpleNamespace()

        monkeypatch.setattr(launch_file, kind, record)
    monkeypatch.setattr(launch_file, "OnProcessExit", lambda **told: told["target_action"])
    monkeypatch.setattr(launch_file, "RegisterEventHandler", lambda handler: handler)
    monkeypatch.setattr(
        launch_file, "LaunchConfiguration", lambda name: SimpleNamespace(perform=_performer(name))
    )
    launch_file.start(given(**arguments))
    return nodes


def _performer(name):
    return lambda context: context.launch_configurations[name]


@pytest.mark.parametrize("chosen", [{}, {"scene": "acceptance"}, {"world": "crossing", "seed": 7}])
def test_it_starts_the_nodes_of_the_table(launch_file, monkeypatch, chosen):
    nodes = started(launch_file, monkeypatch, **chosen)
    specs = graph.chosen(graph.Arguments(**chosen))
    assert [told["executable"] for _, told in nodes] == [spec.name for spec in specs]
    assert [told["name"] for _, told in nodes] == [spec.name for spec in specs]
    assert [kind == "LifecycleNode" for kind, _ in nodes] == [spec.lifecycle for spec in specs]
    assert {told["package"] for _, told in nodes} == {"ai4mars_nav"}


def test_it_gives_them_the_parameters_of_the_table(launch_file, monkeypatch):
    chosen = {
        "rover": "test_rover",
        "namespace": "mars",
        "use_sim_time": True,
        "model": "terrain-256",
        "scene": "acceptance",
        "log_level": "warn",
    }
    arguments = graph.Arguments(**chosen)
    nodes = started(launch_file, monkeypatch, **chosen)
    for spec, (_, told) in zip(graph.chosen(arguments), nodes, strict=True):
        file, values = told["parameters"]
        assert Path(file) == graph.default_parameters()
        assert values == graph.parameters(spec, arguments)
        assert values["use_sim_time"] is True
        assert told["namespace"] == "mars"
        assert told["ros_arguments"] == ["--log-level", "warn"]


def test_it_declares_the_arguments_of_the_table(launch_file, monkeypatch):
    declared = {}
    environment = {}
    for name in ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        launch_file, "DeclareLaunchArgument", lambda name, **told: declared.update({name: told})
    )
    monkeypatch.setattr(launch_file, "SetEnvironmentVariable", environment.__setitem__)
    monkeypatch.setattr(launch_file, "LaunchDescription", list)
    launch_file.generate_launch_description()
    assert set(declared) == {field.name for field in dataclasses.fields(graph.Arguments)}
    assert declared["rover"]["default_value"] == graph.Arguments().rover
    assert declared["use_sim_time"]["default_value"] == "false"
    assert all(told["description"] for told in declared.values())
    assert {Path(path).name for path in environment.values()} == {"fastdds.xml"}
    assert len(environment) == 2


def test_a_profile_of_the_user_is_kept(launch_file, monkeypatch):
    environment = {}
    monkeypatch.setitem(os.environ, "FASTRTPS_DEFAULT_PROFILES_FILE", "/mine.xml")
    monkeypatch.setattr(launch_file, "SetEnvironmentVariable", environment.__setitem__)
    monkeypatch.setattr(launch_file, "LaunchDescription", list)
    launch_file.generate_launch_description()
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" not in environment


def test_one_that_ends_takes_the_others_down_but_not_twice(launch_file, monkeypatch):
    monkeypatch.setattr(launch_file, "Shutdown", lambda reason: reason)
    event = SimpleNamespace(process_name="map-2")
    assert launch_file.end_all(event, SimpleNamespace(is_shutdown=False)) == ["map-2 has ended"]
    assert launch_file.end_all(event, SimpleNamespace(is_shutdown=True)) == []


def test_no_launch_file_names_a_node_or_a_topic_itself():
    names = {spec.name for spec in graph.NODES} | set(graph.TOPICS)
    files = sorted(LAUNCH.glob("*.py"))
    assert files
    for file in files:
        literals = {
            node.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not literals & names
