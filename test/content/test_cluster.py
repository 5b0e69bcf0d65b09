"""An archive run on a Ray cluster of two nodes, one of which is lost: each image once.

Ray is not in requirements/: these tests run where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import paint
from .test_classify import images_of

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed"
)

_HERE = Path(__file__).parent


@pytest.fixture
def cluster():
    """A cluster of two nodes with a processor each; skips if it does not start."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(_HERE.parents[1]), prepend=os.pathsep)
        nodes = Cluster()
        try:
            nodes.add_node(num_cpus=1)
            nodes.lost = nodes.add_node(num_cpus=1)
        except Exception as error:
            nodes.shutdown()
            pytest.skip(f"no Ray cluster starts here: {error}")
        yield nodes
        nodes.shutdown()


def workers():
    """Processes that are at a task: Ray names them by it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::_attempt"):
            found[int(folder.name)] = name
    return sorted(found)


@pytest.mark.timeout(900)
def test_a_worker_killed_and_a_machine_lost(tmp_path, cluster, colour_model):
    first = paint(tmp_path / "in" / "0001ML0000000.png", 0, side=200)
    names = [f"{number:04d}ML0000000.png" for number in range(1, 1537)]
    for name in names[1:]:
        os.link(first, tmp_path / "in" / name)
    out, journal = tmp_path / "out.parquet", tmp_path / "out.parquet" / "_journal.jsonl"
    words = [sys.executable, "-m", "ai4mars_nav.cli", "content", "classify", str(tmp_path / "in")]
    words += ["--model", str(colour_model), "-o", str(out), "--ray", cluster.address]
    command = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        wait_for_parts(journal, 1, command)
        killed = workers()[0]
        os.kill(killed, signal.SIGKILL)
        wait_for_parts(journal, 3, command)
        cluster.remove_node(cluster.lost, allow_graceful=False)
        _, told = command.communicate(timeout=600)
    finally:
        command.kill()
    assert command.returncode == 0, told
    assert images_of(out) == dict.fromkeys(names, 1)


def wait_for_parts(journal, parts, command):
    """Until so many parts count."""
    while not journal.exists() or len(journal.read_text().splitlines()) <= parts:
        assert command.poll() is None, command.stderr.read()
        time.sleep(0.02)
