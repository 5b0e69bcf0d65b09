"""The way back over what has borne the rover, whatever the map knows of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.planning.trail import KEPT, Trail
from ai4mars_nav.rover import Rover

Placed = tuple[float, float, float]
STEP = 0.04
"""Metres."""


def onward(pose: Placed, way: float, curvature: float) -> Placed:
    """`way` metres on (back, below 0) from a pose on an arc."""
    yaw = pose[2] + 0.5 * way * curvature
    x, y = pose[0] + way * math.cos(yaw), pose[1] + way * math.sin(yaw)
    return x, y, pose[2] + way * curvature


def driven(trail: Trail, pose: Placed, ways: list[tuple[float, float]]) -> Placed:
    """Drive so many metres at a curvature, one after the other."""
    for metres, curvature in ways:
        for _ in range(round(abs(metres) / STEP)):
            trail.reach(pose)
            pose = onward(pose, math.copysign(STEP, metres), curvature)
    trail.reach(pose)
    return pose


@pytest.mark.parametrize("curvature", [0.0, 0.5, -1.2])
def test_an_arc_leads_back_as_it_came(small_rover: Rover, curvature: float) -> None:
    trail = Trail(small_rover)
    pose = driven(trail, (3.0, -2.0, 2.5), [(1.2, curvature)])
    back = trail.back(pose)
    assert back.curvature == pytest.approx(curvature, abs=0.1)
    assert back.metres == pytest.approx(1.2, abs=0.06)


def test_there_is_no_way_back_from_where_it_began(small_rover: Rover) -> None:
    trail = Trail(small_rover)
    assert trail.back((0.0, 0.0, 0.0)).metres == 0.0
    trail.reach((0.0, 0.0, 0.0))
    assert trail.back((0.0, 0.0, 0.0)).metres == 0.0


def test_to_and_fro_is_no_trail_and_old_places_go(small_rover: Rover) -> None:
    trail = Trail(small_rover)
    pose = driven(trail, (0.0, 0.0, 0.0), [(1.0, 0.0), (-0.6, 0.0)])
    assert trail.back(pose).metres == pytest.approx(0.4, abs=0.1)
    pose = driven(trail, pose, [(10.0, 0.1)])
    assert trail.back(pose).metres == pytest.approx(KEPT, abs=0.2)
    trail.forget()
    assert trail.back(pose).metres == 0.0


def test_a_turn_in_place_is_turned_back(small_rover: Rover) -> None:
    """Metres only lead back to where it turned; there it turns as far as it came, the way it came,
    were it more than half a turn."""
    trail = Trail(small_rover)
    x, y, yaw = driven(trail, (0.0, 0.0, 0.0), [(1.0, 0.0)])
    for _ in range(40):
        yaw += 0.1
        trail.reach((x, y, yaw))
    assert trail.back((x, y, yaw)).turn == -1
    pose = driven(trail, (x, y, yaw), [(0.6, 0.0)])
    assert trail.back(pose).metres == pytest.approx(0.6, abs=0.1)
    pose, turned = driven(trail, pose, [(-0.6, 0.0)]), 0.0
    while (back := trail.back(pose)).turn:
        pose, turned = (pose[0], pose[1], pose[2] + 0.04 * back.turn), turned + 0.04 * back.turn
        trail.retreat(pose)
    assert turned == pytest.approx(-4.0, abs=0.2)
    assert back.metres == pytest.approx(1.0, abs=0.1)


def test_who_overshoots_its_beginning_has_no_trail_there(small_rover: Rover) -> None:
    """Turned back and past where the turn began, it had a trail again, and turned for a minute."""
    trail = Trail(small_rover)
    for turned in np.arange(0.0, 1.0, 0.1):
        trail.reach((0.0, 0.0, float(turned)))
    for turned in (0.7, 0.4, 0.1, -0.2, -0.3):
        trail.retreat((0.0, 0.0, turned))
    assert trail.back((0.0, 0.0, -0.3)) == (0.0, 0.0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_who_drives_back_over_it_stays_on_it(small_rover: Rover, seed: int) -> None:
    """Half the width of a wheel beside it at the most, to its beginning or as far as it is kept."""
    rng = np.random.default_rng(seed)
    trail, pose = Trail(small_rover), (0.0, 0.0, 0.0)
    ways = [(float(rng.uniform(0.3, 0.8)), float(rng.uniform(-1.5, 1.5))) for _ in range(4)]
    places = [pose]
    for metres, curvature in ways:
        for _ in range(round(metres / STEP)):
            trail.reach(pose)
            pose = onward(pose, STEP, curvature)
            places.append(pose)
    on_it: NDArray[np.float64] = np.array(places)
    while (back := trail.back(pose)).metres > 0.2:
        pose = onward(pose, -STEP, back.curvature)
        trail.retreat(pose)
        assert np.hypot(*(on_it[:, :2] - pose[:2]).T).min() < 0.5 * small_rover.wheel_width
    led_back = math.dist(pose[:2], (0.0, 0.0)) < 0.3
    assert led_back or sum(metres for metres, _ in ways) > KEPT - 0.1
