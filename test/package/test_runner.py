"""The runner ends what it started, tells why something ended, and leaves no shared memory."""

import fcntl
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from ai4mars_nav.ros import runner
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.errors import StartError
from ai4mars_nav.ros.runner import Runner
from ai4mars_nav.ros.shared_memory import FOLDER, remove_left

from ..processes import is_running, wait_until_gone

ROOT = Path(__file__).parents[2]
QUICK = ((signal.SIGINT, 0.4), (signal.SIGTERM, 0.4), (signal.SIGKILL, 5.0))
STUBBORN = """
import signal, time
for number in ({numbers}):
    signal.signal(number, lambda *_: print("no", flush=True))
print("ready", flush=True)
while True:
    time.sleep(0.1)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
print(child.pid, flush=True)
time.sleep(100)
"""
RUNNER = """
import os, sys, time
from ai4mars_nav.ros.runner import Runner
sleep = [sys.executable, "-c", "import time; time.sleep(100)"]
with Runner({"inner": sleep}, os.environ, lambda name, line: None) as running:
    print(running.processes[0].pid, flush=True)
    time.sleep(100)
"""
IN_BACKGROUND = """
import os, signal, sys, threading
from ai4mars_nav.ros.runner import Runner
signal.signal(signal.SIGINT, signal.SIG_IGN)
ready = threading.Event()
sleep = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(100)"]
with Runner({"inner": sleep}, os.environ, lambda name, line: ready.set()) as running:
    ready.wait()
print("ended by", -running.processes[0].returncode, flush=True)
"""
NODE = """
import rclpy
rclpy.init()
node = rclpy.create_node("sleeper")
print("ready", flush=True)
rclpy.spin(node)
"""


class Lines:
    """What was heard, to wait for."""

    def __init__(self):
        self.heard = []
        self._more = threading.Condition()

    def __call__(self, name, line):
        with self._more:
            self.heard.append((name, line))
            self._more.notify_all()

    def wait_for(self, name, word):
        def found():
            return [line for n, line in self.heard if n == name and word in line]

        with self._more:
            assert self._more.wait_for(found, 20.0), f"{name} never said {word!r}: {self.heard}"
            return found()[0]


def python(code):
    return [sys.executable, "-c", code]


def run_until_ready(code, lines):
    """Start one process, wait for its first word, end it; how it ended."""
    with Runner({"one": python(code)}, os.environ, lines) as running:
        lines.wait_for("one", "ready")
    return running.processes[0].returncode


@pytest.mark.parametrize(
    ("ignores", "ended_by"),
    [
        ("", signal.SIGINT),
        ("signal.SIGINT,", signal.SIGTERM),
        ("signal.SIGINT, signal.SIGTERM,", signal.SIGKILL),
    ],
)
def test_what_does_not_end_is_asked_harder(monkeypatch, ignores, ended_by):
    monkeypatch.setattr(runner, "STEPS", QUICK)
    code = STUBBORN.replace("{numbers}", ignores)
    if not ignores:
        code = code.replace("import signal, time", "import signal, time; signal.signal(2, 0)")
    lines = Lines()
    assert run_until_ready(code, lines) == -ended_by
    numbers = [number for number, _ in QUICK]
    in_vain = numbers[: numbers.index(ended_by)]
    told = [line for _, line in lines.heard if "has not ended" in line]
    assert told == [f"has not ended after {number.name}" for number in in_vain]


def test_what_a_script_runs_in_its_background_ends_at_the_first_word_too():
    """SIGINT is ignored there, which what we start would inherit."""
    lines = Lines()
    with Runner({"outer": python(IN_BACKGROUND)}, {**os.environ, "PYTHONPATH": str(ROOT)}, lines):
        assert lines.wait_for("outer", "ended by") == f"ended by {signal.SIGINT.value}"
    assert not any("has not ended" in line for _, line in lines.heard)


def test_children_of_a_process_end_with_it():
    lines = Lines()
    with Runner({"parent": python(PARENT)}, os.environ, lines):
        child = int(lines.wait_for("parent", ""))
        assert is_running(child)
    assert not is_running(child)


def test_one_that_dies_is_named_with_code_and_last_lines():
    commands = {"good": python("import time; time.sleep(100)"), "bad": python("print(1 / 0)")}
    with Runner(commands, os.environ, Lines()) as running, pytest.raises(StartError) as told:
        deadline = time.monotonic() + 20.0
        while time.monotonic() < deadline:
            running.check()
            time.sleep(0.02)
    assert "bad ended with code 1" in str(told.value)
    assert "ZeroDivisionError" in str(told.value)
    assert all(process.gone() for process in running.processes)


def test_one_that_is_killed_is_told_by_signal():
    with Runner({"one": python("import time; time.sleep(100)")}, os.environ, Lines()) as running:
        os.kill(running.processes[0].pid, signal.SIGKILL)
        running.processes[0].finish_reading(20.0)
        while not running.processes[0].ended():
            time.sleep(0.01)
        with pytest.raises(StartError, match="one was ended by SIGKILL without a word"):
            running.check()


def test_only_a_clean_end_of_one_that_may_end_is_allowed():
    commands = {"done": python("pass"), "failed": python("raise SystemExit(3)")}
    with Runner(commands, os.environ, Lines(), frozenset(commands)) as running:
        while not all(process.ended() for process in running.processes):
            time.sleep(0.01)
        with pytest.raises(StartError, match="failed ended with code 3"):
            running.check()


def test_what_started_before_a_failed_start_is_ended():
    commands = {"good": python("import time; time.sleep(100)"), "bad": ["/no/such/program"]}
    running = Runner(commands, os.environ, Lines())
    with pytest.raises(StartError, match="bad: cannot start /no/such/program"):
        running.__enter__()
    assert [process.name for process in running.processes] == ["good"]
    assert running.processes[0].gone()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_what_was_started_ends_with_a_runner_that_is_killed():
    lines = Lines()
    with Runner({"outer": python(RUNNER)}, {**os.environ, "PYTHONPATH": str(ROOT)}, lines) as outer:
        inner = int(lines.wait_for("outer", ""))
        assert is_running(inner)
        os.kill(outer.processes[0].pid, signal.SIGKILL)
        wait_until_gone(inner)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_a_runner_killed_while_it_starts_leaves_nothing(tmp_path):
    """On a busy machine the runner was gone before its child had asked to die with it."""
    late = tmp_path / "setpriv"
    late.write_text(f'#!/bin/sh\nsleep 0.5\nexec {shutil.which("setpriv")} "$@"\n')
    late.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    lines = Lines()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}
    with Runner({"outer": python(RUNNER)}, environment, lines) as outer:
        inner = int(lines.wait_for("outer", ""))
        os.kill(outer.processes[0].pid, signal.SIGKILL)
        wait_until_gone(inner)


def test_killed_nodes_leave_no_shared_memory():
    begun = time.time()
    lines = Lines()
    with private_domain() as domain:
        environment = node_environment(domain)
        with Runner({"node": python(NODE)}, environment, lines) as running:
            lines.wait_for("node", "ready")
            pid = running.processes[0].pid
            owned = locked_by(pid)
            assert owned
            assert not set(owned) & set(remove_left(begun)), "a living node lost its memory"
            os.kill(pid, signal.SIGKILL)
            while not running.processes[0].ended():
                time.sleep(0.01)
            assert all((FOLDER / name).exists() for name in owned)
    assert not any((FOLDER / name).exists() for name in owned)


def locked_by(pid):
    """The segments whose lock this process holds open; ports have numbers that others reuse."""
    links = [link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()]
    return [name[:-3] for name in links if name.endswith("_el") and "_port" not in name]


def test_only_dead_and_new_shared_memory_is_removed(tmp_path):
    since = time.time() - 1.0
    for name in ("fastrtps_0a", "fastrtps_0a_el", "fastrtps_0b_el", "sem.fastrtps_0b_mutex"):
        (tmp_path / name).touch()
    (tmp_path / "someone_elses").touch()
    assert remove_left(time.time() + 1.0, tmp_path) == []
    with (tmp_path / "fastrtps_0b_el").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert remove_left(since, tmp_path) == ["fastrtps_0a"]
    assert remove_left(since, tmp_path) == ["fastrtps_0b"]
    assert [path.name for path in tmp_path.iterdir()] == ["someone_elses"]


def test_ports_are_left_to_who_opens_them_next(tmp_path):
    """Any graph may be opening one by its number: it lost the port between opening and locking."""
    names = {"fastrtps_port7", "fastrtps_port7_el", "sem.fastrtps_port7_mutex"}
    for name in names:
        (tmp_path / name).touch()
    assert remove_left(time.time() - 1.0, tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == names


def test_a_segment_that_is_just_being_made_is_left_to_its_maker(tmp_path):
    """Between making the lock and taking it lies a moment in which it looks dead."""
    path = tmp_path / "fastrtps_0a_el"
    path.touch()
    with path.open() as lock:
        taking = threading.Timer(0.3, fcntl.flock, (lock, fcntl.LOCK_EX))
        taking.start()
        assert remove_left(time.time() - 1.0, tmp_path) == []
        taking.join()
    assert path.exists()


def test_private_domains_differ():
    with private_domain() as one, private_domain() as other:
        assert one != other


def test_one_that_may_fail_is_told_of_once_and_the_others_go_on():
    lines = Lines()
    commands = {
        "looker": [sys.executable, "-c", "print('no model'); raise SystemExit(3)"],
        "driver": [sys.executable, "-c", "import time; time.sleep(100)"],
    }
    with Runner(commands, os.environ, lines, may_fail=frozenset({"looker"})) as running:
        looker, driver = running.processes
        until = time.monotonic() + 30.0
        while not looker.ended() and time.monotonic() < until:
            time.sleep(0.01)
        running.check()
        running.check()
        assert not driver.ended()
    told = [line for name, line in lines.heard if name == "looker" and "ended" in line]
    assert len(told) == 1
    assert "looker ended with code 3" in told[0] and told[0].endswith("; the others go on")
