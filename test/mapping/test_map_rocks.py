"""Reported rocks and places where the rover was stuck: lethal at once, forgotten in time."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.mapping.errors import MappingError, StampError
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover

from .views import SMALL, at, frame


def rock(x: float, y: float, width: float, height: float, probability: float) -> tuple:
    return np.array([[x, y, 0.0]]), np.array([width]), np.array([height]), np.array([probability])


def test_a_reported_rock_is_lethal_at_once_and_forgotten_when_no_longer_seen() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    frame(terrain_map, 1.0)
    terrain_map.add_rocks(*rock(3.0, 0.0, 0.6, 0.4, 0.8), 1.0)
    terrain_map.update()
    lethal = terrain_map.layers["lethal"].astype(bool)
    assert lethal[at(terrain_map, 3.0, 0.0)]
    assert 25 <= lethal.sum() <= 33, "a disc 0.6 m wide"
    assert (terrain_map.cost[lethal] == 100).all()
    assert terrain_map.cost[at(terrain_map, 3.0, 1.2)] == 100, "within half the rover's width"
    for k in range(12):
        frame(terrain_map, 2.0 + k)
    assert not terrain_map.layers["lethal"].any()
    assert 0 < terrain_map.cost[at(terrain_map, 3.0, 0.0)] < 100


def test_where_the_rover_was_stuck_is_lethal_however_flat_it_looks() -> None:
    terrain_map = TerrainMap(MapSettings(size=16.0, forget_after=60.0), Rover())
    frame(terrain_map, 1.0)
    seen, unseen = at(terrain_map, 3.0, 0.0), at(terrain_map, -5.0, 0.0)
    terrain_map.hold(3.0, 0.0)
    terrain_map.hold(-5.0, 0.0)
    for k in range(12):
        frame(terrain_map, 2.0 + k)
        assert terrain_map.cost[seen] == terrain_map.cost[unseen] == 100
    lethal = terrain_map.layers["lethal"].sum() / 2 * terrain_map.resolution**2
    assert lethal == pytest.approx(np.pi * (0.5 * Rover().track) ** 2, rel=0.05)
    frame(terrain_map, 90.0)
    assert not terrain_map.layers["lethal"][unseen], "forgotten like any cell"


def test_stuck_before_the_first_frame_is_forgotten_as_well() -> None:
    terrain_map = TerrainMap(MapSettings(size=16.0, forget_after=60.0), Rover())
    terrain_map.hold(-5.0, 0.0)
    frame(terrain_map, 1.0)
    assert terrain_map.layers["lethal"][at(terrain_map, -5.0, 0.0)]
    frame(terrain_map, 90.0)
    assert not terrain_map.layers["lethal"][at(terrain_map, -5.0, 0.0)]


def test_stuck_off_the_map_is_nothing_and_nowhere_is_refused() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    frame(terrain_map, 1.0)
    terrain_map.hold(1e6, 0.0)
    terrain_map.update()
    assert not terrain_map.layers["lethal"].any()
    with pytest.raises(MappingError, match="cannot be stuck at"):
        terrain_map.hold(float("nan"), 0.0)


def test_a_reported_rock_stays_while_it_is_reported_and_where_it_hides_the_ground() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    for k in range(20):
        terrain_map.add_rocks(*rock(3.0, 0.0, 0.6, 0.4, 0.7), 1.0 + k)
        frame(terrain_map, 1.0 + k)
    assert terrain_map.cost[at(terrain_map, 3.0, 0.0)] == 100
    terrain_map.add_rocks(*rock(-6.0, 3.0, 0.6, 0.4, 0.9), 30.0)
    terrain_map.update()
    assert terrain_map.cost[at(terrain_map, -6.0, 3.0)] == 100, "lethal though never seen"
    assert terrain_map.cost[at(terrain_map, -6.0, 4.0)] == -1, "unknown stays unknown"


def test_improbable_and_climbable_rocks_are_not_lethal() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    frame(terrain_map, 1.0)
    terrain_map.add_rocks(*rock(3.0, 0.0, 0.6, 0.4, 0.3), 1.0)
    terrain_map.update()
    assert not terrain_map.layers["lethal"].any()
    tall = TerrainMap(SMALL, Rover(max_step=0.6))
    tall.add_rocks(*rock(3.0, 0.0, 0.6, 0.4, 0.95), 1.0)
    tall.add_rocks(*rock(-3.0, 0.0, 0.6, 0.7, 0.95), 2.0)
    tall.update()
    lethal = tall.layers["lethal"]
    assert not lethal[at(tall, 3.0, 0.0)]
    assert lethal[at(tall, -3.0, 0.0)]


def test_rocks_off_the_map_or_nonsensical() -> None:
    terrain_map = TerrainMap(SMALL, Rover())
    terrain_map.add_rocks(*rock(300.0, 0.0, 0.6, 0.4, 0.9), 1.0)
    terrain_map.add_rocks(*rock(8.1, 0.0, 0.6, 0.4, 0.9), 2.0)
    assert not terrain_map.update().empty, "half a rock is on the map"
    for bad in (
        rock(np.nan, 0.0, 0.6, 0.4, 0.9),
        rock(1.0, 0.0, -0.6, 0.4, 0.9),
        rock(1.0, 0.0, 0.6, 0.4, 1.2),
        rock(1.0, 0.0, 0.6, 0.4, np.nan),
    ):
        with pytest.raises(MappingError, match="rocks"):
            terrain_map.add_rocks(*bad, 3.0)
    places, widths, heights, _ = rock(1.0, 0.0, 0.6, 0.4, 0.9)
    with pytest.raises(MappingError, match="probabilities"):
        terrain_map.add_rocks(places, widths, heights, np.zeros(2), 3.0)
    with pytest.raises(StampError, match="rocks"):
        terrain_map.add_rocks(*rock(1.0, 0.0, 0.6, 0.4, 0.9), 2.0)


def test_a_rock_on_ground_never_seen_is_forgotten_like_any_cell() -> None:
    """A stereo mistake behind a rise barred its place until the map rolled on."""
    terrain_map = TerrainMap(MapSettings(size=16.0, forget_after=60.0), Rover())
    frame(terrain_map, 1.0)
    frame(terrain_map, 90.0)
    behind = at(terrain_map, -5.0, 0.0)
    assert np.isnan(terrain_map.layers["elevation"][behind])
    terrain_map.add_rocks(*rock(-5.0, 0.0, 0.6, 0.4, 0.9), 90.0)
    frame(terrain_map, 120.0)
    assert terrain_map.layers["lethal"][behind]
    frame(terrain_map, 155.0)
    assert not terrain_map.layers["lethal"][behind]
