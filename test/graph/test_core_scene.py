"""The core in one process makes the cost map of the acceptance scene that the truth demands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim import scenes
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.one_frame import Made, process
from ai4mars_nav.sim.rig import Rig, Sight, navcam_rig, see, standing
from ai4mars_nav.sim.truth import CellTruth, cell_truth

SCENE = scenes.acceptance_scene()
GOAL = (12.0, -2.4)
"""Beyond the big rock, on the line through it."""


@pytest.fixture(scope="module")
def rig() -> Rig:
    return navcam_rig(Rover())


@pytest.fixture(scope="module")
def sight(rig: Rig) -> Sight:
    return see(SCENE, rig, standing(SCENE, 0.0, 0.0, 0.0), "coded")


@pytest.fixture(scope="module", params=["depth", "stereo"])
def made(request: pytest.FixtureRequest, rig: Rig, sight: Sight, probe_model: Path) -> Made:
    return process(sight, rig, Rover(), probe_model, own_stereo=request.param == "stereo")


@pytest.fixture(scope="module")
def truth(rig: Rig, sight: Sight) -> CellTruth:
    return cell_truth(SCENE, (-20.0, -20.0), 0.1, (400, 400), rig.left, sight.odom_from_camera)


def test_every_cell_costs_what_the_truth_demands(
    made: Made, truth: CellTruth, judge: ModuleType, request: pytest.FixtureRequest
) -> None:
    assert made.terrain_map.origin == pytest.approx((-20.0, -20.0))
    share = 1.0 if "depth" in request.node.callspec.id else 0.85
    assert judge.faults(made.terrain_map.cost, [truth], share) == []


def test_the_judge_finds_what_is_wrong(truth: CellTruth, made: Made, judge: ModuleType) -> None:
    cost = np.array(made.terrain_map.cost)
    wrongs = {
        "free though never seen": (truth.x < 0.0, 1),
        "big rock": (truth.rock == judge.BIG_ROCK, 99),
        "small rock is lethal": (truth.rock == judge.SMALL_ROCK, 100),
        "lethal though no rock": (truth.x < 0.0, 100),
        "shadow": (judge.shadow(truth), 1),
        "well seen ground": (truth.seen == 1.0, -1),
        "level soil costs": ((truth.seen == 1.0) & (truth.x < 5.0), 9),
        "sand must be dearer": (judge.patch(truth, scenes.SAND_FLAT), 1),
        "uphill must be dearer": (judge.patch(truth, scenes.SAND_RAMP), 1),
    }
    for words, (cells, value) in wrongs.items():
        spoilt = np.where(cells & ((cost >= 0) | (value >= 0)), value, cost).astype(np.int8)
        assert any(words in fault for fault in judge.faults(spoilt, [truth], 0.5)), words


def test_heights_and_classes_are_those_of_the_scene(made: Made, truth: CellTruth) -> None:
    layers = made.terrain_map.layers
    seen = (truth.seen == 1.0) & np.isfinite(layers["elevation"]) & (truth.rock < 0)
    seen &= np.hypot(truth.x, truth.y) < 10.0
    assert np.quantile(np.abs(layers["elevation"] - truth.height)[seen], 0.99) < 0.04
    assert np.mean(layers["classes"][seen] == truth.classes[seen]) > 0.97


def test_the_big_rock_is_measured(made: Made, sight: Sight) -> None:
    rocks = [rock for rock in made.view.rocks if rock.fused]
    assert len(rocks) == 1 and rocks[0].by_height and rocks[0].by_class
    place = rocks[0].position + sight.odom_from_camera.translation
    np.testing.assert_allclose(place, (scenes.BIG.x, scenes.BIG.y, 0.0), atol=0.12)
    assert rocks[0].height == pytest.approx(0.35, abs=0.03)
    assert rocks[0].width == pytest.approx(0.70, abs=0.12)


def test_the_plan_goes_round_the_rock(made: Made) -> None:
    terrain_map = made.terrain_map
    planner = Planner(SearchSettings())
    plan = planner.plan(
        terrain_map.cost, terrain_map.origin, terrain_map.resolution, (0.0, 0.0), GOAL
    )
    assert clearance(plan.points) > Rover().width / 2.0
    assert clearance(np.array([(0.0, 0.0), GOAL])) < 0.1
    assert plan.length < 1.25 * float(np.hypot(*GOAL))


def clearance(points: np.ndarray) -> float:
    """Metres from the middle of the big rock to the nearest place on a path (n, 2)."""
    share = np.linspace(0.0, 1.0, 200)[:, None, None]
    dense = points[:-1] + share * (points[1:] - points[:-1])
    return float(np.hypot(dense[..., 0] - scenes.BIG.x, dense[..., 1] - scenes.BIG.y).min())


def test_stereo_without_a_right_image_is_refused(sight: Sight, rig: Rig, probe_model: Path) -> None:
    with pytest.raises(SimError, match="no right image"):
        process(replace(sight, right=None), rig, Rover(), probe_model, own_stereo=True)
