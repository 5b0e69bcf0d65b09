"""Settings as ROS parameters: declared, checked as configuration files are, refused in words."""

from dataclasses import dataclass

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter

from ai4mars_nav.ros.errors import ParameterError
from ai4mars_nav.ros.params import Parameters
from ai4mars_nav.settings import setting

pytestmark = pytest.mark.usefixtures("ros")


@dataclass(frozen=True)
class Camera:
    """Settings of each type there is."""

    rate: float = setting(5.0, "frames per second", unit="Hz", lo=0.1, hi=30.0)
    count: int = setting(3, "frames kept", lo=1)
    mode: str = setting("auto", "what to do", choices=("auto", "manual"))
    on: bool = setting(True, "whether it works")
    xyz: tuple[float, ...] = setting((), "where it is", unit="m")


def given(**values: object) -> tuple[Node, Parameters]:
    """A node that was started with `-p camera.key:=value` for each key."""
    overrides = [Parameter(f"camera.{k}", value=v) for k, v in values.items() if k != "extra"]
    overrides += [Parameter(str(values["extra"]), value=1)] if "extra" in values else []
    node = Node(
        "eye",
        parameter_overrides=overrides,
        automatically_declare_parameters_from_overrides=True,
    )
    return node, Parameters(node, {"camera": Camera})


def test_defaults_are_declared_with_range_unit_and_meaning() -> None:
    node, parameters = given()
    parameters.check()
    assert parameters.read("camera", Camera) == Camera()
    described = node.describe_parameter("camera.rate")
    assert described.description == "frames per second [Hz]"
    assert described.floating_point_range[0].from_value == 0.1
    assert described.floating_point_range[0].to_value == 30.0
    assert node.describe_parameter("camera.count").integer_range[0].from_value == 1
    assert "auto, manual" in node.describe_parameter("camera.mode").additional_constraints


def test_values_given_from_outside_are_read_back() -> None:
    _, parameters = given(rate=2, count=7, mode="manual", on=False, xyz=[1.0, 2.0])
    parameters.check()
    assert parameters.read("camera", Camera) == Camera(2.0, 7, "manual", False, (1.0, 2.0))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ratte": 3.0}, r"eye: unknown parameter 'camera\.ratte'; known are camera\.count"),
        ({"extra": "speed"}, "eye: unknown parameter 'speed'"),
        ({"rate": 31.0}, r"eye: camera: rate is 31\.0 Hz, outside \[0\.1, 30\.0\] Hz"),
        ({"rate": "fast"}, "eye: camera: rate must be a finite number, is 'fast'"),
        ({"rate": float("nan")}, "eye: camera: rate must be a finite number"),
        ({"count": 2.5}, r"eye: camera: count must be a whole number, is 2\.5"),
        ({"mode": "manuel"}, "eye: camera: mode is 'manuel', must be one of auto, manual"),
        ({"on": 1}, "eye: camera: on must be bool"),
        ({"xyz": ["a"]}, "eye: camera: xyz must be a finite number"),
    ],
)
def test_what_is_wrong_is_refused_by_node_and_key(values: dict[str, object], said: str) -> None:
    _, parameters = given(**values)
    with pytest.raises(ParameterError, match=said):
        parameters.check()


def test_everything_wrong_is_told_at_once() -> None:
    _, parameters = given(rate=99.0, ratte=1.0, count=0)
    with pytest.raises(ParameterError, match=r"(?s)ratte.*rate is.*count is"):
        parameters.check()


def test_a_wrong_value_can_be_mended_before_configuring() -> None:
    node, parameters = given(rate=99.0)
    assert node.set_parameters([Parameter("camera.rate", value=9.0)])[0].successful
    parameters.check()
    assert parameters.read("camera", Camera).rate == 9.0


def test_changes_are_checked_while_unconfigured_and_refused_while_configured() -> None:
    node, parameters = given()
    refused = node.set_parameters([Parameter("camera.mode", value="manuel")])[0]
    assert not refused.successful and "must be one of auto, manual" in refused.reason
    parameters.frozen_while(lambda: True)
    refused = node.set_parameters([Parameter("camera.rate", value=9.0)])[0]
    assert not refused.successful
    assert "eye: camera.rate is read when the node is configured" in refused.reason
    assert parameters.read("camera", Camera).rate == 5.0


def test_sim_time_is_not_an_unknown_parameter() -> None:
    node = Node(
        "eye",
        parameter_overrides=[Parameter("use_sim_time", value=True)],
        automatically_declare_parameters_from_overrides=True,
    )
    parameters = Parameters(node, {"camera": Camera})
    parameters.check()
    assert node.get_clock().ros_time_is_active
