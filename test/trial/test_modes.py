"""The modes are parameters that the nodes take, and differ where they should."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.perception.rocks import RockSettings
from ai4mars_nav.planning.clearance import ClearanceSettings
from ai4mars_nav.ros.graph import DRIVER, MAP, TERRAIN
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.ros.schema import check_file
from ai4mars_nav.sim.drive.trip import parameters_of
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, MODES, SEMANTICS, write_parameters

BASE = Path(parameters_of("test_rover"))


def settings(mode: str, folder: Path) -> tuple[CostSettings, RockSettings, ClearanceSettings]:
    file = write_parameters(mode, BASE, folder / f"{mode}.yaml")
    return (
        settings_in(file, MAP, "cost", CostSettings),
        settings_in(file, TERRAIN, "rocks", RockSettings),
        settings_in(file, DRIVER, "clearance", ClearanceSettings),
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_nodes_take_the_parameters_of_every_mode(mode: str, tmp_path: Path) -> None:
    file = write_parameters(mode, BASE, tmp_path / "made" / f"{mode}.yaml")
    assert set(check_file(file)) == set(check_file(BASE)) >= {"terrain", "map", "planner", "driver"}


def test_each_mode_leaves_out_what_it_must_not_know(tmp_path: Path) -> None:
    cost, rocks, clearance = settings(GEOMETRY, tmp_path)
    assert (cost.by_class, cost.by_height) == (False, True)
    assert rocks.evidence == "height" and clearance.by_height
    cost, rocks, clearance = settings(SEMANTICS, tmp_path)
    assert (cost.by_class, cost.by_height) == (True, False)
    assert rocks.evidence == "class" and not clearance.by_height


def test_fused_is_what_is_shipped(tmp_path: Path) -> None:
    cost, rocks, clearance = settings(FUSED, tmp_path)
    assert cost == settings_in(BASE, MAP, "cost", CostSettings)
    assert rocks == settings_in(BASE, TERRAIN, "rocks", RockSettings)
    assert clearance == settings_in(BASE, DRIVER, "clearance", ClearanceSettings)
    assert cost.by_class and cost.by_height and rocks.evidence == "both"
