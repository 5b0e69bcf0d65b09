"""Figures, curves and the line in the terminal."""

import io
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.rover import load_rover
from ai4mars_nav.sim.drive.metrics import metrics, nearest_rock
from ai4mars_nav.sim.drive.plots import curves
from ai4mars_nav.sim.drive.progress import Glance, Progress
from ai4mars_nav.sim.drive.referee import End
from ai4mars_nav.sim.drive.trip import Outcome, Trip, ground_of
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.vehicle.strikes import Strike
from ai4mars_nav.sim.world.library import load_world
from ai4mars_nav.sim.world.world import Rocks

pytest.importorskip("rclpy")
ROOT = Path(__file__).parents[2]
Make = Callable[..., Truth]


def rocks(*places: tuple[float, float, float]) -> Rocks:
    """Round rocks of 0.4 m across: x, y, height."""
    x, y, height = (np.array(column) for column in zip(*places, strict=True))
    wide = np.full(len(x), 0.4)
    return Rocks(x, y, wide, wide, height, np.zeros(len(x)), np.zeros(len(x), np.int64))


@pytest.fixture
def outcome(tiny: Path, tmp_path: Path, truth: Make) -> Outcome:
    trip = Trip(tmp_path, str(tiny), 1)
    ground = ground_of(trip, *load_world(str(tiny), 1))
    truths = [truth(float(i), place=(0.1 * i, 0.0, 0.0)) for i in range(20)]
    # no map of the first frame, but one of the frame that was taken when it was over
    mapped = frozenset(truth.stamp for truth in truths[1:])
    wall = {"start": 5.0, "drive": 10.0}
    return Outcome(trip, ground, End(True, "there"), truths, tmp_path / "bag", mapped, wall)


def test_the_nearest_rock_is_measured_from_the_body(outcome: Outcome) -> None:
    rover = load_rover(ROOT / "config" / "test_rover.yaml")
    places = np.array([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)])
    beside = replace(outcome.ground.world, rocks=rocks((1.0, 1.0, 0.5), (0.5, 0.0, 0.2)))
    gap, which = nearest_rock(beside, rover, places)
    assert which == 0, "the one on the way is too low to count"
    assert gap == pytest.approx(1.0 - 0.5 * rover.width - 0.2)
    turned = np.array([(1.0, 0.0, math.pi / 2)])
    assert nearest_rock(beside, rover, turned)[0] == pytest.approx(1 - 0.5 * rover.length - 0.2)
    low = replace(outcome.ground.world, rocks=rocks((1.0, 1.0, 0.2)))
    assert nearest_rock(low, rover, places) == (None, None)


def test_the_figures_of_a_drive(outcome: Outcome) -> None:
    found = metrics(outcome)
    assert found["goal_reached"] is True and found["seed"] == 1
    assert (found["distance_m"], found["energy_j"], found["time_s"]) == (19.0, 1900.0, 19.0)
    assert found["real_time_factor"] == 1.9
    assert (found["frames"], found["frames_mapped"], found["frames_dropped"]) == (19, 18, 1)
    assert found["terrain_share"]["soil"] == 1.0
    assert found["rock_strikes"] == 0 and found["embedded"] is False


def test_only_rocks_over_30_cm_count_as_struck(outcome: Outcome, truth: Make) -> None:
    hits = (Strike(3, 0.4, "wheel", 0, 0, 1), Strike(4, 0.2, "wheel", 0, 0, 1))
    found = metrics(replace(outcome, truths=[truth(1.0, strikes=hits)]))
    assert found["rock_strikes"] == 1
    assert [strike["hard"] for strike in found["strikes"]] == [True, False]


def test_a_drive_that_never_began_has_figures_too(outcome: Outcome) -> None:
    found = metrics(replace(outcome, truths=[], end=End(False, "a process ended")))
    assert (found["goal_reached"], found["distance_m"], found["rock_strikes"]) == (False, 0.0, 0)


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0, 0.0], [-1.0, 2.0, 1e5], [1e-4, 2e-4]])
def test_curves_are_drawn_of_any_range(values: list[float]) -> None:
    drawn = curves("A < B", list(range(len(values))), {"one": values, "two": values}, "m")
    root = ElementTree.fromstring(drawn)
    lines = [each for each in root if each.tag.endswith("polyline")]
    assert len(lines) == 2
    numbers = [float(n) for n in lines[0].attrib["points"].replace(",", " ").split()]
    assert len(numbers) == 2 * len(values) and all(math.isfinite(n) for n in numbers)
    assert all(0.0 <= y <= 220.0 for y in numbers[1::2])


def test_progress_is_a_line_now_and_then_where_it_cannot_be_written_over(truth: Make) -> None:
    out, now = io.StringIO(), [0.0]
    progress = Progress(out, clock=lambda: now[0])
    for step in range(25):
        now[0] = float(step)
        progress.show(Glance(truth(2.0 * step), 12.3, 4, "following the path"))
    progress.say("done")
    lines = out.getvalue().splitlines()
    assert len(lines) == 4 and lines[-1] == "done"
    assert " 12.3 m to go | driven  20.0 m |" in lines[1]
    assert "big rocks  4" in lines[1] and "2.0 x real time | following the path" in lines[1]
