"""Several processes and one cache: races, sudden deaths, full disks and folders of others."""

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ai4mars_nav.perception.engines import obtain as ob

SCRIPT = Path(__file__).with_name("one_process.py")
PATIENCE = 120.0


class Process:
    """A process that obtains the engine, and its lines as they come."""

    def __init__(self, model, cache, *words):
        command = [sys.executable, str(SCRIPT), str(model), str(cache), *map(str, words)]
        self.running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = queue.Queue()
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.running.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def until(self, part):
        """The line that has `part` in it."""
        while True:
            line = self.lines.get(timeout=PATIENCE)
            assert line is not None, f"ended without {part!r}: {self.said}"
            self.said.append(line)
            if part in line:
                return line

    def end(self):
        """Its exit code, once it has ended by itself."""
        with contextlib.suppress(queue.Empty):
            while (line := self.lines.get(timeout=PATIENCE)) is not None:
                self.said.append(line)
        return self.running.wait(PATIENCE)


@pytest.fixture
def start(probe, cache):
    """Start a process on the probe model and the cache."""
    started = []

    def make(*words, folder=cache):
        started.append(Process(probe, folder, *words))
        return started[-1]

    yield make
    for process in started:
        process.running.kill()
        process.running.wait()


def test_of_two_that_build_at_once_one_waits_and_uses_what_the_other_built(
    start, tmp_path, cache, wanted, builder, say
):
    go = tmp_path / "go"
    first = start("--hold", go)
    first.until("build begun")
    second = start("--hold", go)
    second.until("another process is building probe.onnx-optimised: waiting for it")
    go.touch()
    assert first.until("used").startswith("used optimised")
    assert second.until("used").endswith(": ")
    assert (first.end(), second.end()) == (0, 0)
    assert "build begun" not in second.said
    assert ob.obtain(wanted, ob.REFUSE, say).note == "" and builder.built == 0
    assert len(list(cache.glob("*.plan"))) == 1


def test_who_waits_for_one_that_is_killed_builds_himself(start, tmp_path, wanted, say):
    go = tmp_path / "go"
    first = start("--hold", go)
    first.until("build begun")
    second = start("--hold", go)
    second.until("waiting for it")
    first.running.kill()
    second.until("build begun")
    go.touch()
    second.until("used")
    assert ob.obtain(wanted, ob.REFUSE, say).note == ""


@pytest.mark.parametrize("step", [0, 1])
def test_killed_while_it_writes_it_leaves_no_engine_and_no_lock(start, cache, step):
    """Step 0 is the plan, step 1 the record."""
    killed = start("--die-at", step)
    assert killed.end() == -9
    assert len(list(cache.glob("*.part"))) == 1
    assert not list(cache.glob("*.json"))
    after = start()
    assert "no engine is cached" in after.until("building")
    after.until("used")
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".lock", ".plan"]


@pytest.mark.parametrize("step", [0, 1])
def test_killed_while_it_exchanges_an_engine_it_leaves_the_old_one(
    start, cache, wanted, builder, say, step
):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    old = {path: path.read_bytes() for path in cache.iterdir()}
    assert start("--again", "--die-at", step).end() == -9
    assert set(old) < set(cache.iterdir())
    assert all(path.read_bytes() == content for path, content in old.items())
    assert ob.obtain(wanted, ob.REFUSE, say).note == "" and builder.built == 1
    assert start("--again").end() == 0
    assert len(list(cache.iterdir())) == len(old), "what was left half written is gone"


def test_a_full_disk_leaves_the_old_engine_and_the_new_one_is_used(
    start, cache, wanted, say, builder
):
    """The size of a file is limited, which fails in the same place as a disk without room."""
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    old = {path: path.read_bytes() for path in cache.iterdir()}
    full = start("--again", "--largest", 1000)
    used = full.until("used")
    assert "the engine cannot be kept: File too large" in used and full.end() == 0
    assert {path: path.read_bytes() for path in cache.iterdir()} == old
    assert ob.obtain(wanted, ob.REFUSE, say).note == "" and builder.built == 1


@pytest.fixture
def seen_by_all():
    """A folder that another user can look into."""
    folder = Path(tempfile.mkdtemp(prefix="ai4mars-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_of_others_is_named_and_nothing_is_built(start, seen_by_all):
    seen_by_all.chmod(0o555)
    process = start("--as-nobody", folder=seen_by_all)
    line = process.until("refused")
    assert f"{seen_by_all}/probe.onnx-optimised.lock: cannot be written: Permission denied" in line
    assert process.end() == 1
    assert not any("optimising" in said for said in process.said)


def test_an_engine_in_a_folder_of_others_is_used(start, seen_by_all):
    assert start(folder=seen_by_all).end() == 0
    seen_by_all.chmod(0o555)
    reader = start("--as-nobody", folder=seen_by_all)
    assert reader.until("used").endswith(": ") and reader.end() == 0


def test_a_cache_that_is_a_file_is_named(start, tmp_path):
    file = tmp_path / "file"
    file.touch()
    process = start(folder=file / "engines")
    assert "cannot be written: Not a directory" in process.until("refused")
    assert process.end() == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a file system can only be mounted by root")
def test_a_disk_that_is_really_full_leaves_the_old_engine(start, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"mount: {mounted.stderr.decode().strip()}")
    try:
        assert start(folder=small).end() == 0
        old = {path: path.read_bytes() for path in small.iterdir()}
        with contextlib.suppress(OSError), (small / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(512))
        full = start("--again", folder=small)
        assert "the engine cannot be kept: No space left on device" in full.until("used")
        (small / "filler").unlink()
        assert {path: path.read_bytes() for path in small.iterdir()} == old
        assert start(folder=small).until("used").endswith(": ")
    finally:
        subprocess.run(["umount", str(small)], check=True)
