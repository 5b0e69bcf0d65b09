"""`ai4mars bench judge`: a real drive of a small site before MuJoCo; what is said of verdicts."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")
pytest.importorskip("mujoco", reason="MuJoCo is not installed: the extra judge")

from ai4mars_nav.cli import main
from ai4mars_nav.trial import work
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, ORACLE
from ai4mars_nav.trial.outside.summary import summarise
from ai4mars_nav.trial.outside.table import table
from ai4mars_nav.trial.outside.windows import pooled
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.track import read_track

PATIENCE = 900.0
"""Seconds of a machine that does five other things."""
SEED = 2

pytestmark = pytest.mark.timeout(2 * PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of one small site that the oracle drove."""
    out = tmp_path_factory.mktemp("judged")
    plan = Plan(out, 1, SEED, metres=16.0, size=256)
    plan.prepare()
    rover = work.load_rover(work.rover_file(plan.rover))
    assert work.Bench(plan, work.make_site(SEED, 16.0, rover), rover).attempt(ORACLE) is None
    return out


def test_a_drive_is_judged_once_by_its_commands_and_by_its_mind(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "judge", str(folder), "--jobs", "1"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"site {SEED}: oracle " in said and "1 of 1" in said
    path = folder / "judge" / f"{SEED}-{ORACLE}.json"
    verdict = json.loads(path.read_text(encoding="utf-8"))
    assert verdict["ours"]["reached"] and verdict["judge"]["reached"]
    assert verdict["judge"]["energy_j"] != verdict["ours"]["energy_j"]
    assert verdict["windows"] and all(each["way_m"] > 0.5 for each in verdict["windows"])
    # level ground for the most part: the same commands lead about as far
    found = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
    assert 0.5 < found["windows"]["way_share"]["p50"] < 1.2
    assert found["windows"]["tilt_deg"]["p50"] < 3.0
    track = read_track(path.with_suffix(".npz"))
    assert float(track.time[-1]) == pytest.approx(verdict["judge"]["time_s"], abs=0.01)
    assert (folder / "judge.jpg").stat().st_size > 10_000
    written = path.stat().st_mtime_ns
    assert main(words) == 0
    assert path.stat().st_mtime_ns == written
    assert f"site {SEED} (known): oracle " in capsys.readouterr().out


def verdict(
    record: Callable[..., dict[str, Any]], seed: int, mode: str, drove: str = "abc", **judge: Any
) -> Any:
    ours = record(seed, mode)["scores"] | {"strikes": []}
    window = {
        "way_m": 2.0, "judge_way_m": 1.9, "apart_m": 0.1, "heading_deg": -2.0, "tilt_deg": 0.5,
        "slip": 0.05, "judge_slip": 0.1, "energy_j": 400.0, "judge_energy_j": 500.0,
    }  # fmt: skip
    return {
        "seed": seed, "mode": mode, "code": "abc", "drove": drove, "kind": "plain", "ours": ours,
        "judge": copy.deepcopy(ours) | judge, "windows": [window],
        "processor_s": {"windows": 5.0, "drive": 30.0},
    }  # fmt: skip


def test_both_sides_are_counted_and_ways_only_where_both_arrived(
    record: Callable[..., dict[str, Any]],
) -> None:
    lost = {"reached": False, "why_ended": "stalled: x", "energy_per_m": 900.0, "high_slip_m": 6.0}
    found = summarise(
        [
            verdict(record, 1, GEOMETRY, **lost),
            verdict(record, 1, FUSED, high_slip_m=1.0),
            verdict(record, 2, GEOMETRY, energy_per_m=400.0, high_slip_m=4.0),
            verdict(record, 2, FUSED, drove="old", energy_per_m=300.0),
        ]
    )
    geometry = found["modes"][GEOMETRY]
    assert geometry["both_reached"] == 1 and geometry["ours"]["reached"] == 2
    assert geometry["judge"]["reached"] == 1
    assert geometry["judge"]["not_reached"] == {"1": "stalled: x"}
    assert geometry["judge"]["energy_per_m"] == 400.0 and geometry["ours"]["energy_per_m"] == 250.0
    pair = found["fused against geometry"]["judge"]
    assert pair["high_slip_m"]["value"] == pytest.approx(-0.9)
    assert pair["energy_per_m"]["value"] == pytest.approx(-0.25) and pair["both_reached"] == 1
    text = table(found)
    assert "| goal reached | 2 | 1 | 2 | 2 |" in text
    assert "| way, the judge's over ours | 95.0 % | 95.0 % | 95.0 % |" in text
    assert found["driven_by_other_code"] == 1
    assert "1 of our drives are of another state of the code" in text
    assert "-90 %" in text and "energy, the judge's over ours: 1.25" in text


def test_one_mode_alone_has_no_pair_and_no_windows_are_no_figures(
    record: Callable[..., dict[str, Any]],
) -> None:
    alone = verdict(record, 1, FUSED)
    alone["windows"] = []
    found = summarise([alone])
    assert found["fused against geometry"] == {"ours": None, "judge": None}
    assert found["windows"] is None and pooled([]) is None
    assert "No drive had a window in which it moved." in table(found)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["bench", "judge", *words]) == 2
    return capsys.readouterr().err


def test_what_cannot_be_judged_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "settings.json: cannot be read" in refused(capsys, str(tmp_path))
    assert "--modes wrong: must be one of" in refused(capsys, str(folder), "--modes", "wrong")
    assert "no drive of geometry has a record" in refused(capsys, str(folder), "--modes", GEOMETRY)
    assert "--jobs 0: must be 1 or more" in refused(capsys, str(folder), "--jobs", "0")


def test_a_drive_without_a_track_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Plan(tmp_path, 1, SEED, metres=16.0, size=256).prepare()
    drives = tmp_path / "drives"
    drives.mkdir()
    (drives / f"{SEED}-{ORACLE}.json").write_bytes(
        (folder / "drives" / f"{SEED}-{ORACLE}.json").read_bytes()
    )
    assert "there is no such track" in refused(capsys, str(tmp_path), "--jobs", "1")
    np.savez(drives / f"{SEED}-{ORACLE}.npz", time=np.zeros(2))
    assert "is not a track" in refused(capsys, str(tmp_path), "--jobs", "1")
