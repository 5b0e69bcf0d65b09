"""The map rolls with the rover, and forgets what was not seen for long."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover

from .conftest import Box, Camera
from .views import CAMERA, ERROR, SMALL, frame, labels


def test_rolling_moves_by_whole_cells_and_smears_nothing() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    points = CAMERA.see((Box(3.0, 0.0, 0.6, 0.6, 0.2),))
    terrain_map.integrate(points, *labels(points, 0), CAMERA.pose, ERROR, 1.0)
    terrain_map.update()
    before = {name: layer.copy() for name, layer in terrain_map.layers.items()}
    before["cost"] = terrain_map.cost.copy()
    old = terrain_map.origin
    for x, y in ((0.9, 0.0), (2.04, -1.31), (-1.0, 1.0), (0.0, 0.0)):
        terrain_map.move_to(x, y)
    terrain_map.move_to(2.04, -1.31)
    terrain_map.update()
    new = terrain_map.origin
    columns, rows = round((new[0] - old[0]) / 0.1), round((new[1] - old[1]) / 0.1)
    assert (columns, rows) == (20, -14)
    assert new == pytest.approx((old[0] + 2.0, old[1] - 1.4))
    after = dict(terrain_map.layers, cost=terrain_map.cost)
    kept = (slice(14, 160 - 40), slice(0, 100))
    was = (slice(0, 160 - 40 - 14), slice(20, 120))
    for name, layer in after.items():
        np.testing.assert_array_equal(layer[kept], before[name][was], err_msg=name)
    assert (terrain_map.cost[:14] == -1).all(), "cells that roll in are unknown"
    assert np.isnan(terrain_map.layers["elevation"][:, 140:]).all()


def test_the_map_stays_while_the_rover_is_near_its_middle() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    terrain_map.move_to(0.95, -0.95)
    assert terrain_map.origin == (-8.0, -8.0)
    terrain_map.move_to(500.0, 0.0)
    assert terrain_map.origin == pytest.approx((492.0, -8.0))


def test_cells_not_seen_for_long_are_unknown_again() -> None:
    terrain_map = TerrainMap(MapSettings(size=16.0, forget_after=60.0), Rover())
    frame(terrain_map, 1.0)
    seen = terrain_map.cost > 0
    away = Camera(size=96, focal=90.0, pitch_deg=35.0, yaw_deg=180.0)
    frame(terrain_map, 30.0, camera=away)
    assert (terrain_map.cost[seen] > 0).all()
    frame(terrain_map, 80.0, camera=away)
    assert (terrain_map.cost[seen] == -1).mean() > 0.95
    assert (terrain_map.cost > 0).any(), "what is seen again stays"


def test_ages_of_cells_are_exact_however_late_the_clock() -> None:
    terrain_map = TerrainMap(MapSettings(size=16.0, forget_after=60.0), Rover())
    start = 1.8e9
    terrain_map.move_to(0.0, 0.0, stamp=start - 1.0)
    frame(terrain_map, start)
    seen = terrain_map.cost > 0
    away = Camera(size=96, focal=90.0, pitch_deg=35.0, yaw_deg=180.0)
    frame(terrain_map, start + 57.0, camera=away)
    assert (terrain_map.cost[seen] > 0).all()
    frame(terrain_map, start + 64.0, camera=away)
    assert (terrain_map.cost[seen] == -1).mean() > 0.95
