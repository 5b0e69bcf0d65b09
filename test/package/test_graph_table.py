"""The command lines and parameters that the table of nodes gives."""

import sys

import pytest

from ai4mars_nav.ros import graph
from ai4mars_nav.settings import SettingsError


def test_a_command_runs_the_module_with_all_that_was_chosen(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("/**/terrain:\n  ros__parameters: {}\n")
    arguments = graph.Arguments(
        params=str(file), namespace="mars/", model="terrain", use_sim_time=True, log_level="warn"
    )
    words = graph.command(graph.TERRAIN, arguments)
    begin = [sys.executable, "-m", "ai4mars_nav.ros.begin"]
    assert words[:4] == [*begin, "ai4mars_nav.ros.terrain_node"]
    assert "__ns:=/mars" in words
    assert "use_sim_time:=true" in words
    assert 'model.file:="terrain"' in words
    assert words[words.index("--params-file") + 1] == str(file)
    assert words[words.index("--log-level") + 1] == "warn"


def test_only_nodes_with_a_model_are_given_one():
    arguments = graph.Arguments(model="terrain", engine="onnx")
    values = {spec.name: graph.parameters(spec, arguments) for spec in graph.NODES}
    for key, value in (("model.file", "terrain"), ("model.engine", "onnx")):
        assert {name: v[key] for name, v in values.items() if key in v} == {"terrain": value}


def test_engine_and_model_are_those_of_the_parameter_file_unless_given():
    values = graph.parameters(graph.TERRAIN, graph.Arguments())
    assert not any(key.startswith("model.") for key in values)


def test_an_unknown_engine_is_named_with_those_there_are():
    with pytest.raises(SettingsError, match=r"engine: must be one of auto, .*, is 'tpu'"):
        graph.Arguments(engine="tpu")


def test_the_standing_rover_has_the_rovers_own_measures():
    values = graph.parameters(graph.STILL, graph.Arguments(rover="test_rover", scene="acceptance"))
    assert values["rover.length"] == 1.0
    assert values["scene"] == "acceptance"


@pytest.mark.parametrize("scene", ["", "acceptance"])
def test_the_standing_rover_is_only_started_with_a_scene(scene):
    assert (graph.STILL in graph.chosen(graph.Arguments(scene=scene))) == bool(scene)


def test_a_world_brings_its_own_clock_which_all_but_its_maker_hear():
    arguments = graph.Arguments(rover="test_rover", world="crossing", seed=7)
    assert graph.SIM in graph.chosen(arguments) and graph.STILL not in graph.chosen(arguments)
    values = {spec.name: graph.parameters(spec, arguments) for spec in graph.chosen(arguments)}
    simulated = {name for name, each in values.items() if each["use_sim_time"]}
    assert simulated == {spec.name for spec in graph.GRAPH}
    assert {name for name, each in values.items() if each.get("lockstep")} == simulated
    sim = values["sim"]
    assert (sim["world"], sim["seed"], sim["rover.length"]) == ("crossing", 7, 1.0)


def test_a_rover_is_in_a_scene_or_in_a_world():
    with pytest.raises(SettingsError, match="scene 'acceptance' and world 'crossing'"):
        graph.chosen(graph.Arguments(scene="acceptance", world="crossing"))


def test_an_unknown_log_level_is_named_with_those_there_are():
    with pytest.raises(SettingsError, match=r"log_level: must be one of debug, .*, is 'loud'"):
        graph.Arguments(log_level="loud")
    assert graph.Arguments(log_level="WARN").log_level == "WARN", "rclpy takes it, too"


@pytest.mark.parametrize("name", ["", "/", "mars", "/mars", "mars/", "/mars/rover_2/"])
def test_a_namespace_of_names_is_taken(name):
    assert graph.Arguments(namespace=name).namespace == name


@pytest.mark.parametrize("name", ["a b", "2nd", "mars//rover", "mars/2", "~", "mars\n", "märz"])
def test_a_namespace_that_ros_cannot_use_is_refused(name):
    with pytest.raises(SettingsError, match="argument namespace: must be names of letters"):
        graph.Arguments(namespace=name)


@pytest.mark.parametrize("name", ["/terrain", "terrain", "/**/terain"])
def test_a_section_that_no_node_reads_is_refused(tmp_path, name):
    file = tmp_path / "mine.yaml"
    file.write_text(f"{name}:\n  ros__parameters: {{}}\n")
    with pytest.raises(
        SettingsError, match=f"mine.yaml: unknown section '{name}'".replace("*", ".")
    ):
        graph.parameter_file(graph.Arguments(params=str(file)))


def test_a_parameter_file_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match=r"/no/such.yaml: cannot be read"):
        graph.parameter_file(graph.Arguments(params="/no/such.yaml"))


def test_an_unknown_rover_is_named_with_those_there_are():
    with pytest.raises(SettingsError, match=r"rover 'spirit' is not in .*curiosity, test_rover"):
        graph.command(graph.MAP, graph.Arguments(rover="spirit"))
