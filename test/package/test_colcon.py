"""A temporary workspace: colcon knows the package for what it is, builds it, and it runs."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rclpy")
COLCON = shutil.which("colcon", path=str(Path(sys.executable).parent)) or shutil.which("colcon")
GIT = shutil.which("git")
pytestmark = pytest.mark.skipif(COLCON is None, reason="colcon is not installed")

import rclpy  # noqa: E402
from lifecycle_msgs.msg import State, Transition  # noqa: E402
from lifecycle_msgs.srv import ChangeState, GetState  # noqa: E402
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters  # noqa: E402

from ai4mars_nav.ros import graph  # noqa: E402
from ai4mars_nav.ros.environment import PROFILE, dds_profile, node_environment, private_domain  # noqa: E402
from ai4mars_nav.ros.runner import Runner  # noqa: E402

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


def colcon(workspace, *words):
    environment = {
        **os.environ,
        "AMENT_PREFIX_PATH": os.environ.get("AMENT_PREFIX_PATH", sys.prefix),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        [COLCON, *words],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A colcon workspace with what git tracks here, as it stands in the working tree."""
    if GIT is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([GIT, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    folder = tmp_path_factory.mktemp("workspace")
    for name in listed.stdout.decode().split("\0"):
        source, target = ROOT / name, folder / "src" / "ai4mars_nav" / name
        if source.is_file() and not name.startswith(("test/", "docs/")):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


@pytest.fixture(scope="module")
def installed(workspace):
    """The package's prefix after `colcon build`."""
    built = colcon(workspace, "build", "--event-handlers", "console_direct+")
    assert built.returncode == 0, built.stdout + built.stderr
    return workspace / "install" / "ai4mars_nav"


def environment_of(installed, domain=None):
    """As after `. install/setup.sh`: the installed package, and not this checkout."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    others = {name: value for name, value in os.environ.items() if name not in dds_profile()}
    environment = node_environment(domain, others)
    for name in dds_profile():
        environment[name] = str(installed / "share" / "ai4mars_nav" / PROFILE)
    environment["PYTHONPATH"] = str(installed / "lib" / python / "site-packages")
    environment["AMENT_PREFIX_PATH"] = os.pathsep.join([str(installed), sys.prefix])
    environment["NUMBA_CACHE_DIR"] = str(installed / "numba")
    return environment


def files_below(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_colcon_takes_it_for_a_ros_package(workspace):
    listed = colcon(workspace, "list")
    assert listed.stdout.split() == ["ai4mars_nav", "src/ai4mars_nav", "(ros.ament_python)"]


def test_all_executables_and_files_are_installed(installed):
    executables = {path.name for path in (installed / "lib" / "ai4mars_nav").iterdir()}
    assert executables == {"ai4mars", *(spec.name for spec in graph.NODES)}
    share = installed / "share" / "ai4mars_nav"
    for folder in ("config", "launch"):
        assert files_below(share / folder) == files_below(ROOT / folder)
    index = installed / "share" / "ament_index" / "resource_index" / "packages"
    assert (index / "ai4mars_nav").is_file()


def test_the_installed_command_line_uses_the_installed_files(installed):
    command = [installed / "lib" / "ai4mars_nav" / "ai4mars", "doctor"]
    environment = environment_of(installed)
    for name in dds_profile():
        del environment[name]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    profile = installed / "share" / "ai4mars_nav" / PROFILE
    assert f"Fast DDS profile: {profile}" in told.stdout, told.stdout + told.stderr


class Caller:
    """Calls services of the node /terrain."""

    def __init__(self, domain):
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = rclpy.create_node("colcon_test", context=self._context)
        self._executor = rclpy.executors.SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def call(self, kind, name, **fields):
        client = self._node.create_client(kind, f"/terrain/{name}")
        assert client.wait_for_service(PATIENCE), f"/terrain/{name} is not there"
        future = client.call_async(kind.Request(**fields))
        until = time.monotonic() + PATIENCE
        while not future.done() and time.monotonic() < until:
            self._executor.spin_once(timeout_sec=0.1)
        assert future.done(), f"/terrain/{name} does not answer"
        return future.result()

    def close(self):
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)


@pytest.fixture
def caller(installed, probe_model, monkeypatch):
    """A running installed node `terrain` that waits to be configured, and who talks to it."""
    words = [str(installed / "lib" / "ai4mars_nav" / "terrain"), "--ros-args"]
    words += [
        "-p",
        "autostart:=false",
        "-p",
        "output.stride:=4",
        "-p",
        f"model.file:={probe_model}",
    ]
    with private_domain() as domain:
        environment = environment_of(installed, domain)
        for name in (*dds_profile(), "ROS_AUTOMATIC_DISCOVERY_RANGE"):
            monkeypatch.setenv(name, environment[name])
        lines = []
        with Runner({"terrain": words}, environment, lambda *line: lines.append(line)) as running:
            caller = Caller(domain)
            yield caller
            running.check()
            caller.close()


def test_the_installed_node_answers_parameter_services(caller):
    names = caller.call(ListParameters, "list_parameters").result.names
    assert {"rover", "autostart", "output.stride", "model.file"} <= set(names)
    (value,) = caller.call(GetParameters, "get_parameters", names=["output.stride"]).values
    assert value.integer_value == 4
    (told,) = caller.call(
        DescribeParameters, "describe_parameters", names=["output.stride"]
    ).descriptors
    assert told.description
    assert told.integer_range


def test_the_installed_node_answers_lifecycle_services(caller):
    state = caller.call(GetState, "get_state").current_state
    assert state.id == State.PRIMARY_STATE_UNCONFIGURED
    shutdown = Transition(id=Transition.TRANSITION_UNCONFIGURED_SHUTDOWN)
    configure = Transition(id=Transition.TRANSITION_CONFIGURE)
    assert caller.call(ChangeState, "change_state", transition=configure).success
    state = caller.call(GetState, "get_state").current_state
    assert state.id == State.PRIMARY_STATE_INACTIVE
    # a transition of another state: rclpy 7.1.6 ends the process over it
    assert not caller.call(ChangeState, "change_state", transition=shutdown).success
    assert caller.call(GetState, "get_state").current_state.id == State.PRIMARY_STATE_INACTIVE
