"""The launch files as modules, under a recorder of the launch stack: what would they start?"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import ai4mars_nav.ros

LAUNCH = Path(__file__).parents[2] / "launch"
SHARED = "launch_actions"
RECORDED = {
    "launch": ["LaunchContext", "LaunchDescription"],
    "launch.actions": [
        "DeclareLaunchArgument", "IncludeLaunchDescription", "LogInfo", "OpaqueFunction",
        "RegisterEventHandler", "SetEnvironmentVariable", "Shutdown",
    ],
    "launch.event_handlers": ["OnProcessExit"],
    "launch.events": [],
    "launch.events.process": ["ProcessExited"],
    "launch.launch_description_sources": ["PythonLaunchDescriptionSource"],
    "launch.substitutions": ["PathJoinSubstitution"],
    "launch_ros": [],
    "launch_ros.actions": ["LifecycleNode", "Node"],
    "launch_ros.parameter_descriptions": ["ParameterValue"],
    "launch_ros.substitutions": ["FindPackageShare"],
}  # fmt: skip

LONGEST = 900.0
"""Seconds for a test under the stack: its own patience is to end first, and say what was missing.

Cut off from outside it leaves the stack in pieces to the next test.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """launch_testing's items do not take a module's `pytestmark`."""
    for item in items:
        if type(item).__name__ == "LaunchTestItem":
            item.add_marker(pytest.mark.timeout(LONGEST))


class Recorded(SimpleNamespace):
    """What any action of the launch stack was made with."""

    def __init__(self, *args: object, **told: object) -> None:
        super().__init__(args=args, told=told)


class Configuration:
    """As launch.substitutions.LaunchConfiguration, for a context that is a dictionary."""

    def __init__(self, name: str) -> None:
        self._name = name

    def perform(self, context: dict[str, str]) -> str:
        return context[self._name]


def forget() -> None:
    """Who imports the shared actions next takes the launch stack that is there then."""
    sys.modules.pop(f"{ai4mars_nav.ros.__name__}.{SHARED}", None)
    if hasattr(ai4mars_nav.ros, SHARED):
        delattr(ai4mars_nav.ros, SHARED)


@pytest.fixture
def launch_file(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Loads launch/NAME.launch.py; the stack keeps what it is told, and starts nothing."""
    for name, classes in RECORDED.items():
        module = ModuleType(name)
        for each in classes:
            setattr(module, each, type(each, (Recorded,), {}))
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(
        sys.modules["launch.substitutions"], "LaunchConfiguration", Configuration, raising=False
    )

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, LAUNCH / f"{name}.launch.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    forget()
    yield load
    forget()
