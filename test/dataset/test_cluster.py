"""The same work on a Ray cluster of two nodes: same results, same errors, going on after a kill.

Ray is not in requirements/: these tests run where it is installed.
"""

from __future__ import annotations

import importlib.util
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset.errors import BadInput, DatasetError
from ai4mars_nav.dataset.images import read_label
from ai4mars_nav.dataset.parallel import each

RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not RAY, reason="ray is not installed")


@pytest.fixture(scope="module")
def cluster():
    """The address of a cluster of two nodes with a processor each; skips if it does not start."""
    from ray.cluster_utils import Cluster

    root = str(Path(__file__).parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", root, prepend=os.pathsep)
        nodes = Cluster()
        try:
            nodes.add_node(num_cpus=1)
            nodes.add_node(num_cpus=1)
        except Exception as error:
            nodes.shutdown()
            pytest.skip(f"no Ray cluster starts here: {error}")
        yield nodes.address
        nodes.shutdown()


@pytest.fixture
def raw(tmp_path, put, blobs):
    for image in range(30):
        for labeller, label in enumerate(blobs(image, 4, (80, 80))):
            put(tmp_path / "RAW" / f"P{image:02d}" / f"user{labeller}.png", label)
    return tmp_path / "RAW"


def labels(*words):
    return main(["labels", *map(str, words)])


def read(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}


@needs_ray
def test_every_item_once_and_few_ahead(cluster):
    taken = 0

    def items():
        nonlocal taken
        for item in range(100):
            taken += 1
            yield item

    ahead, results = [], {}
    for item, result in each(math.factorial, items(), 1, cluster):
        results[item] = result
        ahead.append(taken - len(results))
    assert results == {item: math.factorial(item) for item in range(100)}
    assert max(ahead) <= 16


@needs_ray
def test_both_nodes_work(cluster):
    def where(item):
        import ray

        time.sleep(0.05)
        return item, ray.get_runtime_context().get_node_id()

    found = [result for _, result in each(where, range(60), 1, cluster)]
    assert sorted(item for item, _ in found) == list(range(60))
    assert len({node for _, node in found}) == 2


@needs_ray
def test_an_error_is_the_one_that_the_task_raised(cluster, tmp_path, put):
    bad = put(tmp_path / "bad.png", np.full((4, 4), 9, np.uint8))
    with pytest.raises(BadInput, match=r"bad\.png: unknown label value") as caught:
        list(each(read_label, [bad], 1, cluster))
    assert caught.value.problem.where == str(bad)


@needs_ray
@pytest.mark.parametrize("command", ["merge", "dawid-skene", "agreement"])
def test_the_commands_do_the_same(cluster, raw, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)  # relative paths mean the same on other machines
    words = [command] if command != "dawid-skene" else ["merge", "--method", "dawid-skene"]
    for out, how in (("one", ("--jobs", 1)), ("many", ("--ray", cluster))):
        (tmp_path / out).mkdir()
        target = f"{out}/scores.csv" if command == "agreement" else out
        assert labels(*words, raw.relative_to(tmp_path), "-o", target, *how) == 0
    if command == "agreement":
        assert Path("one/scores.csv").read_text() == Path("many/scores.csv").read_text()
    else:
        assert read(tmp_path / "one") == read(tmp_path / "many") != {}


@needs_ray
def test_a_killed_run_goes_on_with_processes(cluster, tmp_path, put, blobs):
    for image in range(40):
        for labeller, label in enumerate(blobs(image, 3, (300, 300))):
            put(tmp_path / "RAW" / f"P{image:02d}" / f"user{labeller}.png", label)
    code = "import sys; from ai4mars_nav.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["labels", "merge", str(tmp_path / "RAW"), "-o", str(tmp_path / "OUT")]
    process = subprocess.Popen([sys.executable, "-c", code, *words, "--ray", cluster])
    while not (tmp_path / "OUT/P00.png").exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert main([*words, "--jobs", "1"]) == 0
    assert main([*words[:4], str(tmp_path / "WHOLE"), "--jobs", "1"]) == 0
    assert read(tmp_path / "OUT") == read(tmp_path / "WHOLE")
    assert len(read(tmp_path / "OUT")) == 40


@needs_ray
def test_bad_input_stops_the_run_and_is_named(cluster, raw, tmp_path, capsys):
    assert cv2.imwrite(str(raw / "P07" / "user1.png"), np.full((80, 80), 7, np.uint8))
    words = ("merge", raw, "-o", tmp_path / "OUT", "--ray", cluster)
    assert labels(*words) == 2
    assert "P07/user1.png: unknown label value" in capsys.readouterr().err
    assert labels(*words, "--on-bad", "skip") == 0
    assert "1 skipped: unknown label value" in capsys.readouterr().err


@needs_ray
def test_a_cluster_that_is_not_there_is_named():
    with pytest.raises(DatasetError, match=r"no Ray cluster can be joined at 127\.0\.0\.1:9"):
        list(each(math.factorial, [1], 1, "127.0.0.1:9"))
    with pytest.raises(DatasetError, match=r"--ray mars: must be HOST:PORT"):
        list(each(math.factorial, [1], 1, "mars"))


@pytest.mark.skipif(RAY, reason="ray is installed")
def test_without_ray_it_is_said_what_is_missing(tmp_path, raw, capsys):
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--ray", "auto") == 2
    assert "pip install ray" in capsys.readouterr().err
