"""The long run: what counts of it, how sure it makes, and that it goes on where it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.cli import main
from ai4mars_nav.trial import far, work
from ai4mars_nav.trial.errors import NoSite
from ai4mars_nav.trial.far import at_most, go_far, longest_without
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan, write_whole


def test_none_in_so_many_metres_is_three_over_the_metres_at_most() -> None:
    assert at_most(0, 10_000.0) == pytest.approx(3.0 / 10_000.0, rel=2e-3)
    # one event: 4.74 over the metres, as in any table of the Poisson distribution
    assert at_most(1, 10_000.0) == pytest.approx(4.744 / 10_000.0, rel=1e-3)


def test_a_strike_ends_a_run_of_metres() -> None:
    assert longest_without([]) == 0.0
    assert longest_without([(30.0, 0), (20.0, 0)]) == 50.0
    assert longest_without([(30.0, 0), (20.0, 1), (10.0, 0), (45.0, 0), (5.0, 2)]) == 60.0


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path, 1, 5, metres=16.0, size=256, ways=(FUSED,))


def leave(plan: Plan, record, seed: int, metres: float, **changes) -> None:
    scores = {"path_m": metres, "processor_s": 9.0} | changes
    write_whole(plan.record(seed, FUSED), json.dumps(record(seed, FUSED, **scores)))


def test_what_counts_is_what_lies_in_a_row_up_to_the_metres_asked_for(plan: Plan, record) -> None:
    leave(plan, record, 5, 30.0)
    struck = {"reached": False, "why_ended": "struck: wheel on rock 3", "rock_strikes": 1}
    leave(plan, record, 6, 20.0, **struck)
    write_whole(plan.refused(7), "site 7: none\n")
    leave(plan, record, 8, 25.0)
    leave(plan, record, 9, 40.0, embedded=True)  # driven by another process, and too far
    said: list[str] = []
    found = go_far(plan, 70.0, 1, "", said.append)
    assert (found["metres"], found["drives"], found["seeds"]) == (75.0, 3, [5, 8])
    assert found["no_site"] == [7] and found["crashed"] == []
    assert found["befell"]["rock_strikes"]["events"] == 1
    assert found["befell"]["embedded"] == {"events": 0, "at_most_per_km": 39.9431}
    assert found["longest_without_a_rock_struck_m"] == 50.0
    assert found["ends"] == {"reached": 2, "struck": 1}
    text = (plan.out / "report.html").read_text(encoding="utf-8")
    assert "ai4mars bench drive --metres-in-all 70 --seed 5 " in text
    assert "struck: wheel on rock 3" in text and "No site could be made of seed 7." in text
    assert json.loads((plan.out / "summary.json").read_text(encoding="utf-8")) == found


def test_a_run_that_is_asked_for_more_goes_on_where_it_was(
    plan: Plan, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(plan, record, 5, 30.0)
    driven: list[int] = []

    def drive_on(seed: int) -> None:
        driven.append(seed)
        leave(plan, record, seed, 30.0)

    monkeypatch.setattr(far, "DriveOn", lambda _plan: drive_on)
    said: list[str] = []
    assert go_far(plan, 80.0, 1, "", said.append)["metres"] == 90.0
    assert driven == [6, 7] and said[0] == "30 m are driven already"
    assert said[-1].startswith("site 7: reached | 90 of 80 m")


def test_a_seed_without_a_site_is_written_down_and_passed_over(
    plan: Plan, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(seed: int, *_: object) -> None:
        raise NoSite(f"site {seed}: no drive was found")

    monkeypatch.setattr(work, "make_site", never)
    leave(plan, record, 6, 30.0)
    found = go_far(plan, 30.0, 1, "", lambda _: None)
    assert found["no_site"] == [5] and found["drives"] == 1
    assert "no drive was found" in plan.refused(5).read_text(encoding="utf-8")


def test_a_drive_that_crashes_twice_is_told(
    plan: Plan, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falls_over(_self: work.Bench, _mode: str) -> work.Driven:
        raise RuntimeError("the engine fell over")

    monkeypatch.setattr(work.Bench, "drive", falls_over)
    monkeypatch.setattr(work.Bench, "__init__", lambda self, plan, site, _rover: vars(self).update(
        plan=plan, site=site))  # fmt: skip
    leave(plan, record, 7, 30.0)
    write_whole(plan.refused(5), "none\n")
    found = go_far(plan, 30.0, 1, "", lambda _: None)
    assert found["crashed"] == [6] and len(list(plan.out.glob("crashed/6-fused-*.txt"))) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metres-in-all", "-3"], "--metres-in-all -3: must be over 0"),
        (["--metres-in-all", "9", "--graph", "1"], "without --variant and --graph"),
        (["--metres-in-all", "9", "--variant", "dust"], "without --variant and --graph"),
        (["--variant", "fog"], "--variant fog: must be all or one of no_abstention"),
    ],
)
def test_bad_arguments_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["bench", "drive", "--out", str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err
