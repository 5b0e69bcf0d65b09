"""A node whose engine is being built: it tells so, answers, and ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import GetParameters

from ai4mars_nav.ros.environment import node_environment

SCRIPT = Path(__file__).with_name("building_node.py")
TOLD = re.compile(r"nothing is published: the node is not active, getting ready for (\d+) s: (.*)")


class Building:
    """A process of the node `terrain`, what it says of itself, and its cache of engines."""

    def __init__(self, world: Any, folder: Path, rover: str, probe: Path, how: str) -> None:
        self.cache, self._go = folder / "cache", folder / "go"
        self._world = world
        self._diagnostics = world.hear("/diagnostics", DiagnosticArray, 10)
        settings = folder / "nodes.yaml"
        settings.write_text(
            f"terrain:\n  ros__parameters:\n    rover: {rover}\n    model:\n"
            f"      file: {probe}\n      engine_cache: {self.cache}\n"
        )
        words = [sys.executable, str(SCRIPT), how, str(self._go)]
        self.process = subprocess.Popen(
            [*words, "--ros-args", "--params-file", str(settings)],
            env=node_environment(int(os.environ["ROS_DOMAIN_ID"])),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def lines(self) -> list[Any]:
        """The status messages so far."""
        return [status for message in self._diagnostics for status in message.status]

    def told(self) -> list[tuple[int, str]]:
        """Seconds and steps, as it told them."""
        found = [TOLD.fullmatch(status.message) for status in self.lines()]
        return [(int(match[1]), match[2]) for match in found if match]

    def begun(self) -> None:
        """Wait until the engine is being built."""
        self._world.until(
            lambda: any("step" in step or "building" in step for _, step in self.told()),
            "never told to be building",
            timeout=60.0,
        )

    def go_on(self) -> None:
        """Let the build come to its end."""
        self._go.touch()

    def ask(self, kind: type, service: str, request: Any) -> Any:
        """The answer of a service of the node."""
        client = self._world.node.create_client(kind, f"/terrain/{service}")
        self._world.until(client.service_is_ready, f"no service {service}")
        future = client.call_async(request)
        self._world.until(future.done, f"{service} does not answer")
        return future.result()

    def state(self) -> int:
        """Of its life cycle."""
        return int(self.ask(GetState, "get_state", GetState.Request()).current_state.id)

    def change(self, transition: int) -> bool:
        """Whether it went through a transition."""
        request = ChangeState.Request(transition=Transition(id=transition))
        return bool(self.ask(ChangeState, "change_state", request).success)

    def end(self, stop: signal.Signals) -> str:
        """Its output, once it has ended in good order."""
        self.process.send_signal(stop)
        output, _ = self.process.communicate(timeout=20.0)
        assert self.process.returncode == 0, output
        assert "Traceback" not in output and "Exception" not in output, output
        return output

    def kept(self) -> list[str]:
        """What lies in the cache, by the endings of its names."""
        return sorted(path.suffix for path in self.cache.iterdir())


@pytest.fixture(params=["telling"])
def building(
    world: Any, tmp_path: Path, rover: str, probe: Path, request: pytest.FixtureRequest
) -> Iterator[Building]:
    """A node that is building its engine."""
    building = Building(world, tmp_path, rover, probe, request.param)
    try:
        building.begun()
        yield building
    finally:
        building.process.kill()
        building.process.wait()


def test_it_tells_how_it_goes_and_answers_meanwhile(world: Any, building: Building) -> None:
    world.until(lambda: len(building.told()) > 3, "it fell silent")
    seconds, steps = zip(*building.told(), strict=True)
    assert list(seconds) == sorted(set(seconds)), "told once a second"
    assert steps[-1] != steps[-2] and steps[-1].startswith("step ")
    assert {status.level for status in building.lines()} == {DiagnosticStatus.WARN}
    asked = GetParameters.Request(names=["model.engine"])
    answer = building.ask(GetParameters, "get_parameters", asked)
    assert answer.values[0].string_value == "auto"
    assert building.state() == State.PRIMARY_STATE_UNCONFIGURED
    assert not building.change(Transition.TRANSITION_CONFIGURE), "it is in preparation already"
    assert not building.change(Transition.TRANSITION_ACTIVATE)
    building.go_on()
    world.until(
        lambda: "left/image_rect has never been received" in building.lines()[-1].message,
        "it was not activated",
    )
    values = {value.key: value.value for value in building.lines()[-1].values}
    assert "built anew" in values["engine chosen"]
    assert building.kept() == [".json", ".lock", ".plan"]
    building.end(signal.SIGINT)


@pytest.mark.parametrize("building", ["telling", "deaf"], indirect=True)
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_and_leaves_nothing_half_written(
    building: Building, stop: signal.Signals
) -> None:
    building.end(stop)
    assert building.kept() == [".lock"]


@pytest.mark.parametrize("building", ["telling", "deaf"], indirect=True)
def test_shut_down_it_goes_on_to_answer_and_builds_no_more(building: Building) -> None:
    assert building.change(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN)
    assert building.state() == State.PRIMARY_STATE_FINALIZED
    building.go_on()
    output = building.end(signal.SIGINT)
    assert "not configured" not in output and "built" not in output
