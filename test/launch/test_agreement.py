"""The launch files start what the table of nodes says, with the arguments that it says."""

import ast
import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from ai4mars_nav.ros import graph
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.sim.vehicle import gazebo

LAUNCH = Path(__file__).parents[2] / "launch"
FILES = ("drive", "gazebo_drive")
PROFILES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")


def words(**arguments):
    """What `ros2 launch` hands over: every argument as a text."""
    chosen = dataclasses.asdict(graph.Arguments(**arguments))
    return {name: graph.word(value) for name, value in chosen.items()}


def of_kind(actions, *kinds):
    return [action for action in actions if type(action).__name__ in kinds]


def nodes_of(actions):
    return of_kind(actions, "LifecycleNode", "Node")


def entities(module):
    (all_of_them,) = module.generate_launch_description().args
    return all_of_them


def plain(value):
    """A parameter's value as the node gets it."""
    if type(value).__name__ != "ParameterValue":
        return value
    assert value.told == {"value_type": str}
    return value.args[0]


@pytest.mark.parametrize("chosen", [{}, {"scene": "acceptance"}, {"world": "crossing", "seed": 7}])
def test_it_starts_the_nodes_of_the_table(launch_file, chosen):
    nodes = nodes_of(launch_file("drive").start(words(**chosen)))
    specs = graph.chosen(graph.Arguments(**chosen))
    assert [node.told["executable"] for node in nodes] == [spec.name for spec in specs]
    assert [node.told["name"] for node in nodes] == [spec.name for spec in specs]
    kinds = ["LifecycleNode" if spec.lifecycle else "Node" for spec in specs]
    assert [type(node).__name__ for node in nodes] == kinds
    assert {node.told["package"] for node in nodes} == {"ai4mars_nav"}


def test_who_looks_on_takes_nobody_down(launch_file):
    actions = launch_file("drive").start(words(triage="wheels"))
    (looker,) = [node for node in nodes_of(actions) if node.told["name"] == graph.TRIAGE.name]
    assert plain(looker.told["parameters"][1]["triage.wants"]) == "wheels"
    ends = of_kind(actions, "RegisterEventHandler")
    assert len(ends) == len(graph.GRAPH) == len(nodes_of(actions)) - 1


def test_it_gives_them_the_parameters_of_the_table(launch_file):
    chosen = {
        "rover": "test_rover",
        "namespace": "mars/",
        "use_sim_time": True,
        "model": "terrain-256",
        "scene": "acceptance",
        "log_level": "warn",
    }
    arguments = graph.Arguments(**chosen)
    nodes = nodes_of(launch_file("drive").start(words(**chosen)))
    for spec, node in zip(graph.chosen(arguments), nodes, strict=True):
        file, values = node.told["parameters"]
        assert Path(file) == graph.default_parameters()
        assert {key: plain(value) for key, value in values.items()} == graph.parameters(
            spec, arguments
        )
        assert values["use_sim_time"] is True
        assert node.told["namespace"] == "mars"
        assert node.told["ros_arguments"] == ["--log-level", "warn"]


def test_a_text_stays_a_text(launch_file):
    # launch reads a bare one as YAML
    nodes = nodes_of(launch_file("drive").start(words(model="256", rover="test_rover")))
    values = {node.told["name"]: node.told["parameters"][1] for node in nodes}
    assert plain(values["terrain"]["model.file"]) == "256"
    assert not [each for told in values.values() for each in told.values() if type(each) is str]


def test_it_declares_the_arguments_of_the_table(launch_file):
    declared = of_kind(entities(launch_file("drive")), "DeclareLaunchArgument")
    fields = {field.name: field.default for field in dataclasses.fields(graph.Arguments)}
    assert {each.args[0] for each in declared} == set(fields)
    for each in declared:
        assert each.told["default_value"] == graph.word(fields[each.args[0]])
        assert each.told["description"]


@pytest.mark.parametrize("name", FILES)
def test_a_default_is_a_text(launch_file, name):
    # the launch stack takes nothing else, and then not even `--show-args` works
    declared = of_kind(entities(launch_file(name)), "DeclareLaunchArgument")
    assert declared
    for each in declared:
        assert isinstance(each.told.get("default_value", ""), str), each.args


@pytest.mark.parametrize("name", FILES)
def test_images_get_through_unless_the_user_has_a_profile(launch_file, monkeypatch, name):
    for variable in PROFILES:
        monkeypatch.delenv(variable, raising=False)
    module = launch_file(name)
    assert profile_of(module) == dict.fromkeys(PROFILES, "fastdds.xml")
    monkeypatch.setenv(PROFILES[0], "/mine.xml")
    assert profile_of(module) == {PROFILES[1]: "fastdds.xml"}


def profile_of(module):
    variables = of_kind(entities(module), "SetEnvironmentVariable")
    return {variable.args[0]: Path(variable.args[1]).name for variable in variables}


def test_a_node_that_ends_takes_the_others_down_but_not_twice(launch_file):
    actions = launch_file("drive").start(words(scene="acceptance"))
    handlers = [each.args[0] for each in of_kind(actions, "RegisterEventHandler")]
    watched = [handler.told["target_action"].told["name"] for handler in handlers]
    assert watched == [spec.name for spec in graph.GRAPH]
    event = SimpleNamespace(process_name="map-2")
    end = handlers[0].told["on_exit"]
    (shutdown,) = end(event, SimpleNamespace(is_shutdown=False))
    assert shutdown.told == {"reason": "map-2 has ended"}
    assert end(event, SimpleNamespace(is_shutdown=True)) == []


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("seed", "two", "a whole number, is 'two'"),
        ("use_sim_time", "1", "true or false, is '1'"),
        ("log_level", "loud", "one of debug, info, warn, error, fatal, is 'loud'"),
    ],
)
def test_an_argument_that_cannot_be_read_is_named(launch_file, name, text, wanted):
    with pytest.raises(SettingsError, match=f"argument {name}: must be {wanted}"):
        launch_file("drive").start({**words(), name: text})


def test_gazebo_is_started_with_the_nodes_of_the_table(launch_file, monkeypatch, tmp_path):
    urdf = tmp_path / "r.urdf"
    urdf.write_text("<robot name='r: 1'/>")
    stage = gazebo.Stage(
        Path("w.sdf"), Path("m.sdf"), urdf, (1.0, 2.0, 3.0, 0.1, 0.2, 0.3), (5.0, 6.0)
    )
    module = launch_file("gazebo_drive")
    monkeypatch.setattr(module, "set_stage", lambda *_: stage)
    actions = module.start({**words(), "folder": "f", "gui": "false"})
    nodes = [node.told for node in nodes_of(actions)]
    ours = [told for told in nodes if told["package"] == "ai4mars_nav"]
    assert [told["executable"] for told in ours] == [spec.name for spec in graph.GRAPH]
    assert all(told["parameters"][1]["use_sim_time"] is True for told in ours)
    assert len(of_kind(actions, "RegisterEventHandler")) == len(graph.GRAPH)
    theirs = {told["executable"]: told["parameters"][0] for told in nodes if told not in ours}
    assert set(theirs) == {"create", "parameter_bridge", "robot_state_publisher"}
    assert theirs["create"]["file"] == "m.sdf" and theirs["create"]["Y"] == 0.3
    assert Path(theirs["parameter_bridge"]["config_file"]).is_file()
    assert plain(theirs["robot_state_publisher"]["robot_description"]) == urdf.read_text()
    (simulator,) = of_kind(actions, "IncludeLaunchDescription")
    given = dict(simulator.told["launch_arguments"])
    assert given["gz_args"] == "-r -s --headless-rendering w.sdf"


def test_no_launch_file_names_a_node_or_a_topic_itself():
    names = {spec.name for spec in graph.NODES} | set(graph.TOPICS)
    files = sorted(LAUNCH.glob("*.py"))
    assert {file.name for file in files} == {f"{name}.launch.py" for name in (*FILES, "nav2")}
    for file in files:
        literals = {
            node.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not literals & names
