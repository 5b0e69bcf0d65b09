"""The launch stack itself takes the launch files, up to what they would start."""

import logging
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="the launch stack is not installed")

from launch import LaunchContext, LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

LAUNCH = Path(__file__).parents[2] / "launch"


def source(name):
    return PythonLaunchDescriptionSource(str(LAUNCH / f"{name}.launch.py"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("drive", {"scene", "seed", "rover"}), ("gazebo_drive", {"folder", "rover"})],
)
def test_it_shows_their_arguments(name, arguments):
    description = source(name).get_launch_description(LaunchContext())
    assert {each.name for each in description.get_launch_arguments()} >= arguments


@pytest.fixture
def told(caplog):
    """What launch logs; its loggers keep it from all others."""
    logger = logging.getLogger("launch")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("name", "argument", "reason"),
    [
        ("drive", ("rover", "spirit"), "rover 'spirit' is not in"),
        ("drive", ("seed", "two"), "argument seed: must be a whole number"),
        ("drive", ("log_level", "loud"), "argument log_level: must be one of debug"),
        ("drive", ("params", "/no/such.yaml"), "/no/such.yaml: cannot be read"),
        ("gazebo_drive", ("folder", "/nowhere"), "/nowhere/world.sdf: there is no such file"),
    ],
)
def test_what_it_cannot_start_it_refuses_in_words(name, argument, reason, told):
    file = IncludeLaunchDescription(source(name), launch_arguments=[argument])
    service = LaunchService()
    service.include_launch_description(LaunchDescription([file]))
    assert service.run() != 0
    assert reason in told.text
