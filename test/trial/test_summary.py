"""What is counted where: unsolved and unfinished sites, pairs, the worst drives, the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ai4mars_nav.trial.modes import FUSED, GEOMETRY, MODES, ORACLE
from ai4mars_nav.trial.page import page
from ai4mars_nav.trial.pictures import film_of, map_of
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.summary import summarise, worst


def site(record, seed, **by_mode):
    return [record(seed, mode, **by_mode.get(mode, {})) for mode in MODES]


def test_a_site_that_the_oracle_fails_is_counted_apart(record) -> None:
    solved = site(record, 1)
    failed = {"reached": False, "embedded": True}
    found = summarise(solved + site(record, 2, oracle=failed, fused=failed))
    assert found["not_solved_by_the_oracle"] == [2]
    assert (found["sites_driven"], found["sites_counted"]) == (2, 1)
    assert found["modes"][FUSED]["reached"]["value"] == 1.0
    assert found["modes"][FUSED]["embedded"]["n"] == 1


def test_a_site_that_is_not_driven_in_all_modes_does_not_count(record) -> None:
    found = summarise(site(record, 1) + site(record, 2)[:-1])
    assert found["unfinished_sites"] == [2] and found["sites_counted"] == 1


def test_the_way_is_compared_where_both_arrived_and_hazards_everywhere(record) -> None:
    cheap = {"energy_per_m": 200.0}
    stuck = {"reached": False, "embedded": True, "energy_per_m": 9000.0}
    found = summarise(site(record, 1, fused=cheap) + site(record, 2, fused=cheap, geometry=stuck))
    pair = found["pairs"][f"{FUSED} against {GEOMETRY}"]
    assert pair["both_reached"] == 1
    assert pair["energy_per_m"]["change"]["value"] == pytest.approx(200.0 / 250.0 - 1.0)
    assert pair["embedded"]["difference"]["value"] == -0.5
    assert pair["embedded"]["change"]["value"] == -1.0


def test_the_worst_are_those_that_failed_then_those_that_cost_most(record) -> None:
    records = site(record, 1, fused={"energy_j": 9000.0}) + site(record, 2)
    records += site(record, 3, fused={"reached": False, "energy_j": 100.0})
    records += site(record, 4, fused={"energy_j": 20000.0}, oracle={"energy_j": 16000.0})
    assert worst(summarise(records), FUSED) == [3, 4, 1, 2]


def test_the_page_tells_it_all_with_maps_and_films(record, tmp_path: Path) -> None:
    plan = Plan(tmp_path, 2, 1)
    struck = {"reached": False, "why_ended": "struck: <belly> on rock 3", "rock_strikes": 1}
    records = site(record, 1, fused=struck) + site(record, 2)
    for seed in (1, 2):
        path = plan.record(seed, FUSED)
        path.parent.mkdir(exist_ok=True)
        map_of(path).write_bytes(b"a picture")
    film_of(plan.record(1, FUSED)).write_bytes(b"a film")
    found = summarise(records) | {"crashed": [], "no_site": [7]}
    found["through_the_graph"] = [
        {"seed": 1, "mode": FUSED, "same": False, "beyond": ["path_m"], "path_m": 2.0}
    ]
    text = page(plan, found)
    assert "ai4mars bench drive --sites 2 --seed 1 " in text
    assert "struck: &lt;belly&gt; on rock 3" in text and "<belly>" not in text
    assert 'href="drives/1-fused.gif"' in text
    assert text.count("data:image/jpeg") == 2
    assert "no: path_m" in text and "No site could be made of seed 7." in text
    assert text.count("<svg") == 6
    assert not re.search(r"\bnan\b", text)


def test_a_page_of_no_solved_site_is_a_page(record, tmp_path: Path) -> None:
    found = summarise(site(record, 1, oracle={"reached": False})) | {
        "crashed": ["1-fused"],
        "no_site": [],
    }
    text = page(Plan(tmp_path, 1, 1), found)
    assert "The oracle did not solve 1" in text and "Crashed: 1-fused" in text
    assert ORACLE in text
