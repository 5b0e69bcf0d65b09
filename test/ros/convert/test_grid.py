"""Cost grids: round trips, and each refusal."""

import math

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion

from ai4mars_nav.ros.convert import grid
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)


def test_grids_round_trip() -> None:
    cost = RNG.integers(-1, 101, (5, 7), dtype=np.int8)
    sent = grid.CostGrid(cost, (-20.05, 13.1), 0.1, STAMP, "odom")
    got = grid.to_grid(grid.to_message(sent), "t")
    np.testing.assert_array_equal(got.cost, cost)
    assert (got.origin, got.resolution, got.stamp) == (sent.origin, 0.1, STAMP)
    assert got.frame == "odom"


def test_a_turned_or_short_grid_is_refused() -> None:
    sent = grid.CostGrid(np.zeros((5, 7), np.int8), (0.0, 0.0), 0.1, STAMP, "odom")
    message = grid.to_message(sent)
    message.info.width = 8
    with pytest.raises(MessageError, match="data holds 35 cells, info says 8 x 5"):
        grid.to_grid(message, "terrain/cost")
    message = grid.to_message(sent)
    message.info.origin.orientation = Quaternion(z=0.6, w=0.8)
    with pytest.raises(MessageError, match="turned"):
        grid.to_grid(message, "terrain/cost")


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -0.1])
def test_a_grid_of_no_resolution_is_refused(value: float) -> None:
    message = grid.to_message(
        grid.CostGrid(np.zeros((5, 7), np.int8), (0.0, 0.0), 0.1, STAMP, "odom")
    )
    message.info.resolution = value
    with pytest.raises(MessageError, match=r"terrain/cost: info\.resolution is"):
        grid.to_grid(message, "terrain/cost")


def test_a_grid_that_is_nowhere_is_refused() -> None:
    sent = grid.CostGrid(np.zeros((5, 7), np.int8), (math.nan, 0.0), 0.1, STAMP, "odom")
    with pytest.raises(MessageError, match=r"terrain/cost: info.origin \(nan, 0.0\)"):
        grid.to_grid(grid.to_message(sent), "terrain/cost")


@pytest.mark.parametrize("value", [-128, -2, 101, 127])
def test_a_cost_without_meaning_is_not_driven_over(value: int) -> None:
    cost = np.zeros((5, 7), np.int8)
    cost[2, 3] = value
    sent = grid.CostGrid(cost, (0.0, 0.0), 0.1, STAMP, "odom")
    with pytest.raises(MessageError, match=f"terrain/cost: cells are .*{value}.*must be -1 to"):
        grid.to_grid(grid.to_message(sent), "terrain/cost")
