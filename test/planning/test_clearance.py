"""The clearance check: each way to fail, and the compiled loop against its plain twin."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning import slow_clearance
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs, place
from ai4mars_nav.planning.clearance import (
    REASONS,
    ArcVerdict,
    ClearanceSettings,
    Ground,
    check_arcs,
)
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.rover import Rover

CELLS = 200
RESOLUTION = 0.1
ARCS = ArcSettings(count=15, length=4.0, spacing=0.1)
STRAIGHT = 7
HERE = Pose.identity()
SETTINGS = ClearanceSettings(sigmas=0.0, belly_margin=0.0)


def flat() -> Ground:
    """Level, wholly seen ground of 20 m x 20 m around the rover."""
    shape = (CELLS, CELLS)
    return Ground(
        np.zeros(shape, np.float32),
        np.full(shape, 0.02, np.float32),
        np.ones(shape, np.bool_),
        np.zeros(shape, np.int8),
        (-10.0, -10.0),
        RESOLUTION,
    )


def at(x: tuple[float, float], y: tuple[float, float]) -> tuple[slice, slice]:
    """The cells of a rectangle in metres."""
    rows, cols = (slice(*(round((value + 10.0) / RESOLUTION) for value in side)) for side in (y, x))
    return rows, cols


def straight(ground: Ground, rover: Rover, settings: ClearanceSettings = SETTINGS) -> ArcVerdict:
    return check_arcs(candidate_arcs(ARCS, rover), ground, HERE, settings, rover)[STRAIGHT]


def test_level_ground_is_clear(curiosity: Rover) -> None:
    verdicts = check_arcs(candidate_arcs(ARCS, curiosity), flat(), HERE, SETTINGS, curiosity)
    assert all(verdict.ok and verdict.reason == "" for verdict in verdicts)
    assert verdicts[STRAIGHT].clear == pytest.approx(4.0)
    assert verdicts[STRAIGHT].tilt == 0.0
    assert verdicts[STRAIGHT].belly == pytest.approx(curiosity.belly_clearance)


def test_without_heights_only_lethal_cells_and_unseen_ground_veto(curiosity: Rover) -> None:
    blind = replace(SETTINGS, by_height=False)
    ground = flat()
    ground.elevation[at((4.0, 4.5), (-0.3, 0.3))] = 0.65
    assert straight(ground, curiosity, blind).ok
    tilted = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.4, 0.0))
    arcs = candidate_arcs(ARCS, curiosity)
    assert all(v.ok for v in check_arcs(arcs, ground, tilted, blind, curiosity))
    ground.cost[at((4.0, 4.5), (-0.3, 0.3))] = 100
    assert straight(ground, curiosity, blind).reason == "enters a lethal cell"


def test_a_rock_between_the_wheels_stops_the_belly(curiosity: Rover) -> None:
    ground = flat()
    ground.elevation[at((4.0, 4.5), (-0.3, 0.3))] = 0.65
    verdict = straight(ground, curiosity)
    assert verdict.reason == "too little clearance under the belly"
    # the belly reaches half the rover's length ahead of base_link
    assert verdict.clear == pytest.approx(4.0 - curiosity.length / 2, abs=0.2)
    ground.elevation[at((4.0, 4.5), (-0.3, 0.3))] = 0.55
    assert straight(ground, curiosity).ok


def test_the_error_of_height_counts_against_the_rover(curiosity: Rover) -> None:
    ground = flat()
    rock = at((4.0, 4.5), (-0.3, 0.3))
    ground.elevation[rock] = 0.55
    ground.sigma[rock] = 0.06
    assert straight(ground, curiosity).ok
    doubting = straight(ground, curiosity, replace(SETTINGS, sigmas=1.0))
    assert doubting.reason == "too little clearance under the belly"
    margin = straight(ground, curiosity, replace(SETTINGS, belly_margin=0.06))
    assert margin.reason == "too little clearance under the belly"


def test_a_rock_under_one_wheel_is_too_high_a_step(curiosity: Rover) -> None:
    rover = replace(curiosity, max_wheel_drop=1.0)
    ground = flat()
    y = rover.track / 2
    ground.elevation[at((3.5, 4.0), (y - 0.2, y + 0.2))] = 0.35
    verdict = straight(ground, rover)
    assert verdict.reason == "a step too high for a wheel"
    assert verdict.clear == pytest.approx(3.5 - rover.wheelbase / 2, abs=0.3)
    ground.elevation[at((3.5, 4.0), (y - 0.2, y + 0.2))] = 0.20
    assert straight(ground, rover).ok


def test_a_hole_under_one_wheel_is_too_deep_a_drop(curiosity: Rover) -> None:
    ground = flat()
    y = curiosity.track / 2
    ground.elevation[at((3.0, 5.0), (-y - 0.5, -y + 0.5))] = -0.45
    assert straight(ground, replace(curiosity, max_step=1.0)).reason == "a wheel drops too deep"


@pytest.mark.parametrize(("degrees", "ok"), [(18.0, True), (22.0, False)])
@pytest.mark.parametrize("axis", ["pitch", "roll"])
def test_slopes_tilt(curiosity: Rover, degrees: float, ok: bool, axis: str) -> None:
    ground = flat()
    ramp = math.tan(math.radians(degrees)) * (np.arange(CELLS) * RESOLUTION - 10.0)
    ground.elevation[:] = ramp if axis == "pitch" else ramp[:, None]
    verdict = straight(ground, replace(curiosity, max_wheel_drop=5.0))
    assert verdict.ok is ok
    if ok:
        assert verdict.tilt == pytest.approx(math.radians(degrees), abs=1e-3)
    else:
        assert verdict.reason == "tilts too far" and verdict.clear == 0.0


def test_unseen_ground_is_a_veto(curiosity: Rover) -> None:
    ground = flat()
    ground.known[at((4.0, 10.0), (-10.0, 10.0))] = False
    verdict = straight(ground, curiosity)
    assert verdict.reason == "unseen ground under a wheel"
    assert verdict.clear == pytest.approx(4.0 - curiosity.wheelbase / 2, abs=0.15)


def test_the_map_ends_in_unseen_ground(small_rover: Rover) -> None:
    edge = Pose(np.eye(3), np.array([8.0, 0.0, 0.0]))
    verdict = check_arcs(candidate_arcs(ARCS, small_rover), flat(), edge, SETTINGS, small_rover)[
        STRAIGHT
    ]
    assert verdict.reason == "unseen ground under a wheel"
    assert 1.0 < verdict.clear < 2.0


def test_a_blind_zone_may_be_crossed_but_not_crept_over(small_rover: Rover) -> None:
    ground = flat()
    blind = at((-10.0, 1.5), (-10.0, 10.0))
    ground.known[blind] = False
    settings = replace(SETTINGS, trusted_margin=1.4)
    assert straight(ground, small_rover, settings).ok
    ground.known[:] = False
    verdict = straight(ground, small_rover, settings)
    assert verdict.reason == "unseen ground under a wheel"
    assert verdict.clear == 0.0


def test_a_small_rover_does_not_cross_a_wide_blind_zone(small_rover: Rover) -> None:
    """Trusted were three metres whatever the rover's size: it drove into the shadows of rocks."""
    ground = flat()
    ground.known[at((-10.0, 2.4), (-10.0, 10.0))] = False
    verdict = straight(ground, small_rover)
    assert (verdict.reason, verdict.clear) == ("unseen ground under a wheel", 0.0)


def test_no_arc_that_ends_on_assumed_ground_is_clear(small_rover: Rover) -> None:
    """Backward and tight arcs end within the trusted radius: each was clear on unseen ground."""
    ground = flat()
    ground.known[:] = False
    arcs = candidate_arcs(ArcSettings(count=15, length=2.0, reverse_length=1.5), small_rover)
    verdicts = check_arcs(arcs, ground, HERE, SETTINGS, small_rover)
    driven = [v for v, way in zip(verdicts, arcs.direction, strict=True) if way != 0]
    assert {v.reason for v in driven} == {"unseen ground under a wheel"}
    assert {v.clear for v in driven} == {0.0}
    turns = [v for v, way in zip(verdicts, arcs.direction, strict=True) if way == 0]
    assert turns and all(v.ok for v in turns), "a turn in place stays on the ground it stands on"


def test_a_blind_zone_on_a_slope_goes_on_as_the_rover_stands(small_rover: Rover) -> None:
    ground = flat()
    slope = math.radians(10.0)
    ground.elevation[:] = math.tan(slope) * (np.arange(CELLS) * RESOLUTION + 0.05 - 10.0) + 3.0
    ground.known[at((-10.0, 1.5), (-10.0, 10.0))] = False
    stands = Pose.from_rpy((0.0, 0.0, 3.0), (0.0, -slope, 0.0))
    arcs = candidate_arcs(ARCS, small_rover)
    verdict = check_arcs(arcs, ground, stands, SETTINGS, small_rover)[STRAIGHT]
    assert verdict.ok
    assert verdict.tilt == pytest.approx(slope, abs=math.radians(3.0))


def test_an_arc_into_a_lethal_cell_is_vetoed_one_out_of_it_is_not(small_rover: Rover) -> None:
    ground = flat()
    ground.cost[at((2.0, 2.5), (-1.0, 1.0))] = 100
    verdict = straight(ground, small_rover)
    assert verdict.reason == "enters a lethal cell"
    assert verdict.clear == pytest.approx(1.9, abs=0.11)
    ground.cost[:] = 0
    ground.cost[at((-1.0, 0.5), (-1.0, 1.0))] = 100
    assert straight(ground, small_rover).ok


@pytest.mark.parametrize("seen", [True, False])
def test_a_pocket_that_the_rover_was_held_in_may_be_left(small_rover: Rover, seen: bool) -> None:
    """Drive 3: "enters a lethal cell after 0.0 m", on every arc out of what barred the place."""
    ground = flat()
    ground.cost[at((-0.6, 0.6), (-0.6, 0.6))] = 100
    ground.cost[at((-0.1, 0.1), (-0.1, 0.1))] = 1 if seen else -1
    assert straight(ground, small_rover).ok
    ground.cost[at((2.0, 2.5), (-1.0, 1.0))] = 100
    verdict = straight(ground, small_rover)
    assert verdict.reason == "enters a lethal cell"
    assert verdict.clear == pytest.approx(1.9, abs=0.11)
    ground.cost[at((-5.0, 0.1), (-0.1, 0.1))] = 1
    assert straight(ground, small_rover).clear < 0.2, "a way in is a way out"


def under_front_left(rover: Rover, height: float) -> Ground:
    """Level ground with a stone under the front left wheel."""
    ground = flat()
    x, y = rover.wheelbase / 2, rover.track / 2
    ground.elevation[at((x - 0.2, x + 0.2), (y - 0.2, y + 0.2))] = height
    return ground


def test_a_place_may_be_left_whatever_is_under_the_wheels(small_rover: Rover) -> None:
    """Site 4 of the drive benchmark: "a wheel drops too deep after 0.0 m", on every arc."""
    arcs = candidate_arcs(ARCS, small_rover)
    verdicts = check_arcs(arcs, under_front_left(small_rover, 0.17), HERE, SETTINGS, small_rover)
    behind = [v for v, way in zip(verdicts, arcs.direction, strict=True) if way == -1]
    assert behind[len(behind) // 2].ok, behind[len(behind) // 2].reason
    # ahead the rear wheel would stand on it in turn
    ahead = verdicts[STRAIGHT]
    assert not ahead.ok and ahead.clear < small_rover.wheelbase


def test_a_place_is_not_left_for_a_worse_one(small_rover: Rover) -> None:
    ground = under_front_left(small_rover, 0.17)
    y = small_rover.track / 2
    x = -small_rover.wheelbase / 2
    ground.elevation[at((x - 0.8, x), (y - 0.2, y + 0.2))] = -0.3
    arcs = candidate_arcs(ARCS, small_rover)
    verdicts = check_arcs(arcs, ground, HERE, SETTINGS, small_rover)
    back = verdicts[int(np.flatnonzero(arcs.direction == -1)[2])]
    assert (back.ok, back.clear) == (False, 0.0)


def test_a_slope_too_steep_to_stand_on_is_left_only_for_a_gentler_one(small_rover: Rover) -> None:
    ground = flat()
    x = np.arange(CELLS) * RESOLUTION - 10.0
    steep, gentle = math.tan(math.radians(22.0)), math.tan(math.radians(10.0))
    ground.elevation[:] = np.where(x < 1.0, steep * x, steep + gentle * (x - 1.0))
    arcs = candidate_arcs(ARCS, small_rover)
    verdicts = check_arcs(arcs, ground, HERE, SETTINGS, small_rover)
    assert verdicts[STRAIGHT].ok
    back = [v for v, way in zip(verdicts, arcs.direction, strict=True) if way == -1]
    assert {v.reason for v in back} == {"tilts too far"}
    assert back[len(back) // 2].clear == 0.0


def test_a_tall_thing_beside_the_rover_leaves_no_room_to_turn(small_rover: Rover) -> None:
    """Acceptance drives 3 and 4: corners went by a rock by less than 2 cm while turning."""
    arcs = candidate_arcs(ARCS, small_rover)
    turns = arcs.direction == 0
    ground, y = flat(), 0.5 * math.hypot(small_rover.length, small_rover.width) + 0.12
    ground.elevation[at((-0.1, 0.1), (y, y + 0.3))] = 0.3
    settings = replace(SETTINGS, side_margin=0.2)
    verdicts = check_arcs(arcs, ground, HERE, settings, small_rover)
    assert all(v.ok for v, turn in zip(verdicts, turns, strict=True) if turn)
    assert all(v.roomy < v.clear for v, turn in zip(verdicts, turns, strict=True) if turn)
    assert verdicts[STRAIGHT].roomy == verdicts[STRAIGHT].clear
    none = check_arcs(arcs, ground, HERE, replace(SETTINGS, side_margin=0.0), small_rover)
    assert all(v.roomy == v.clear for v in none)


def test_a_rover_beside_a_tall_thing_may_leave_it(small_rover: Rover) -> None:
    ground, side = flat(), 0.5 * small_rover.width
    ground.elevation[at((-0.3, 0.3), (side + 0.1, side + 0.4))] = 0.3
    verdict = straight(ground, small_rover)
    assert verdict.ok and verdict.roomy == verdict.clear


def rough_world(rng: np.random.Generator) -> Ground:
    """Rough ground with rocks, gaps, errors of height and lethal cells."""
    ground = flat()
    rough = cv2.GaussianBlur(rng.normal(size=(CELLS, CELLS)), (0, 0), 8.0)
    ground.elevation[:] = 0.07 * rough / rough.std()
    ground.sigma[:] = rng.uniform(0.0, 0.03, ground.sigma.shape)
    for _ in range(25):
        row, col = rng.integers(0, CELLS - 6, 2)
        ground.elevation[row : row + 5, col : col + 5] += rng.uniform(0.1, 0.8)
    hidden = cv2.GaussianBlur(rng.normal(size=(CELLS, CELLS)), (0, 0), 5.0)
    ground.known[hidden > 2.0 * hidden.std()] = False
    ground.elevation[~ground.known] = np.nan
    ground.cost[rng.random((CELLS, CELLS)) < 0.001] = 100
    return ground


def test_the_compiled_loop_is_its_plain_twin(curiosity: Rover, small_rover: Rover) -> None:
    settings = ClearanceSettings(sigmas=1.0, belly_margin=0.05, trusted_margin=0.3)
    met: set[str] = set()
    narrow = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rover = (curiosity, small_rover)[seed % 2]
        ground = rough_world(rng)
        stands = Pose.from_rpy((0.33, -0.21, 0.05), (0.04, -0.03, rng.uniform(-3, 3)))
        if seed % 3 == 0:
            ground.elevation[at((0.0, 0.5), (-0.4, 0.1))] += rng.uniform(0.2, 0.6)
        arcs = candidate_arcs(replace(ARCS, count=7), rover)
        placed = place(arcs.poses, 0.33, -0.21, stands.yaw())
        for i, verdict in enumerate(check_arcs(arcs, ground, stands, settings, rover)):
            own = placed[i, : int(np.argmax(arcs.travelled[i])) + 1]
            reason, *ends = slow_clearance.arc_failure(own, ground, stands, settings, rover)
            assert (verdict.reason, verdict.ok) == (reason, reason == "")
            clear, roomy = (arcs.travelled[i, max(end - 1, 0)] for end in ends)
            assert verdict.clear == pytest.approx(clear)
            assert verdict.roomy == pytest.approx(roomy)
            met.add(reason)
            narrow += 0.0 < verdict.roomy < verdict.clear
    assert met == set(REASONS), "the worlds must make arcs fail in every way"
    assert narrow > 10, "and become narrow before they do"


def test_layers_that_do_not_fit(curiosity: Rover) -> None:
    arcs = candidate_arcs(ARCS, curiosity)
    ground = flat()
    with pytest.raises(PlanningError, match=r"ground\.cost is"):
        wrong = replace(ground, cost=np.zeros((3, 3), np.int8))
        check_arcs(arcs, wrong, HERE, SETTINGS, curiosity)
    with pytest.raises(PlanningError, match="elevation must be float32 metres, is float64"):
        wrong = replace(ground, elevation=np.zeros((CELLS, CELLS)))
        check_arcs(arcs, wrong, HERE, SETTINGS, curiosity)
    ground.elevation[5, 5] = np.nan
    with pytest.raises(PlanningError, match="not finite in a known cell"):
        check_arcs(arcs, ground, HERE, SETTINGS, curiosity)


def test_a_rock_half_seen_in_the_blind_zone_still_counts(curiosity: Rover) -> None:
    ground = flat()
    ground.known[at((-10.0, 2.5), (-10.0, 10.0))] = False
    y = curiosity.track / 2
    sliver = at((2.0, 2.3), (y - 0.05, y + 0.05))
    ground.known[sliver] = True
    assert straight(ground, curiosity).ok
    ground.elevation[sliver] = 0.6
    assert straight(ground, curiosity).reason == "a wheel drops too deep"
