"""A variant changes one thing of a drive, and is compared with the same drives as they are."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.perception.segmenter import SegmenterSettings
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.ros.graph import TERRAIN
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.ros.schema import check_file
from ai4mars_nav.share import model_file
from ai4mars_nav.sim.drive.trip import parameters_of
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.modes import FUSED, MODES, write_parameters
from ai4mars_nav.trial.page import page
from ai4mars_nav.trial.pictures import map_of
from ai4mars_nav.trial.plan import MODEL, Plan
from ai4mars_nav.trial.summary import summarise
from ai4mars_nav.trial.variants import DRIFTS, PLAIN, VARIANTS, split_way, under, variant_of

BASE = Path(parameters_of("test_rover"))
MISSION = Mission((0.0, 0.0, 0.0), (9.0, 0.0), 1.0, math.radians(40.0))


def test_a_drive_is_named_by_mode_and_variant() -> None:
    assert split_way(under(FUSED, "dust")) == (FUSED, "dust")
    assert split_way(FUSED) == (FUSED, "") and variant_of(FUSED) is PLAIN
    with pytest.raises(TrialError, match="--variant fog: must be all or one of no_abstention, "):
        under(FUSED, "fog")


def test_as_it_is_nothing_is_changed() -> None:
    sidecar = load_sidecar(sidecar_path(model_file(MODEL)))
    assert PLAIN.light(MISSION) is MISSION and PLAIN.body() == VehicleSettings()
    assert PLAIN.believed(sidecar) is sidecar


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_changes_something_that_the_nodes_or_the_simulator_take(
    name: str, tmp_path: Path
) -> None:
    variant, way = VARIANTS[name], under(FUSED, name)
    file = write_parameters(way, BASE, tmp_path / f"{way}.yaml")
    assert set(check_file(file)) == set(check_file(BASE))
    plan = Plan(tmp_path, 1, 1, faults={"dust": 0.1}, ways=(way,))
    sidecar = load_sidecar(sidecar_path(model_file(MODEL)))
    changed = [
        bool(variant.over),
        plan.spoilt(way) != {"dust": 0.1},
        variant.light(MISSION) != MISSION,
        variant.believed(sidecar) != sidecar,
        variant.body() != VehicleSettings(),
    ]
    assert sum(changed) == 1


def test_without_abstention_every_pixel_is_named(tmp_path: Path) -> None:
    file = write_parameters(under(FUSED, "no_abstention"), BASE, tmp_path / "a.yaml")
    assert settings_in(file, TERRAIN, "segmenter", SegmenterSettings).abstain_below == 0.0


def test_too_sure_is_the_same_classes_with_more_confidence() -> None:
    sidecar = load_sidecar(sidecar_path(model_file(MODEL)))
    surer = VARIANTS["over_confident"].believed(sidecar).calibration
    assert surer.scale == tuple(2.0 * value for value in sidecar.calibration.scale)
    assert surer.bias == tuple(2.0 * value for value in sidecar.calibration.bias)
    assert surer.abstain_below == sidecar.calibration.abstain_below


def test_drift_is_in_all_that_odometry_errs_by() -> None:
    usual, more = asdict(VehicleSettings()), asdict(VARIANTS["drift"].body())
    assert {name for name in usual if more[name] != usual[name]} == set(DRIFTS)
    assert all(more[name] == pytest.approx(3.0 * usual[name]) for name in DRIFTS)


def test_variants_are_compared_where_the_mode_was_driven_too(record, tmp_path: Path) -> None:
    way = under(FUSED, "dust")
    records = [record(seed, mode) for seed in (1, 2, 3) for mode in MODES]
    records.append(record(1, way, energy_per_m=300.0))
    records.append(record(2, way, reached=False, why_ended="stalled: it stood"))
    found = summarise(records)
    told = found["variants"]["dust"]
    assert (told["sites"], told["reached"], told["base_reached"]) == (2, 1, 2)
    assert told["against"]["reached"]["difference"]["value"] == -0.5
    assert told["against"]["energy_per_m"]["change"]["value"] == pytest.approx(0.2)
    assert set(found["variants"]) == {"dust"} and found["sites_counted"] == 3
    plan = Plan(tmp_path, 3, 1, ways=(*MODES, way))
    for seed in plan.seeds:
        path = map_of(plan.record(seed, FUSED))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a picture")
    text = page(plan, found | {"crashed": [], "no_site": []})
    assert "1 of 2, 2 as it is" in text and "--variant dust" in text
    assert "<td>+20 %</td>" in text  # of one site, so without an interval
