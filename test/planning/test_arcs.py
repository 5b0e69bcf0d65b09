"""Candidate arcs: circles within the rover's limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs, place, turns_in_place
from ai4mars_nav.rover import Rover


@pytest.mark.parametrize("which", ["curiosity", "small_rover"])
def test_driven_poses_lie_on_their_circles(which: str, request: pytest.FixtureRequest) -> None:
    arcs = candidate_arcs(ArcSettings(), request.getfixturevalue(which))
    driven = np.flatnonzero((arcs.direction != 0) & (np.abs(arcs.curvature) > 1e-9))
    for i in driven:
        radius = 1.0 / arcs.curvature[i]
        away = np.hypot(arcs.poses[i, :, 0], arcs.poses[i, :, 1] - radius)
        assert away == pytest.approx(np.full_like(away, abs(radius)))
        turned = arcs.curvature[i] * arcs.direction[i] * arcs.travelled[i]
        assert arcs.poses[i, :, 2] == pytest.approx(turned)
        assert abs(turned[-1]) <= math.pi + 1e-9


def test_an_ackermann_rover_keeps_to_its_radius_and_never_turns_in_place(curiosity: Rover) -> None:
    arcs = candidate_arcs(ArcSettings(count=31, reverse_count=5), curiosity)
    assert np.abs(arcs.curvature).max() == pytest.approx(1.0 / curiosity.min_turn_radius)
    assert list(np.unique(arcs.direction)) == [-1, 1]
    assert not turns_in_place(curiosity)
    straight = arcs.poses[15]
    assert straight[:, 1] == pytest.approx(0.0) and straight[-1, 0] == pytest.approx(4.0)
    assert arcs.poses[33, -1] == pytest.approx([-2.0, 0.0, 0.0])


def test_a_skid_steered_rover_turns_in_place_both_ways(small_rover: Rover) -> None:
    arcs = candidate_arcs(ArcSettings(turn_angle=1.5), small_rover)
    turns = arcs.poses[arcs.direction == 0]
    assert turns[:, :, :2] == pytest.approx(0.0)
    assert sorted(turns[:, -1, 2]) == pytest.approx([-1.5, 1.5])
    assert sorted(arcs.turn[arcs.direction == 0]) == [-1.5, 1.5]


def test_poses_are_no_farther_apart_than_the_spacing(curiosity: Rover) -> None:
    arcs = candidate_arcs(ArcSettings(spacing=0.13), curiosity)
    steps = np.hypot(*np.diff(arcs.poses[..., :2], axis=1).transpose(2, 0, 1))
    assert steps.max() <= 0.13 + 1e-9
    assert np.diff(arcs.travelled, axis=1).max() <= 0.13 + 1e-9


def test_no_reverse_arcs_when_none_are_wanted(curiosity: Rover) -> None:
    assert (candidate_arcs(ArcSettings(reverse_count=0), curiosity).direction == 1).all()


def test_place_puts_poses_where_the_rover_stands() -> None:
    placed = place(np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.5]]), 10.0, 20.0, math.pi / 2)
    assert placed[0] == pytest.approx([10.0, 21.0, math.pi / 2])
    assert placed[1] == pytest.approx([8.0, 20.0, math.pi / 2 + 0.5])
