"""The launch file as a module, under the launch stack or, where there is none, a recorder of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "drive.launch.py"
HAS_LAUNCH = importlib.util.find_spec("launch_ros") is not None


class Recorded(SimpleNamespace):
    """What any action of the launch stack was made with."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(args=args, **kwargs)


class Configuration:
    """As launch.substitutions.LaunchConfiguration, for a context that holds a dictionary."""

    def __init__(self, name: str) -> None:
        self._name = name

    def perform(self, context: SimpleNamespace) -> str:
        return context.launch_configurations[self._name]


def recorder() -> dict[str, ModuleType]:
    """Modules that stand for the launch stack: they keep what they are told, and start nothing."""
    names = {
        "launch": ["LaunchContext", "LaunchDescription"],
        "launch.actions": [
            "DeclareLaunchArgument",
            "OpaqueFunction",
            "RegisterEventHandler",
            "SetEnvironmentVariable",
            "Shutdown",
        ],
        "launch.event_handlers": ["OnProcessExit"],
        "launch.events": [],
        "launch.events.process": ["ProcessExited"],
        "launch_ros": [],
        "launch_ros.actions": ["LifecycleNode", "Node"],
        "launch.substitutions": [],
    }
    modules = {name: ModuleType(name) for name in names}
    for name, classes in names.items():
        for each in classes:
            setattr(modules[name], each, type(each, (Recorded,), {}))
    modules["launch.substitutions"].LaunchConfiguration = Configuration
    return modules


@pytest.fixture
def launch_file(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module launch/drive.launch.py."""
    if not HAS_LAUNCH:
        for name, module in recorder().items():
            monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("drive_launch", LAUNCH_FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
