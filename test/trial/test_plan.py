"""What is asked for is checked, and a folder that was begun goes on with the same only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.modes import FUSED, MODES, ORACLE
from ai4mars_nav.trial.plan import Plan, read_record, write_whole
from ai4mars_nav.trial.through_graph import sampled


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sites": 0}, "--sites 0: at least one"),
        ({"seed": -1}, "--seed -1: must be 0 or more"),
        ({"metres": 3.0}, "--metres 3: a site is 15 to 200 m wide"),
        ({"faults": {"stuck_wheel": 1.0}}, "--fault stuck_wheel: must be one of after, lost"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TrialError, match=message):
        Plan(**({"out": tmp_path, "sites": 2, "seed": 1} | changes))


def test_a_folder_goes_on_with_the_settings_it_was_begun_with(tmp_path: Path) -> None:
    Plan(tmp_path, 2, 1).prepare()
    Plan(tmp_path, 9, 5).prepare()  # more sites, and others: each has a seed of its own
    with pytest.raises(TrialError, match=r"settings\.json: .* other metres, faults; name another"):
        Plan(tmp_path, 2, 1, metres=30.0, faults={"dust": 0.3}).prepare()


def test_a_file_that_changed_on_the_way_is_named(tmp_path: Path) -> None:
    params = tmp_path / "mine.yaml"
    params.write_text("/**/map:\n  ros__parameters: {map: {size: 30.0}}\n", encoding="utf-8")
    plan = Plan(tmp_path / "out", 1, 1, params=str(params))
    plan.prepare()
    plan.check()
    params.write_text("/**/map:\n  ros__parameters: {map: {size: 31.0}}\n", encoding="utf-8")
    with pytest.raises(TrialError, match=r"begun with other file \(parameters\); name another"):
        plan.check()


def test_what_is_left_to_drive_is_what_has_no_record(tmp_path: Path) -> None:
    plan = Plan(tmp_path, 1, 7)
    assert plan.pending(7) == list(MODES)
    write_whole(plan.record(7, FUSED), "{}")
    plan.record(7, ORACLE).with_suffix(".json.part").write_text("{", encoding="utf-8")
    assert FUSED not in plan.pending(7) and ORACLE in plan.pending(7)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read"), ("[]x", "cannot be read"), ('{"seed": 1}', "mode is missing")],
)
def test_a_record_that_is_none_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "1-fused.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrialError, match=rf"1-fused\.json: {message}"):
        read_record(path)


def test_a_file_is_there_in_full_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_whole(path, json.dumps({"a": 1}))
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}
    assert [each.name for each in path.parent.iterdir()] == ["a.json"]


def test_the_sample_of_the_graph_is_spread_over_sites_and_modes(tmp_path: Path) -> None:
    plan = Plan(tmp_path, 60, 1000)
    chosen = sampled(plan, 6)
    assert [seed for seed, _ in chosen] == [1000, 1010, 1020, 1030, 1040, 1050]
    assert len({mode for _, mode in chosen}) == 3
    assert sampled(Plan(tmp_path, 1, 3), 5) == [(3, FUSED)]
