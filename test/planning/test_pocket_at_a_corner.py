"""A pocket that touches open ground with a corner only is closed in, and said to be."""

import numpy as np
import pytest

from ai4mars_nav.planning.errors import NoPath
from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings


def test_a_pocket_that_touches_open_ground_with_a_corner_has_no_way():
    cost = np.full((80, 80), 100, np.int8)
    cost[5:30, 5:75] = 1  # here the rover stands
    cost[40:45, 40:45] = 1  # here is the goal
    cost[45:75, 45:75] = 1  # and this begins at its corner
    with pytest.raises(NoPath, match="closed in"):
        Planner(SearchSettings()).plan(cost, (0.0, 0.0), 0.1, (1.0, 1.0), (4.25, 4.25))
