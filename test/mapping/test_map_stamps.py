"""When the map was told of what: stamps that do not advance, and how old each source is."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.mapping.errors import StampError
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover

from .views import SMALL, frame


@pytest.mark.parametrize("stamp", [5.0, 4.0, -1.0, np.nan, np.inf])
def test_stamps_that_do_not_advance_are_refused_until_cleared(stamp: float) -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    frame(terrain_map, 5.0)
    before = terrain_map.layers["variance"].copy()
    with pytest.raises(StampError, match="points"):
        frame(terrain_map, stamp)
    np.testing.assert_array_equal(terrain_map.layers["variance"], before)
    if np.isfinite(stamp):
        terrain_map.clear()
        assert (terrain_map.cost == -1).all()
        frame(terrain_map, stamp)
        assert (terrain_map.cost > 0).any()


def test_each_source_knows_its_age() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    assert terrain_map.current(0.0) == {"points": False, "rocks": False, "pose": False}
    frame(terrain_map, 10.0)
    none = np.zeros(0)
    terrain_map.add_rocks(np.zeros((0, 3)), none, none, none, 9.0)
    terrain_map.move_to(0.0, 0.0, stamp=11.5)
    assert terrain_map.age(12.0) == {"points": 2.0, "rocks": 3.0, "pose": 0.5}
    assert terrain_map.current(12.0) == {"points": True, "rocks": False, "pose": True}
    assert terrain_map.current(7.0) == {"points": False, "rocks": True, "pose": False}, (
        "time jumped"
    )
    with pytest.raises(StampError, match="pose"):
        terrain_map.move_to(0.0, 0.0, stamp=11.0)
    terrain_map.clear()
    assert terrain_map.age(12.0) == dict.fromkeys(("points", "rocks", "pose"), np.inf)
