"""config/nav2 holds nothing that Nav2 and its layers do not declare, of the types that they do.

A key that a package does not know would be passed over in silence, and a whole number where it
declares a float ends it. What they declare stands, with its source, in facts.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.drive.trip import parameters_of
from ai4mars_nav.terrain import NAMES

FILE = Path(__file__).parents[2] / "config" / "nav2" / "test_rover.yaml"
FACTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "facts.yaml").read_text("utf-8"))
TYPES = {"bool": bool, "int": int, "float": float, "string": str, "strings": list}
LETHAL, INSCRIBED = 254, 253
EVERYONE = {"use_sim_time": "bool"}


def sections() -> dict[str, dict[str, Any]]:
    """Node and its parameters; a costmap's node bears its name twice."""
    found = {}
    for name, told in yaml.safe_load(FILE.read_text("utf-8")).items():
        inner = told.get(name, told)
        found[name] = dict(inner["ros__parameters"])
    return found


def problems(
    where: str, told: Mapping[str, Any], known: Mapping[str, str], inside: Mapping[str, Any]
) -> Iterator[str]:
    """What in `told` is neither `known` nor a group of `inside`, or has another type."""
    for key, value in told.items():
        if key in inside:
            yield from inside[key](f"{where}.{key}", value)
        elif key not in known:
            yield f"{where}.{key} is no parameter"
        elif type(value) is not TYPES[known[key]]:
            yield f"{where}.{key} must be {known[key]}, is {value!r}"


def plugin_problems(where: str, told: Mapping[str, Any]) -> Iterator[str]:
    """Of a group that loads a plugin."""
    kind, rest = told["plugin"], {key: value for key, value in told.items() if key != "plugin"}
    if kind not in FACTS["plugins"]:
        yield f"{where}: {kind} is no plugin"
        return
    sources = str(told.get("observation_sources", "")).split()
    inside = dict.fromkeys(sources, source_problems)
    yield from problems(where, rest, FACTS["plugins"][kind], inside)
    yield from (f"{where}.{each} is missing" for each in sources if each not in told)


def source_problems(where: str, told: Mapping[str, Any]) -> Iterator[str]:
    """Of an observation source of the semantic layer, with its types of classes."""

    def kind(inner: str, each: Mapping[str, Any]) -> Iterator[str]:
        yield from problems(inner, each, FACTS["semantic_class_type"], {})

    yield from problems(
        where, told, FACTS["semantic_source"], dict.fromkeys(told["class_types"], kind)
    )


def node_problems(name: str, told: Mapping[str, Any]) -> Iterator[str]:
    """Of a node: its own parameters, and a group for each plugin that it is told to load."""
    known = FACTS["nodes"]["costmap" if name.endswith("costmap") else name] | EVERYONE
    lists = [key for key in told if key.endswith("plugins") or key == "navigators"]
    loaded = [each for key in lists for each in told[key]]
    yield from problems(name, told, known, dict.fromkeys(loaded, plugin_problems))
    yield from (f"{name}.{each} is missing" for each in loaded if each not in told)


def test_every_key_is_one_that_nav2_declares_and_of_its_type() -> None:
    found = [each for name, told in sections().items() for each in node_problems(name, told)]
    assert found == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"widht": 24}, "global_costmap.widht is no parameter"),
        ({"resolution": 1}, "global_costmap.resolution must be float, is 1"),
        ({"plugins": ["terrian"]}, "global_costmap.terrian is missing"),
        (
            {"terrain": {"plugin": "nav2_costmap_2d::StaticLayr"}},
            "global_costmap.terrain: nav2_costmap_2d::StaticLayr is no plugin",
        ),
    ],
)
def test_what_is_wrong_is_found(change: dict[str, Any], problem: str) -> None:
    assert problem in list(node_problems("global_costmap", sections()["global_costmap"] | change))


def test_rcl_can_read_it() -> None:
    kinds = (yaml.AnchorToken, yaml.AliasToken)
    assert not [each for each in yaml.scan(FILE.read_text("utf-8")) if isinstance(each, kinds)]


def test_both_costmaps_see_the_same_ground() -> None:
    one, other = sections()["global_costmap"], sections()["local_costmap"]
    differ = {key for key in one if one[key] != other[key]}
    assert one.keys() == other.keys()
    assert differ == {"width", "height", "update_frequency", "publish_frequency"}


def test_the_layers_hear_our_topics() -> None:
    told = sections()["global_costmap"]
    source = told["semantics"]["navcam"]
    assert graph.TOPICS[told["terrain"]["map_topic"][1:]] == "nav_msgs/msg/OccupancyGrid"
    assert graph.TOPICS[source["segmentation_topic"][1:]] == "sensor_msgs/msg/Image"
    assert graph.TOPICS[source["confidence_topic"][1:]] == "sensor_msgs/msg/Image"
    assert graph.TOPICS[source["pointcloud_topic"][1:]] == "sensor_msgs/msg/PointCloud2"
    assert source["labels_topic"] == "/terrain/label_info"


def test_every_class_has_a_cost_and_none_bars_by_itself() -> None:
    source = sections()["global_costmap"]["semantics"]["navcam"]
    kinds = [source[each] for each in source["class_types"]]
    assert sorted(name for kind in kinds for name in kind["classes"]) == sorted(NAMES)
    assert all(kind["base_cost"] <= kind["max_cost"] < INSCRIBED for kind in kinds)


def test_what_the_map_does_not_know_stays_unknown_and_is_not_planned_over() -> None:
    """In a rolling costmap the static layer, put last, takes the maximum with what is there, and
    255 is what is unknown; elsewhere a class would fill it in (StaticLayer::updateCosts)."""
    for name in ("global_costmap", "local_costmap"):
        told = sections()[name]
        assert told["rolling_window"] and told["use_maximum"] and told["track_unknown_space"]
        assert told["plugins"] == ["semantics", "terrain", "inflation"]
        assert not told["inflation"]["inflate_unknown"]
    assert sections()["planner_server"]["GridBased"]["allow_unknown"] is False


def test_grades_are_kept_and_only_100_is_lethal() -> None:
    """By StaticLayer::interpretValue."""
    told = sections()["global_costmap"]
    assert not told["trinary_costmap"] and told["lethal_cost_threshold"] == 100
    assert int(99 / 100 * LETHAL) < INSCRIBED


def test_rover_and_map_are_those_of_a_drive() -> None:
    rover, told = load_rover(rover_file("test_rover")), sections()
    settings = settings_in(Path(parameters_of("test_rover")), graph.MAP, "map", MapSettings)
    corners = yaml.safe_load(told["global_costmap"]["footprint"])
    assert {abs(x) for x, _ in corners} == {rover.length / 2}
    assert {abs(y) for _, y in corners} == {rover.width / 2}
    assert told["global_costmap"]["resolution"] == settings.resolution
    assert told["global_costmap"]["width"] < settings.size
    source = told["global_costmap"]["semantics"]["navcam"]
    assert source["max_obstacle_distance"] == settings.farthest
    follow = told["controller_server"]["FollowPath"]
    assert follow["desired_linear_vel"] == rover.max_speed
    assert follow["rotate_to_heading_angular_vel"] == rover.max_turn_rate


def test_all_nodes_that_are_managed_have_parameters() -> None:
    told = sections()
    managed = told["lifecycle_manager"]["node_names"]
    assert set(managed) | {"lifecycle_manager", "global_costmap", "local_costmap"} == set(told)
