"""A rover that was held stands in a hole of the map that lethal cells close in: it may leave it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings


@pytest.mark.parametrize("inside", [1, -1])
@pytest.mark.parametrize("wide", [3, 18], ids=["a hole", "as much as two rovers"])
@pytest.mark.parametrize("goal", [(7.0, 1.0), (30.0, 1.0)])
def test_a_start_that_is_shut_in_is_left_as_lethal_cells_are(
    inside: int, wide: int, goal: tuple[float, float]
) -> None:
    cost = np.full((80, 80), 1, np.int8)
    cost[5 : 13 + wide, 5 : 13 + wide] = 100
    cost[9 : 9 + wide, 9 : 9 + wide] = inside
    plan = Planner(SearchSettings()).plan(cost, (0.0, 0.0), 0.1, (1.05, 1.05), goal)
    assert math.dist(plan.points[0], (1.05, 1.05)) < 1e-9
    assert plan.points[-1][0] > 6.5


def test_a_goal_in_the_same_hole_is_driven_to_and_a_small_map_is_no_hole() -> None:
    cost = np.full((80, 80), 1, np.int8)
    cost[5:16, 5:16] = 100
    cost[9:12, 9:12] = 1
    inside = Planner(SearchSettings()).plan(cost, (0.0, 0.0), 0.1, (0.95, 0.95), (1.15, 1.15))
    assert inside.length < 0.3
    small = np.ones((8, 8), np.int8)
    assert Planner(SearchSettings()).plan(small, (0.0, 0.0), 0.1, (0.1, 0.1), (0.7, 0.7)).length < 1
