"""Cost as physics: time, energy and risk of every terrain, and how the map shows it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.mapping.cost import (
    CostSettings,
    Footprint,
    cost_ratio,
    cost_table,
    grading_limits,
    inflate,
    per_metre,
    ratio_of,
    whichever_way,
)
from ai4mars_nav.mapping.grid import Window
from ai4mars_nav.mapping.rock_discs import log_odds
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import SettingsError, from_mapping
from ai4mars_nav.share import rover_file
from ai4mars_nav.terrain import CLASSES, GROUNDS, PHYSICS, SLOPES_DEG, Ground, Hidden, Terrain

SMALL = load_rover(rover_file("test_rover"))
SLOPES = np.deg2rad(np.arange(0.0, 31.0))
PHYSICS_DOC = Path(__file__).parents[2] / "docs" / "terrain-physics.md"


def test_level_bedrock_by_hand() -> None:
    rover = Rover(max_speed=0.04, mass=899.0, gravity=3.71, idle_power=100.0, drive_efficiency=0.5)
    level = per_metre(Terrain.BEDROCK, np.zeros(1), rover)
    bedrock = PHYSICS[Terrain.BEDROCK]
    made_good = 1.0 - bedrock.slip[0]
    assert level.time[0] == pytest.approx(25.0 / made_good)
    wheels = 899.0 * 3.71 * bedrock.rolling_resistance / (0.5 * made_good)
    assert level.energy[0] == pytest.approx(wheels + 100.0 * 25.0 / made_good)


@pytest.mark.parametrize("terrain", CLASSES)
def test_uphill_costs_more_on_every_terrain(terrain: Terrain) -> None:
    for what in per_metre(terrain, SLOPES, Rover())[:2]:
        assert (np.diff(what) > 0).all()
    assert (np.diff(per_metre(terrain, SLOPES, Rover()).risk) >= 0).all()
    assert (np.diff(cost_ratio(terrain, SLOPES, Rover(), CostSettings())) > 0).all()


def test_no_way_down_gives_energy_or_slips_more_than_on_the_level() -> None:
    down = per_metre(Terrain.SOIL, -SLOPES, Rover())
    assert (down.time == down.time[0]).all()
    standing = Rover().idle_power * down.time
    assert (down.energy >= standing).all()
    assert down.energy[-1] == standing[-1]


@pytest.mark.parametrize("terrain", CLASSES)
def test_a_slope_is_priced_as_the_mean_over_headings_and_the_risk_of_up_and_down(
    terrain: Terrain,
) -> None:
    slope, rover = np.deg2rad(12.0), Rover()
    energy = time = wear = 0.0
    for degrees in range(360):
        # half a degree on, so that up and down are met alike
        along = np.arctan(np.tan(slope) * np.cos(np.deg2rad(degrees + 0.5)))
        way = per_metre(terrain, np.array(along), rover)
        energy, time = energy + float(way.energy) / 360, time + float(way.time) / 360
        wear += float(way.wear) / 360
    found = whichever_way(terrain, np.array(slope), rover)
    assert float(found.energy) == pytest.approx(energy, rel=0.005)
    assert float(found.time) == pytest.approx(time, rel=0.005)
    assert float(found.wear) == pytest.approx(wear, rel=0.005)
    up, down = (float(per_metre(terrain, np.array(s), rover).risk) for s in (slope, -slope))
    assert float(found.risk) == pytest.approx(0.5 * (up + down))


def test_a_gentle_climb_is_given_back_on_the_way_down() -> None:
    gentle, level = (
        whichever_way(Terrain.BEDROCK, np.deg2rad(np.array(slope)), Rover()) for slope in (2.0, 0.0)
    )
    assert float(gentle.energy) == pytest.approx(float(level.energy), rel=0.01)
    up = per_metre(Terrain.BEDROCK, np.deg2rad(np.array(2.0)), Rover())
    assert float(up.energy) > 1.05 * float(level.energy)


def test_sand_costs_more_than_soil_and_soil_more_than_bedrock_on_slopes_one_may_drive() -> None:
    """But for what bedrock does to wheels."""
    drivable = SLOPES[: int(Rover().max_tilt_deg) + 1]
    bedrock, soil, sand = (
        cost_ratio(terrain, drivable, Rover(), CostSettings(wear_weight=0.0))
        for terrain in (Terrain.BEDROCK, Terrain.SOIL, Terrain.SAND)
    )
    assert (soil > bedrock).all()
    assert (sand > soil).all()


@pytest.mark.parametrize(
    ("terrain", "hidden", "key"),
    [
        (Terrain.SAND, Hidden.LOOSE_SAND, "loose_share"),
        (Terrain.BEDROCK, Hidden.SHARP_ROCK, "sharp_share"),
    ],
)
def test_a_class_is_priced_as_what_must_be_expected_of_it(
    terrain: Terrain, hidden: Hidden, key: str
) -> None:
    def priced(share: float) -> np.ndarray:
        return cost_ratio(
            terrain, SLOPES, Rover(), from_mapping(CostSettings, {key: share}, "here")
        )

    np.testing.assert_allclose(priced(0.3), 0.7 * priced(0.0) + 0.3 * priced(1.0))
    assert (priced(1.0) > priced(0.0)).all()
    worse, better = PHYSICS[hidden], PHYSICS[terrain]
    assert worse.slip >= better.slip
    assert worse.wheel_damage_per_metre >= better.wheel_damage_per_metre


def test_level_sand_is_worth_going_round_and_no_bar() -> None:
    sand, soil = (
        float(cost_ratio(t, np.zeros(()), Rover(), CostSettings()))
        for t in (Terrain.SAND, Terrain.SOIL)
    )
    assert 1.5 * soil < sand < 4.0 * soil


def test_the_physics_tables_are_whole() -> None:
    for ground in GROUNDS:
        physics = PHYSICS[ground]
        assert len(physics.slip) == len(SLOPES_DEG)
        assert (np.diff(physics.slip) > 0).all()
        assert 0.0 <= physics.slip[0] < physics.slip[-1] < 1.0
        assert 0.0 < physics.rolling_resistance < 1.0


NAMED: dict[str, Ground] = {ground.name.lower().replace("_", " "): ground for ground in GROUNDS}


def documented(columns: int) -> list[list[str]]:
    """Rows of the document's tables that begin with a ground and have that many columns."""
    lines = PHYSICS_DOC.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] in NAMED and len(row) == columns]


def test_the_documented_slip_is_that_of_the_code() -> None:
    rows = documented(9)
    assert len(rows) == len(GROUNDS)
    for row in rows:
        slip = PHYSICS[NAMED[row[0]]].slip
        assert tuple(float(cell) for cell in row[1:8]) == slip


def test_the_documented_costs_are_those_of_the_code() -> None:
    rows, costs = documented(6), CostSettings()
    driven = [row for row in rows if "(" not in row[1]]
    assert len(driven) == 3 * len(GROUNDS) and len(rows) - len(driven) == 2 * len(CLASSES)
    for name, slope, *numbers in driven:
        found = per_metre(NAMED[name], np.array(np.deg2rad(float(slope))), Rover())
        for number, value in zip(numbers, found, strict=True):
            assert float(number) == pytest.approx(float(value), rel=0.06)
    priced = [row for row in rows if "(" in row[1]]
    for rover, table in ((Rover(), priced[:4]), (SMALL, priced[4:])):
        for (name, *cells), terrain in zip(table, CLASSES, strict=True):
            assert NAMED[name] == terrain
            for slope, cell in zip((0.0, 5.0, 10.0, 15.0, 20.0), cells, strict=True):
                ratio = float(cost_ratio(terrain, np.array(np.deg2rad(slope)), rover, costs))
                shown = min((ratio - 1.0) * 98.0 / (costs.dearest - 1.0), 98.0)
                assert cell == f"{ratio:.2f} ({1 + int(shown + 0.5)})"


@pytest.mark.parametrize(
    ("ground", "n", "cohesive", "frictional"),
    [
        ("dry sand", 1.1, 0.99, 1528.0),
        ("sandy loam", 0.7, 5.27, 1515.0),
        ("loose sand", 1.0, 1.4, 820.0),
    ],
)
def test_rolling_resistance_after_bekker(
    ground: str, n: float, cohesive: float, frictional: float
) -> None:
    found = []
    for rover, wheels in ((Rover(), 6), (Rover(mass=45.0, gravity=9.81, wheel_radius=0.12,
                                               wheel_width=0.10), 4)):  # fmt: skip
        load, b = rover.mass * rover.gravity / wheels, rover.wheel_width
        k = 1e3 * (cohesive / b + frictional)
        sunk = (3 * load / (b * (3 - n) * k * (2 * rover.wheel_radius) ** 0.5)) ** (2 / (2 * n + 1))
        found.append(b * k * sunk ** (n + 1) / (n + 1) / load)
    told = {
        "dry sand": (Terrain.SAND, r"R / W is ([\d.]+);", r"test rover gets ([\d.]+) and"),
        "sandy loam": (Terrain.SOIL, r"0\.5 cm and ([\d.]*\d)", r"gets [\d.]+ and ([\d.]*\d)"),
        "loose sand": (
            Hidden.LOOSE_SAND,
            r"2\.3 cm and ([\d.]*\d)",
            r"under Curiosity, ([\d.]+) for the test",
        ),
    }
    felt, *patterns = told[ground]
    text = PHYSICS_DOC.read_text(encoding="utf-8")
    for pattern, value in zip(patterns, found, strict=True):
        match = re.search(pattern, text)
        assert match is not None
        assert float(match[1]) == pytest.approx(value, abs=0.006)
    used = PHYSICS[felt].rolling_resistance
    assert found[0] < used < 1.6 * found[0], "slip adds to compaction"


def test_the_table_is_one_on_level_bedrock_that_wears_no_wheel_and_nowhere_less() -> None:
    table = cost_table(Rover(), CostSettings())
    assert table.shape == (len(CLASSES) + 1, 121)
    assert table.min() >= 1.0
    unworn = cost_table(Rover(), CostSettings(wear_weight=0.0))
    assert unworn[Terrain.BEDROCK, 0] == 1.0
    assert unworn.min() == 1.0
    assert np.isfinite(table).all()
    slope, costs = np.arctan(0.17), CostSettings()
    mixed = (1.0 - costs.loose_share) * table[Terrain.SAND] + costs.loose_share * table[-1]
    assert mixed[17] == pytest.approx(
        float(cost_ratio(Terrain.SAND, np.array(slope), Rover(), costs)), rel=1e-6
    )
    assert (table[-1] > table[Terrain.SAND]).all(), "loose sand is the dearer"


def test_without_classes_all_ground_costs_as_soil_and_slopes_still_grade() -> None:
    table = cost_table(Rover(), CostSettings(by_class=False))
    assert (table == table[Terrain.SOIL]).all()
    np.testing.assert_array_equal(
        table[Terrain.SAND], cost_table(Rover(), CostSettings())[Terrain.SOIL]
    )


def test_without_heights_classes_cost_what_they_do_on_the_level_and_nothing_bars() -> None:
    level = CostSettings(by_height=False)
    table = cost_table(Rover(), level)
    full = cost_table(Rover(), CostSettings())
    np.testing.assert_array_equal(table, np.repeat(full[:, :1], full.shape[1], axis=1))
    _, steepest, highest, *_ = grading_limits(Rover(), level, 0.1, -6.0)
    assert np.isinf([steepest, highest]).all()


def test_values_of_the_map_stand_for_cost_ratios() -> None:
    costs = CostSettings(dearest=30.0)
    assert ratio_of(np.array([1, 99], np.int8), costs) == pytest.approx([1.0, 30.0])
    ratios = np.linspace(1.0, 30.0, 50)
    shown = np.floor(1 + (ratios - 1) * 98 / 29 + 0.5).astype(np.int8)
    np.testing.assert_allclose(ratio_of(shown, costs), ratios, atol=29 / 98 / 2 + 1e-9)


def test_weights_choose_what_matters() -> None:
    sandy = np.deg2rad(np.array(10.0))
    careful = CostSettings(time_weight=0.5, energy_weight=0.5, risk_weight=5000.0)
    careless = CostSettings(time_weight=0.5, energy_weight=0.5, risk_weight=0.0)
    assert cost_ratio(Terrain.SAND, sandy, Rover(), careful) > 2 * cost_ratio(
        Terrain.SAND, sandy, Rover(), careless
    )
    with pytest.raises(SettingsError, match=r"here: .*risk_wait"):
        from_mapping(CostSettings, {"risk_wait": 1.0}, "here")
    for shares in ((0.5, 0.5), (0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0.0, 0.0)):
        with pytest.raises(SettingsError, match="cost: unnamed"):
            CostSettings(unnamed=shares)
    with pytest.raises(SettingsError, match="lethal_probability"):
        from_mapping(CostSettings, {"lethal_probability": 1.5}, "here")


def test_inflation_by_the_footprint() -> None:
    graded = np.full((60, 60), 7, np.int8)
    graded[:, 40:] = -1
    lethal = np.zeros((60, 60), np.uint8)
    lethal[30, 30] = 1
    cost = graded.copy()
    footprint = Footprint.of(Rover(length=2.0, width=1.0, wheelbase=1.0, track=0.9), 0.1)
    assert footprint == pytest.approx((5.0, 11.18), abs=0.01)
    window = inflate(graded, lethal, Window(30, 31, 30, 31), footprint, cost)
    assert window == Window(18, 43, 18, 43)
    assert (cost[30, 25:36] == 100).all()
    ring = cost[30, 36:40]
    assert (np.diff(ring.astype(int)) < 0).all()
    assert (ring < 100).all()
    assert (ring >= 7).all()
    assert (cost[:, 40:] == -1).all(), "unknown is not inflated into something known"
    assert (cost[30, :18] == 7).all()
    lethal[30, 30] = 0
    inflate(graded, lethal, Window(30, 31, 30, 31), footprint, cost)
    np.testing.assert_array_equal(cost, graded)


def test_log_odds_are_bounded() -> None:
    assert log_odds(0.5) == 0.0
    assert log_odds(0.8) == pytest.approx(-log_odds(0.2))
    assert log_odds(1.0) == -log_odds(0.0) == 4.0
