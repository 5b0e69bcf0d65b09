"""`ai4mars drive` as people start it: the real graph, over DDS, across a small world."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pytest

pytest.importorskip("rclpy")
rosbags = pytest.importorskip("rosbags.highlevel")

from ai4mars_nav.bags.read import messages  # noqa: E402
from ai4mars_nav.content.triage.downlink import from_json  # noqa: E402
from ai4mars_nav.ros import graph  # noqa: E402
from ai4mars_nav.ros.answers import FRAME  # noqa: E402
from ai4mars_nav.ros.convert.header import nanoseconds  # noqa: E402
from ai4mars_nav.sim.drive.sim_node import EPOCH  # noqa: E402
from ai4mars_nav.sim.drive.sim_settings import SimSettings  # noqa: E402

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
"""Seconds of a machine that does five other things."""
MAIN = "import sys; from ai4mars_nav.cli import main; sys.exit(main())"

pytestmark = pytest.mark.timeout(2 * PATIENCE)


@dataclass
class Drive:
    """A running `ai4mars drive` and what it wrote so far."""

    process: subprocess.Popen[bytes]
    out: Path
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def until(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert self.process.poll() is None, f"{what}: it ended: {self.said()}"
            assert time.monotonic() < deadline, f"{what}: {self.said()}"
            time.sleep(0.1)

    def under_way(self) -> None:
        """Wait until the drive is on and told of."""
        self.until("it does not drive", lambda: " m to go | " in self.said())

    def metrics(self) -> dict[str, Any]:
        return json.loads((self.out / "metrics.json").read_text(encoding="utf-8"))

    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def node(self, name: str) -> int:
        """Process id of a node."""
        for pid in self.children():
            with contextlib.suppress(OSError):
                if f"__node:={name}" in Path(f"/proc/{pid}/cmdline").read_text():
                    return pid
        raise AssertionError(f"{name} does not run: {self.said()}")


def begin(tiny: Path, folder: Path, *words: str) -> Drive:
    """Start `ai4mars drive` in the small world, with 256 px images."""
    out, log = folder / "out", folder / "log"
    command = [sys.executable, "-c", MAIN, "drive", "--world", str(tiny), "--size", "256"]
    with log.open("w") as sink:
        process = subprocess.Popen(
            [*command, "--out", str(out), *words], cwd=ROOT, stdout=sink, stderr=sink
        )
    return Drive(process, out, log)


def end(drive: Drive) -> None:
    """Whatever became of the test."""
    if drive.process.poll() is None:
        drive.process.terminate()
        drive.process.wait(PATIENCE)


@pytest.fixture
def drive(tiny: Path, tmp_path: Path) -> Iterator[Callable[..., Drive]]:
    """Starts the one drive of a test."""
    started: list[Drive] = []

    def start(*words: str) -> Drive:
        started.append(begin(tiny, tmp_path, *words))
        return started[-1]

    yield start
    for each in started:
        end(each)


@pytest.fixture(scope="module")
def whole(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive that was left alone, and is over."""
    drive = begin(tiny, tmp_path_factory.mktemp("whole"))
    try:
        assert drive.process.wait(PATIENCE) == 0, drive.said()
    finally:
        end(drive)
    return drive


def bagged(drive: Drive) -> dict[str, int]:
    """Messages of each topic in the bag, all of which can be read."""
    found: dict[str, int] = {}
    with rosbags.AnyReader([drive.out / "bag"]) as reader:
        for connection, _, raw in reader.messages():
            assert raw
            found[connection.topic] = found.get(connection.topic, 0) + 1
    return found


@contextlib.contextmanager
def busy(loops: int) -> Iterator[None]:
    """A machine that does much else."""
    command = [sys.executable, "-c", "while True: pass"]
    started = [subprocess.Popen(command) for _ in range(loops)]
    try:
        yield
    finally:
        for each in started:
            each.kill()
            each.wait()


def moments(drive: Drive) -> dict[str, list[Any]]:
    """Every moment of a drive, up to the one that ended it: all that is true, and all plans."""
    end = drive.metrics()["time_s"]
    truths = [json.loads(m.data) for _, _, m in messages(drive.out / "bag", "truth/state")]
    truths = [truth for truth in truths if truth["time"] <= end]
    plans = [
        (
            nanoseconds(plan.header.stamp),
            [(each.pose.position.x, each.pose.position.y) for each in plan.poses],
        )
        for _, _, plan in messages(drive.out / "bag", "plan")
        # nobody waits for the answer to a frame that the drive ended with
        if nanoseconds(plan.header.stamp) < truths[-1]["stamp"]
    ]
    return {"truths": truths, "plans": plans}


def gone(pids: list[int]) -> bool:
    return not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_the_goal_is_reached_and_everything_is_left_behind(whole: Drive) -> None:
    found = whole.metrics()
    assert found["goal_reached"] and not found["embedded"] and found["rock_strikes"] == 0
    assert found["distance_to_goal_m"] <= 0.6
    assert found["distance_m"] >= found["straight_line_m"] - 1.5
    assert found["counts"]["frame answered"] == found["frames"], "lockstep lost a frame"
    topics = bagged(whole)
    over = EPOCH + round(1e9 * found["time_s"])
    taken = [nanoseconds(m.header.stamp) for _, _, m in messages(whole.out / "bag", FRAME)]
    # the simulator looks once more before it hears that it is over
    assert sum(stamp < over for stamp in taken) == found["frames"]
    assert found["frames_mapped"] == found["frames"]
    assert {"/terrain/cost", "/plan", "/cmd_vel", "/odom", "/tf", "/clock"} <= set(topics)
    page = (whole.out / "report.html").read_text(encoding="utf-8")
    assert "the goal was reached" in page and "http://" not in page.replace("http://www.w3", "")
    for name in ("topdown.png", "filmstrip.png"):
        picture = cv2.imread(str(whole.out / name))
        assert picture is not None and picture.std() > 10.0
    assert (whole.out / "film.gif").read_bytes()[:3] == b"GIF"


def test_two_drives_are_equal_however_busy_the_machine_is(
    whole: Drive, drive: Callable[..., Drive]
) -> None:
    """The driver had a plan one pose later than in another drive, now and then. Nor does anybody
    wait for the node that looks on in the second."""
    with busy(6):
        second = drive("--triage")
        assert second.process.wait(PATIENCE) == 0, second.said()
    told, again = moments(whole), moments(second)
    assert len(told["truths"]) > 20 and len(told["plans"]) > 2
    for name, every in told.items():
        for one, other in zip(every, again[name], strict=False):
            assert one == other, name
        assert len(every) == len(again[name]), name
    assert "/triage/downlink" not in bagged(whole)
    assert_triaged(second)


def assert_triaged(drive: Drive) -> None:
    """What the node that looked on left: a pass within its budget, and pictures of it."""
    told = [message for _, _, message in messages(drive.out / "bag", "triage/downlink")]
    sent = from_json(told[-1].data, "triage/downlink")
    assert sent.products and sent.bytes <= sent.budget
    # the simulator looks on until it hears that it is over, which takes long on a busy machine
    taken = (sent.stamp - EPOCH) // round(1e9 * SimSettings().frame_period) + 1
    assert 0 < sent.images <= taken
    page = (drive.out / "report.html").read_text(encoding="utf-8")
    assert "What it would send home" in page and "Where to look again" in page
    for name in ("triage.png", "targets.png"):
        picture = cv2.imread(str(drive.out / name))
        assert picture is not None and picture.std() > 10.0


def test_the_truth_is_read_by_no_node_of_the_graph() -> None:
    heard = {topic for spec in graph.GRAPH for topic in spec.subscribes}
    assert not [topic for topic in heard if topic.startswith("truth/")]


@pytest.mark.parametrize("ended_by", ["Ctrl-C", "a dying node"])
def test_cut_short_it_leaves_a_bag_and_no_process(
    drive: Callable[..., Drive], ended_by: str
) -> None:
    running = drive()
    running.under_way()
    children = running.children()
    if ended_by == "Ctrl-C":
        running.process.send_signal(signal.SIGINT)
        code, reason = 130, "interrupted"
    else:
        os.kill(running.node("map"), signal.SIGKILL)
        code, reason = 1, "a process ended: map was ended by SIGKILL"
    assert running.process.wait(PATIENCE) == code, running.said()
    assert reason in running.said()
    assert gone(children)
    found = running.metrics()
    assert found["why_ended"].startswith(reason) and not found["goal_reached"]
    assert bagged(running)["/truth/state"] > 0
    assert (running.out / "report.html").is_file()


def test_bad_frames_stop_the_rover_before_ground_it_has_not_seen(
    drive: Callable[..., Drive],
) -> None:
    """Black frames from the start: nothing is known, so it does not move, and says so."""
    running = drive("--fault", "black=1", "--fault", "after=0")
    assert running.process.wait(PATIENCE) == 1, running.said()
    found = running.metrics()
    assert found["why_ended"].startswith("stalled"), found["why_ended"]
    assert found["distance_m"] < 0.1 and not found["strikes"]
    assert found["counts"]["frames black"] > 0


def test_a_world_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAIN, "drive", "--world", "utopia", "--out", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 2
    assert "world 'utopia' is not in" in ended.stderr and "crossing" in ended.stderr
