"""The lock files: exact pins of everything, no hosts, and what board and bench share agrees."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<marker> ; .+)?$")


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(name):
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    found = [PIN.match(line) for line in lines if not line.startswith("#")]
    assert all(found), f"{name} holds something else than exact pins"
    return {(m["name"], m["version"], m["marker"]) for m in found}


@pytest.mark.parametrize("name", ["run.lock", "archive.lock", "dev.lock"])
def test_locks_hold_exact_pins_and_no_hosts(name):
    assert len(pins(name)) > 50
    assert "://" not in (ROOT / "requirements" / name).read_text(encoding="utf-8")


def test_what_runs_on_board_is_what_is_tested():
    assert pins("run.lock") <= pins("archive.lock") <= pins("dev.lock")


def test_nothing_on_board_needs_torch():
    on_board = {name for name, _, _ in pins("run.lock")}
    assert not on_board & {"torch", "onnx", "onnxscript", "pytest"}


def test_what_was_asked_for_is_what_was_locked():
    locked = {(name, version) for name, version, _ in pins("run.lock")}
    asked = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8")
    for line in asked.splitlines():
        if line and not line.startswith("#"):
            name, version = re.sub(r"\[.*\]", "", line).lower().split("==")
            assert (name, version) in locked


def test_pythons_that_agree_need_no_marker():
    lock = tool("lock")
    resolved = {
        "3.10": {"numpy": "2.2.6", "old": "1", "dateutil": "3.0"},
        "3.11": {"numpy": "2.2.6", "dateutil": "4.0"},
        "3.12": {"numpy": "2.2.6", "dateutil": "4.0"},
    }
    assert lock.merge(resolved) == [
        'dateutil==3.0 ; python_version == "3.10"',
        'dateutil==4.0 ; python_version == "3.11" or python_version == "3.12"',
        "numpy==2.2.6",
        'old==1 ; python_version == "3.10"',
    ]


@pytest.mark.parametrize("version", [(3, 10), (3, 13)])
def test_supported_pythons_pass(version):
    assert tool("check_python").problem(version, "Linux", "x86_64") == ""


def test_others_are_refused_with_what_to_do():
    problem = tool("check_python").problem
    assert "PYTHON=python3" in problem((3, 9), "Linux", "x86_64")
    assert "this is 3.14" in problem((3, 14), "Linux", "x86_64")
    assert "docs/install.md" in problem((3, 12), "Linux", "aarch64")
    assert "docs/install.md" in problem((3, 12), "Darwin", "x86_64")
