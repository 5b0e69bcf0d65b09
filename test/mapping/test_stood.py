"""Ground that the rover has stood on is known, and what a camera saw of it is not touched."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping import stood
from ai4mars_nav.mapping.grid import Grid
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover

ROVER = Rover()
ERROR = RangeError(516.6, 0.5)


def seen(height: float = 0.0) -> TerrainMap:
    """A map whose only frame shows flat ground in x 2 to 4, y -2 to 2."""
    terrain_map = TerrainMap(MapSettings(size=16.0), ROVER)
    y, x = np.mgrid[-2.0:2.0:0.05, 2.0:4.0:0.05]
    points = np.stack([-y, np.full_like(x, 2.0 - height), x], axis=-1).astype(np.float32)
    labels = np.zeros(x.shape, np.uint8)
    optical = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    camera = Pose(optical, np.array([0.0, 0.0, 2.0]))
    terrain_map.integrate(points.reshape(-1, 3), labels.ravel(), labels.ravel() + 200, camera,
                          ERROR, 1.0)  # fmt: skip
    terrain_map.update()
    return terrain_map


@pytest.mark.parametrize("yaw", [0.0, 0.7, -2.0])
def test_the_cells_under_a_rover_are_those_of_its_corner_wheels(yaw: float) -> None:
    grid = Grid.around(0.0, 0.0, 16.0, 0.1)
    pose = Pose.from_rpy((1.03, -2.2, 0.0), (0.0, 0.0, yaw))
    window, covered = stood.under(grid, pose, ROVER)
    count = 0
    for row in range(grid.rows):
        for column in range(grid.columns):
            x = (column + grid.column + 0.5) * 0.1
            y = (row + grid.row + 0.5) * 0.1
            ahead, left, _ = pose.inverse().apply(np.array([x, y, 0.0]))
            along, aside = abs(ahead) - 0.5 * ROVER.wheelbase, abs(left) - 0.5 * ROVER.track
            inside = (
                abs(along) <= 0.5 * ROVER.wheel_radius and abs(aside) <= 0.5 * ROVER.wheel_width
            )
            there = (
                window.first_row <= row < window.last_row
                and window.first_column <= column < window.last_column
            )
            got = there and covered[row - window.first_row, column - window.first_column]
            assert got == inside
            count += inside
    assert count == covered.sum() > 20


def test_unseen_ground_under_the_rover_is_known_after_it_stood_there() -> None:
    terrain_map = seen()
    before = terrain_map.layers["elevation"].copy()
    tilt = math.radians(5.0)
    pose = Pose.from_rpy((0.0, 0.0, 0.3), (0.0, tilt, 0.0))
    terrain_map.stand(pose)
    terrain_map.update()
    after = terrain_map.layers["elevation"]
    new = np.isnan(before) & np.isfinite(after)
    rows, columns = np.nonzero(new)
    x = terrain_map.origin[0] + (columns + 0.5) * terrain_map.resolution
    footprints = 4 * ROVER.wheel_radius * ROVER.wheel_width
    assert new.sum() * terrain_map.resolution**2 == pytest.approx(footprints, rel=0.25)
    # its nose is down, so the ground ahead is lower
    assert after[rows, columns] == pytest.approx(0.3 - np.tan(tilt) * x, abs=1e-5)
    middle = terrain_map.grid.rows // 2
    assert np.isnan(after[middle, middle]), "nothing touched what lies between the wheels"
    assert np.sqrt(terrain_map.layers["variance"][rows, columns]) == pytest.approx(0.05)


def test_wheels_measure_the_whole_of_a_short_way_and_nothing_between_their_tracks() -> None:
    terrain_map = seen()
    before = np.isfinite(terrain_map.layers["elevation"])
    for x in (-2.0, -0.4):
        terrain_map.stand(Pose.from_rpy((x, 0.0, 0.0), (0.0, 0.0, 0.0)))
    terrain_map.update()
    new = np.isfinite(terrain_map.layers["elevation"]) & ~before
    rows, columns = np.nonzero(new)
    x = terrain_map.origin[0] + (columns + 0.5) * terrain_map.resolution
    y = terrain_map.origin[1] + (rows + 0.5) * terrain_map.resolution
    assert (np.abs(np.abs(y) - 0.5 * ROVER.track) <= 0.5 * ROVER.wheel_width + 1e-6).all()
    one_track = np.unique(np.round(x[y > 0.0], 3))
    rolled = one_track[one_track < -2.0 + 0.5 * ROVER.wheelbase]
    behind = np.arange(-2.0 - 0.5 * ROVER.wheelbase + 0.05, -0.4 - 0.5 * ROVER.wheelbase, 0.1)
    assert all(np.abs(rolled - place).min() < 0.06 for place in behind)
    untouched = (-0.4 - 0.5 * ROVER.wheelbase + 0.3, -2.0 + 0.5 * ROVER.wheelbase - 0.3)
    between = (one_track > untouched[0]) & (one_track < untouched[1])
    assert not between.any(), "neither the front wheels nor the rear ones have been there"


def test_of_a_long_jump_only_the_ends_are_known() -> None:
    places = [Pose.from_rpy((x, 0.0, 0.0), (0.0, 0.0, 0.0)) for x in (0.0, 1.0, 4.0)]
    assert len(list(stood.on_the_way(None, places[0], ROVER))) == 1
    assert len(list(stood.on_the_way(places[0], places[1], ROVER))) == 8
    assert list(stood.on_the_way(places[1], places[2], ROVER)) == [places[2]]
    back = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, 3.0))
    assert list(stood.on_the_way(places[0], back, ROVER)) == [back]


def test_what_a_camera_saw_stays_and_a_better_look_wins() -> None:
    terrain_map = seen(height=0.1)
    terrain_map.stand(Pose.from_rpy((3.0, 0.0, 0.4), (0.0, 0.0, 0.0)))
    terrain_map.update()
    shown = seen(height=0.1).layers["elevation"]
    known = np.isfinite(shown)
    assert (terrain_map.layers["elevation"][known] == shown[known]).all()


@pytest.mark.parametrize(("roll", "pitch"), [(89.0, 0.0), (0.0, -25.0), (180.0, 0.0)])
def test_a_rover_that_tips_over_has_measured_nothing(roll: float, pitch: float) -> None:
    terrain_map = seen()
    before = terrain_map.layers["elevation"].copy()
    attitude = (math.radians(roll), math.radians(pitch), 0.0)
    terrain_map.stand(Pose.from_rpy((0.0, 0.0, 0.3), attitude))
    assert np.array_equal(terrain_map.layers["elevation"], before, equal_nan=True)


def test_nothing_is_free_beyond_what_it_covered() -> None:
    """Cells that gain a price are under the rover, or were seen and only lacked neighbours."""
    terrain_map = seen()
    before, shown = terrain_map.cost.copy(), np.isfinite(terrain_map.layers["elevation"])
    pose = Pose.from_rpy((0.6, 0.3, 0.0), (0.0, 0.0, 0.4))
    terrain_map.stand(pose)
    terrain_map.update()
    window, covered = stood.under(terrain_map.grid, pose, ROVER)
    may = shown.copy()
    may[window.slices] |= covered
    gained = (before == -1) & (terrain_map.cost >= 0)
    assert gained.any() and not (gained & ~may).any()


def test_before_the_first_frame_and_off_the_map_it_is_nothing() -> None:
    terrain_map = TerrainMap(MapSettings(size=16.0), ROVER)
    terrain_map.stand(Pose.identity())
    assert np.isnan(terrain_map.layers["elevation"]).all()
    terrain_map = seen()
    before = terrain_map.layers["elevation"].copy()
    terrain_map.stand(Pose.from_rpy((500.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    assert np.array_equal(terrain_map.layers["elevation"], before, equal_nan=True)
