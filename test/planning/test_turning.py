"""Turning in place where it is barred both ways round."""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.rover import Rover

from .stage import PERIOD, Stage


def test_a_turn_that_is_barred_both_ways_round_is_given_up(small_rover: Rover) -> None:
    """To and fro between two stones, 25 s on development site 111, as the plan led behind it."""
    stage = Stage(small_rover)
    stage.path = np.array([(0.0, 0.0), (-10.0, 0.5)])
    whole = stage.arcs.travelled[:, -1]
    for _ in range(150):
        stage.clear = whole.copy()
        x, y, yaw = stage.pose
        if math.hypot(x, y) < 0.2:
            # a corner comes against a stone on either side
            stage.clear[(stage.arcs.turn > 0.0) & (yaw > 0.3)] = 0.0
            stage.clear[(stage.arcs.turn < 0.0) & (yaw < -0.3)] = 0.0
        stage.run(PERIOD, 1.0)
    x, y, yaw = stage.pose
    assert math.hypot(x, y) > 1.0


def test_the_long_way_round_is_gone_to_its_end(small_rover: Rover) -> None:
    """Right was barred by a stone, and left of it the plan turned it right again, for 70 s."""
    stage = Stage(small_rover)
    stage.path = np.array([(0.0, 0.0), (0.0, -10.0)])
    for _ in range(130):
        stage.clear = stage.arcs.travelled[:, -1].copy()
        yaw = math.remainder(stage.pose[2], math.tau)
        stage.clear[(stage.arcs.turn < 0.0) & (-0.5 < yaw < -0.1)] = 0.0
        stage.clear[(stage.arcs.direction != 0) & (yaw > -0.9)] = 0.0
        stage.run(PERIOD, 1.0)
    assert stage.pose[1] < -0.3


def test_where_it_has_moved_it_turns_again(small_rover: Rover) -> None:
    stage = Stage(small_rover)
    stage.path = np.array([(0.0, 0.0), (-10.0, 0.5)])
    ahead = (stage.arcs.direction == 1) & (np.abs(stage.arcs.curvature) > 1e-6)
    stage.clear[ahead | (stage.arcs.direction == 0)] = 0.0
    assert stage.run(3 * PERIOD, 0.0)[-1].linear < 0.0, "back on an arc"
    stage.clear[stage.arcs.direction == 0] = stage.arcs.travelled[-1, -1]
    assert stage.run(PERIOD, 0.0)[0].linear < 0.0, "not where it was barred"
    stage.clear = stage.arcs.travelled[:, -1].copy()
    stage.pose = (0.4, 0.0, 0.0)
    assert stage.run(PERIOD, 0.0)[0].linear == 0.0
    stage.run(8.0, 1.0)
    assert stage.pose[0] < -0.2, "and drives on when it has turned"
