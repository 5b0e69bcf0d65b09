"""`ai4mars bench drive` as people start it: killed, refused beside itself, gone on with, summed up.

Real drives on a site of each kind, of a few metres; nothing of the rover is replaced.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.cli import main
from ai4mars_nav.trial import work
from ai4mars_nav.trial.conduct import conduct
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, MODES, ORACLE
from ai4mars_nav.trial.plan import Plan, read_record
from ai4mars_nav.trial.through_graph import TOLERANCES, compare
from ai4mars_nav.trial.work import Bench

MAIN = "import sys; from ai4mars_nav.cli import main; sys.exit(main())"
PATIENCE = 900.0
"""Seconds of a machine that does five other things."""
SITES = 4
SMALL = ["--sites", str(SITES), "--seed", "1", "--metres", "16", "--size", "256"]

pytestmark = pytest.mark.timeout(3 * PATIENCE)


def words(out: Path) -> list[str]:
    return ["bench", "drive", *SMALL, "--jobs", "2", "--out", str(out)]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A benchmark that was killed once its first drive was over, and when each record was made."""
    out = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-c", MAIN, *words(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + PATIENCE
        while not list(out.glob("drives/*.json")):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        beside = subprocess.run(command, capture_output=True, text=True, check=False)
        process.send_signal(signal.SIGKILL)
    assert beside.returncode == 2
    assert "another benchmark is driving there" in beside.stderr
    return out, {p.name: p.stat().st_mtime_ns for p in out.glob("drives/*.json")}


@pytest.fixture(scope="module")
def whole(killed: tuple[Path, dict[str, int]]) -> Path:
    """The same, driven to its end."""
    out, _ = killed
    assert main(words(out)) == 0
    return out


def test_a_killed_benchmark_goes_on_where_it_was(
    killed: tuple[Path, dict[str, int]], whole: Path
) -> None:
    _, before = killed
    after = {p.name: p.stat().st_mtime_ns for p in whole.glob("drives/*.json")}
    assert before.items() <= after.items() and len(after) == SITES * len(MODES)
    assert not list(whole.glob("drives/*.part"))


def test_the_summary_tells_of_every_site_in_every_mode(whole: Path) -> None:
    found = json.loads((whole / "summary.json").read_text(encoding="utf-8"))
    assert found["sites_driven"] == SITES and found["crashed"] == []
    assert found["sites_counted"] == SITES - len(found["not_solved_by_the_oracle"])
    assert {site["kind"] for site in found["sites"].values()} == {"plain", "sand", "rocks"}
    for site in found["sites"].values():
        assert set(site["drives"]) == set(MODES)
        for mode, scores in site["drives"].items():
            assert scores["reached"] or scores["why_ended"]
            assert scores["path_m"] > 0.5 and scores["energy_j"] > 0.0
            assert (scores["perception_ms"] is None) == (mode == ORACLE)
    assert found["modes"][ORACLE]["reached"]["value"] == 1.0
    pair = found["pairs"][f"{FUSED} against {GEOMETRY}"]
    assert pair["reached"]["difference"]["n"] == found["sites_counted"]


def test_the_oracle_gets_across_the_sites_that_are_made_to_be_crossed(whole: Path) -> None:
    reached = [read_record(p)["scores"]["reached"] for p in whole.glob(f"drives/*-{ORACLE}.json")]
    assert len(reached) == SITES and all(reached)


def test_the_modes_do_not_drive_alike(whole: Path) -> None:
    def energies(mode: str) -> list[float]:
        paths = sorted(whole.glob(f"drives/*-{mode}.json"))
        return [read_record(path)["scores"]["energy_j"] for path in paths]

    assert len({tuple(energies(mode)) for mode in MODES}) == len(MODES)


def test_the_tables_also_stand_in_a_document(whole: Path) -> None:
    text = (whole / "summary.md").read_text(encoding="utf-8")
    assert "ai4mars bench drive --sites 4 --seed 1 " in text
    lines = text.splitlines()
    assert "| --- | --- | --- | --- | --- |" in lines
    (sand,) = [line for line in lines if line.startswith("| goal reached, sites of kind sand")]
    assert sand.endswith(" 1 of 1 |")
    widths = {line.count(" |") for line in lines if "goal reached" in line}
    assert widths == {len(MODES) + 1, 6}, "each row has as many cells as its head"


def test_there_is_a_map_of_each_drive_and_a_film_of_each_failure(whole: Path) -> None:
    text = (whole / "report.html").read_text(encoding="utf-8")
    for path in whole.glob("drives/*.json"):
        record = read_record(path)
        assert path.with_suffix(".jpg").stat().st_size > 10_000
        film = path.with_suffix(".gif")
        assert film.exists() == (not record["scores"]["reached"] and record["mode"] != ORACLE)
        if film.exists():
            assert f'href="drives/{film.name}"' in text


def test_a_drive_is_the_same_again(whole: Path) -> None:
    """Its truths are equal, moment by moment; so `compare` finds nothing between them."""
    plan = Plan(whole, SITES, 1, metres=16.0, size=256)
    bench = ready(plan, 2)
    one, other = bench.drive(FUSED).outcome, bench.drive(FUSED).outcome
    assert one.truths == other.truths
    found = compare(one, other)
    assert found["same"] and found["apart_m"] == 0.0
    energy = read_record(plan.record(2, FUSED))["scores"]["energy_j"]
    assert one.truths[-1].energy_j == pytest.approx(energy, abs=1e-3)


def ready(plan: Plan, seed: int) -> Bench:
    """A site of a plan, ready to be driven."""
    rover = work.load_rover(work.rover_file(plan.rover))
    return Bench(plan, work.make_site(seed, plan.metres, rover), rover)


def test_drives_that_differ_are_told_apart(whole: Path) -> None:
    plan = Plan(whole, SITES, 1, metres=16.0, size=256)
    found = compare(*(ready(plan, seed).drive(ORACLE).outcome for seed in (1, 2)))
    over = {key for key, most in TOLERANCES.items() if found[key] > most}
    assert over and set(found["beyond"]) - {"reached"} == over and not found["same"]


def test_a_drive_that_crashes_is_told_and_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, drive, calls = Plan(tmp_path, 1, 2, metres=16.0, size=256), Bench.drive, []

    def sometimes(self: Bench, mode: str) -> work.Driven:
        calls.append(mode)
        if mode == FUSED and calls.count(FUSED) == 1:
            raise RuntimeError("the engine fell over")
        return drive(self, ORACLE if mode != FUSED else mode)

    monkeypatch.setattr(Bench, "drive", sometimes)
    said: list[str] = []
    found = conduct(plan, 1, "", 0, said.append)
    assert found["crashed"] == [] and found["sites_driven"] == 1
    assert calls == [*MODES, FUSED]
    assert any("site 2, fused: crashed" in line for line in said)
    kept = (tmp_path / "crashed" / "2-fused-1.txt").read_text(encoding="utf-8")
    assert "the engine fell over" in kept and "Traceback" in kept


def test_a_drive_that_crashes_again_is_not_dropped_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_self: Bench, _mode: str) -> work.Driven:
        raise RuntimeError("no")

    monkeypatch.setattr(Bench, "drive", never)
    arguments = ["--sites", "1", "--seed", "2", "--metres", "16", "--jobs", "1"]
    assert main(["bench", "drive", *arguments, "--out", str(tmp_path)]) == 1
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["crashed"] == [f"2-{mode}" for mode in MODES]
    assert found["sites_driven"] == 0 and (tmp_path / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "0"], "--jobs 0: at least one process"),
        (["--fault", "odom_jump=1"], "--fault odom_jump: must be one of"),
        (["--fault", "dust=7"], r"--fault: dust is 7\.0, outside"),
        (["--model", "nosuch"], "model 'nosuch' is not in"),
        (["--ray", "127.0.0.1:1"], r"Ray, which is not installed|no Ray cluster can be joined"),
        (["--graph", "-1"], "--graph -1: must be 0 or more"),
    ],
)
def test_bad_arguments_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["bench", "drive", "--out", str(tmp_path), "--sites", "1", *arguments]) == 2
    assert re.search(message, capsys.readouterr().err)
