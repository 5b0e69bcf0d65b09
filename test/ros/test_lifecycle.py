"""What keeps a node from being configured, and that it lives on, says so and can be mended."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.msg import State, Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import ListParameters, SetParameters
from rclpy.parameter import Parameter

from ai4mars_nav.ros.driver_node import DriverNode
from ai4mars_nav.ros.environment import node_environment
from ai4mars_nav.ros.map_node import MapNode
from ai4mars_nav.ros.planner_node import PlannerNode
from ai4mars_nav.ros.terrain_node import TerrainNode

ROOT = Path(__file__).parents[2]


def ask(world: Any, kind: type, service: str, request: Any) -> Any:
    """The answer of a service."""
    client = world.node.create_client(kind, service)
    world.until(client.service_is_ready, f"no service {service}")
    future = client.call_async(request)
    world.until(future.done, f"{service} does not answer")
    return future.result()


def state(world: Any, name: str) -> int:
    return int(ask(world, GetState, f"/{name}/get_state", GetState.Request()).current_state.id)


def change(world: Any, name: str, transition: int) -> bool:
    request = ChangeState.Request(transition=Transition(id=transition))
    return bool(ask(world, ChangeState, f"/{name}/change_state", request).success)


def cut_short(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-100])


def other_sidecar(model: Path) -> None:
    path = model.with_suffix(".json")
    document = json.loads(path.read_text())
    document["onnx"]["sha256"] = "0" * 64
    path.write_text(json.dumps(document))


def no_sidecar(model: Path) -> None:
    model.with_suffix(".json").unlink()


def sidecar_of_another(model: Path) -> None:
    path = model.with_suffix(".json")
    document = json.loads(path.read_text())
    document["onnx"]["file"] = "terrain-128.onnx"
    path.write_text(json.dumps(document))


def not_onnx(model: Path) -> None:
    """A file whose sidecar is right, but which is no network."""
    model.write_bytes(b"\0" * 1000)
    from ai4mars_nav.perception import sidecar as sc

    path = sc.sidecar_path(model)
    document = json.loads(path.read_text())
    described = sc.describe_file(model)
    document["onnx"].update(sha256=described.sha256, bytes=described.bytes)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_short, "cut short or exchanged"),
        (other_sidecar, "do not belong together"),
        (sidecar_of_another, "this sidecar belongs to another model"),
        (no_sidecar, "a model is not used without its sidecar"),
        (not_onnx, "probe.onnx"),
        (Path.unlink, "there is no such file"),
    ],
)
def test_a_bad_model_keeps_the_node_alive_and_telling(
    world: Any,
    probe: Path,
    rover: str,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    said: str,
) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(probe.with_suffix(suffix), tmp_path)
    model = tmp_path / probe.name
    spoil(model)
    diagnostics = world.hear("/diagnostics", DiagnosticArray, 10)
    world.start(TerrainNode, model__file=str(model), rover=rover)

    def told() -> Any:
        found = [s for m in diagnostics for s in m.status if said in s.message]
        return found[0] if found else None

    status = world.until(told, f"diagnostics do not say {said!r}")
    assert status.name == "/terrain" and status.level == DiagnosticStatus.ERROR
    assert status.message.startswith("nothing is published: not configured: ")
    assert state(world, "terrain") == State.PRIMARY_STATE_UNCONFIGURED
    for suffix in (".onnx", ".json"):
        shutil.copy(probe.with_suffix(suffix), tmp_path)
    assert change(world, "terrain", Transition.TRANSITION_CONFIGURE)
    assert change(world, "terrain", Transition.TRANSITION_ACTIVATE)
    assert state(world, "terrain") == State.PRIMARY_STATE_ACTIVE


@pytest.mark.parametrize(
    ("make", "parameters", "said"),
    [
        (TerrainNode, {"output__strid": 2}, "terrain: unknown parameter 'output.strid'"),
        (MapNode, {"map__resolution": 0.0}, "map: map: resolution is 0.0 m, outside"),
        (MapNode, {"map__size": 2.0, "map__resolution": 1.0}, "holds fewer than 8 cells"),
        (PlannerNode, {"search__weight": "x"}, "planner: search: weight must be a finite number"),
        (DriverNode, {"rover": "sojourner"}, "rover 'sojourner' is not in"),
        (DriverNode, {"driver__rate": 1e9}, "driver: driver: rate is"),
    ],
)
def test_bad_parameters_are_refused_by_node_and_key(
    world: Any, make: type, parameters: dict[str, Any], said: str
) -> None:
    node = world.start(make, **parameters)
    world.until(lambda: said in node.health.verdict()[1], f"it does not say {said!r}")
    assert state(world, node.get_name()) == State.PRIMARY_STATE_UNCONFIGURED
    names = ask(
        world, ListParameters, f"/{node.get_name()}/list_parameters", ListParameters.Request()
    ).result.names
    assert "autostart" in names and not set(names) & {"output.strid"}


@pytest.mark.parametrize("section", ["/**/map", "/**", "map"])
def test_a_misspelt_key_in_a_file_is_refused(
    world: Any, rover: str, tmp_path: Path, section: str
) -> None:
    path = tmp_path / "nodes.yaml"
    path.write_text(f"{section}:\n  ros__parameters:\n    map:\n      resolutoin: 0.2\n")
    node = world.start(MapNode, "--params-file", str(path), rover=rover)
    said = "map: unknown parameter 'map.resolutoin'; known are "
    world.until(lambda: said in node.health.verdict()[1], f"it does not say {said!r}")


def test_a_misspelt_key_on_the_command_line_is_refused(world: Any, rover: str) -> None:
    node = world.start(PlannerNode, "-p", "search.wait:=1.0", rover=rover)
    said = "planner: unknown parameter 'search.wait'"
    world.until(lambda: said in node.health.verdict()[1], f"it does not say {said!r}")


@pytest.mark.parametrize("make", [TerrainNode, MapNode, PlannerNode, DriverNode])
def test_the_parameter_file_that_comes_along_is_good(
    world: Any, rover: str, probe: Path, make: type
) -> None:
    path = Path(rover).parent / "nodes.yaml"
    own = {"model__file": str(probe)} if make is TerrainNode else {}
    node = world.start(make, "--params-file", str(path), rover=rover, **own)
    world.until(lambda: node.active, "did not start", timeout=120.0)


def test_a_whole_life_on_request(world: Any, rover: str) -> None:
    node = world.start(PlannerNode, rover=rover, autostart=False)
    world.spin(0.3)
    assert state(world, "planner") == State.PRIMARY_STATE_UNCONFIGURED
    for _ in range(2):
        assert change(world, "planner", Transition.TRANSITION_CONFIGURE)
        assert not node.active
        refused = ask(
            world,
            SetParameters,
            "/planner/set_parameters",
            SetParameters.Request(
                parameters=[Parameter("search.weight", value=2.0).to_parameter_msg()]
            ),
        ).results[0]
        assert not refused.successful and "is read when the node is configured" in refused.reason
        assert change(world, "planner", Transition.TRANSITION_ACTIVATE)
        assert node.count_publishers("plan") == 1
        assert change(world, "planner", Transition.TRANSITION_DEACTIVATE)
        assert change(world, "planner", Transition.TRANSITION_CLEANUP)
        assert node.count_publishers("plan") == 0
    assert change(world, "planner", Transition.TRANSITION_UNCONFIGURED_SHUTDOWN)
    assert state(world, "planner") == State.PRIMARY_STATE_FINALIZED


def test_each_node_tells_its_line_while_it_waits(world: Any, probe: Path, rover: str) -> None:
    diagnostics = world.hear("/diagnostics", DiagnosticArray, 10)
    world.start(TerrainNode, model__file=str(probe), rover=rover)
    world.start(MapNode, rover=rover)
    world.start(PlannerNode, rover=rover)
    world.start(DriverNode, rover=rover)
    wanted = {
        "/terrain": "nothing is published: left/image_rect has never been received",
        "/map": "nothing is published: terrain/points has never been received",
        "/planner": "nothing is published: terrain/cost has never been received",
        "/driver": "publishing, but the rover stands: no pose: frame 'odom' is unknown",
    }

    def all_told() -> bool:
        lines = {(s.name, s.message) for m in diagnostics for s in m.status}
        return all(
            any(n == name and t.startswith(line) for n, t in lines) for name, line in wanted.items()
        )

    world.until(all_told, f"not all told: {[m.status for m in diagnostics[-4:]]}", timeout=60.0)


@contextlib.contextmanager
def process_of(
    world: Any, tmp_path: Path, rover: str, probe: Path, name: str
) -> Iterator[subprocess.Popen[str]]:
    """A node as a process of its own, active."""
    settings = tmp_path / "nodes.yaml"
    model = f"    model:\n      file: {probe}\n" if name == "terrain" else ""
    settings.write_text(f"{name}:\n  ros__parameters:\n    rover: {rover}\n{model}")
    diagnostics = world.hear("/diagnostics", DiagnosticArray, 10)
    command = [sys.executable, "-m", f"ai4mars_nav.ros.{name}_node"]
    process = subprocess.Popen(
        [*command, "--ros-args", "--params-file", str(settings)],
        env=node_environment(int(os.environ["ROS_DOMAIN_ID"])),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        world.until(
            lambda: (
                process.poll() is not None
                or any("active" not in s.message for m in diagnostics for s in m.status)
            ),
            "never told to be active",
            timeout=60.0,
        )
        yield process
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("name", "stop"),
    [
        ("terrain", signal.SIGINT),
        ("map", signal.SIGTERM),
        ("planner", signal.SIGINT),
        ("driver", signal.SIGTERM),
    ],
)
def test_a_process_of_its_own_ends_cleanly_when_told(
    world: Any, tmp_path: Path, rover: str, probe: Path, name: str, stop: signal.Signals
) -> None:
    with process_of(world, tmp_path, rover, probe, name) as process:
        process.send_signal(stop)
        output, _ = process.communicate(timeout=20.0)
    assert process.returncode == 0, output
    assert "Traceback" not in output, output


def test_told_again_and_again_it_ends_as_cleanly(
    world: Any, tmp_path: Path, rover: str, probe: Path
) -> None:
    """A node that was slow to end on a busy machine was killed by the second signal."""
    with process_of(world, tmp_path, rover, probe, "planner") as process:
        process.send_signal(signal.SIGINT)
        until = time.monotonic() + 60.0
        while process.poll() is None and time.monotonic() < until:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        output, _ = process.communicate(timeout=20.0)
    assert process.returncode == 0, output
    assert "Traceback" not in output, output


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_while_it_is_imported_it_ends_without_a_word(
    tmp_path: Path, stop: signal.Signals
) -> None:
    (tmp_path / "slow_node.py").write_text(f"import os\nos.kill(os.getpid(), {stop.value})\n")
    done = subprocess.run(
        [sys.executable, "-m", "ai4mars_nav.ros.begin", "slow_node"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60.0,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-stop.value, "", "")
