"""`make test`: rooms side by side, each heard, and none that fails goes unheard."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "run_rooms.py"


def run(folder: Path, *words: str) -> tuple[int, list[str]]:
    """Exit code and lines of the tool over a folder of rooms."""
    done = subprocess.run(
        [sys.executable, str(TOOL), *words, "rooms"], cwd=folder, capture_output=True, text=True
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two rooms whose tests pass, one with a test that is skipped, and a folder of none."""
    write(
        tmp_path, "one", "import pytest\ndef test_a(): pass\n@pytest.mark.skip\ndef test_b(): ..."
    )
    write(tmp_path, "two", "def test_c(): pass\ndef test_d(): pass")
    (tmp_path / "rooms" / "bare").mkdir()
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = -p no:cacheprovider -p no:schemathesis\n"
    )
    return tmp_path


def write(folder: Path, room: str, tests: str) -> None:
    """A room with one file of tests."""
    path = folder / "rooms" / room / f"test_{room}.py"
    path.parent.mkdir(parents=True)
    path.write_text(tests)


def test_all_rooms_are_run_and_summed_up(house: Path) -> None:
    code, lines = run(house)
    assert code == 0
    assert {line.partition(" in ")[0] for line in lines[-3:-1]} == {
        "rooms/one: 1 passed, 1 skipped",
        "rooms/two: 2 passed",
    }
    assert lines[-1].startswith("=") and " 3 passed, 1 skipped in " in lines[-1]


def test_rooms_that_do_not_end_well_are_told_last(house: Path) -> None:
    write(house, "false", "def test_e(): assert 1 == 2")
    write(house, "broken", "import nowhere_to_be_found")
    write(house, "killed", "import os\ndef test_f(): os.kill(os.getpid(), 9)")
    write(house, "empty", "VALUE = 1")
    code, lines = run(house, "--at-once", "3")
    assert code == 1
    told = {line.partition(":")[0]: line for line in lines[-5:-1]}
    assert told["rooms/false"].endswith("EXIT CODE 1") and "1 failed" in told["rooms/false"]
    assert told["rooms/broken"].endswith("EXIT CODE 2") and "1 errors" in told["rooms/broken"]
    assert told["rooms/killed"].endswith("ENDED BY SIGKILL")
    assert told["rooms/empty"].endswith("EXIT CODE 5")
    assert " 1 failed, 3 passed, 1 skipped, 1 errors in " in lines[-1]


def test_no_rooms_are_no_success(tmp_path: Path) -> None:
    (tmp_path / "rooms").mkdir()
    code, lines = run(tmp_path)
    assert code == 1
    assert lines == ["rooms: there are no rooms with tests"]


def test_told_to_end_it_ends_what_runs_and_begins_no_more(tmp_path: Path) -> None:
    write(tmp_path, "ros", "import time\ndef test_g(): time.sleep(200)")
    write(tmp_path, "later", "def test_h(): pass")
    words = [sys.executable, str(TOOL), "--at-once", "1", "rooms"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None and tool.stdout.readline() == "rooms/ros begins\n"
        tool.send_signal(signal.SIGTERM)
        assert tool.wait(timeout=60.0) == 1
        assert "begins" not in tool.stdout.read()
