"""Slip that is felt: what it says of sand under the wheels, round them, and on the whole site."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.felt import Place, under, uphill
from ai4mars_nav.mapping.grid import Grid
from ai4mars_nav.mapping.loose import FeltSettings, Loose
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.terrain import UNKNOWN, Hidden, Terrain, slip

from .views import SMALL, at, frame

ROVER = load_rover(rover_file("test_rover"))
FIRM, LOOSE = (float(slip(ground, np.zeros(()))) for ground in (Terrain.SAND, Hidden.LOOSE_SAND))
HERE = Place(3.0, 0.0, 0.0)


def ratio(terrain_map: TerrainMap, x: float, y: float) -> float:
    return float(terrain_map.layers["cost_ratio"][at(terrain_map, x, y)])


def felt(
    slipping: float, kind: int = Terrain.SAND, times: int = 1, **costs: float
) -> tuple[TerrainMap, TerrainMap]:
    """Maps of level ground of one class, after slips at HERE and without."""
    maps = []
    for slips in (True, False):
        terrain_map = TerrainMap(SMALL, ROVER, CostSettings(**costs))
        frame(terrain_map, 1.0, kind)
        for stamp in np.arange(2.0, 2.0 + times):
            if slips:
                terrain_map.feel(HERE, slipping, stamp - 0.5)
            frame(terrain_map, stamp, kind)
        maps.append(terrain_map)
    return maps[0], maps[1]


def test_sand_that_gives_way_is_dear_there_and_less_so_farther_off() -> None:
    slipped, before = felt(LOOSE + 0.2)
    dearer = [ratio(slipped, x, 0.0) / ratio(before, x, 0.0) for x in (3.0, 4.4, 6.0)]
    assert dearer[0] > 1.5 and dearer[0] > dearer[1] > dearer[2] > 1.0
    assert "of sand is taken to be loose, 30% beforehand" in slipped.learned


def test_sand_that_carries_is_cheap_there_and_cheaper_elsewhere() -> None:
    carried, before = felt(FIRM)
    cheaper = [ratio(carried, x, 0.0) / ratio(before, x, 0.0) for x in (3.0, 4.4, 6.0)]
    assert cheaper[0] < 0.75 and cheaper[0] < cheaper[1] < cheaper[2] < 1.0


@pytest.mark.parametrize("kind", [Terrain.SOIL, UNKNOWN])
def test_what_looks_like_ground_that_gave_way_is_sand_whatever_it_is_called(kind: int) -> None:
    slipped, before = felt(LOOSE + 0.1, kind, times=3)
    assert ratio(slipped, 3.0, 0.0) > 1.7 * ratio(before, 3.0, 0.0)
    assert slipped.layers["p_sand"][at(slipped, 3.0, 0.0)] > 0.8
    assert ratio(slipped, 6.5, 0.0) == pytest.approx(ratio(before, 6.5, 0.0), rel=0.1)


@pytest.mark.parametrize("kind", [Terrain.SOIL, Terrain.BEDROCK])
def test_little_slip_says_nothing_of_ground_that_does_not_look_like_sand(kind: int) -> None:
    driven, before = felt(0.03, kind)
    assert ratio(driven, 3.0, 0.0) == pytest.approx(ratio(before, 3.0, 0.0), rel=0.1)


def test_little_slip_says_of_ground_without_a_name_that_what_sand_it_may_be_carries() -> None:
    driven, before = felt(0.03, UNKNOWN)
    _, firm = felt(0.03, UNKNOWN, loose_share=0.0)
    assert ratio(firm, 3.0, 0.0) < ratio(driven, 3.0, 0.0) < ratio(before, 3.0, 0.0)


def test_without_classes_nothing_is_learned() -> None:
    slipped, before = felt(LOOSE, by_class=False)
    np.testing.assert_array_equal(slipped.cost, before.cost)
    assert slipped.learned == before.learned


def test_a_slip_waits_for_a_frame_that_is_newer() -> None:
    terrain_map, without = TerrainMap(SMALL, ROVER), TerrainMap(SMALL, ROVER)
    terrain_map.feel(HERE, LOOSE, 2.0)
    for each in (terrain_map, without):
        frame(each, 1.0, Terrain.SAND)
        frame(each, 2.0, Terrain.SAND)
    np.testing.assert_array_equal(terrain_map.cost, without.cost)
    frame(terrain_map, 2.5, Terrain.SAND)
    assert ratio(terrain_map, 3.0, 0.0) > 1.5 * ratio(without, 3.0, 0.0)


def test_the_nearest_slip_speaks() -> None:
    terrain_map = TerrainMap(SMALL, ROVER)
    frame(terrain_map, 1.0, Terrain.SAND)
    terrain_map.feel(Place(3.0, -1.5, 0.0), FIRM, 1.1)
    terrain_map.feel(Place(3.0, 1.5, 0.0), LOOSE, 1.2)
    frame(terrain_map, 2.0, Terrain.SAND)
    assert ratio(terrain_map, 3.0, 1.5) > 2.0 * ratio(terrain_map, 3.0, -1.5)
    assert ratio(terrain_map, 3.0, 0.4) > 1.2 * ratio(terrain_map, 3.0, -0.4)


def test_the_whole_map_is_priced_by_what_was_learned() -> None:
    maps = []
    for slipping in (FIRM, LOOSE):
        terrain_map = TerrainMap(SMALL, ROVER, feeling=FeltSettings(reach=0.0))
        frame(terrain_map, 1.0, Terrain.SAND)
        for index in range(8):
            terrain_map.feel(Place(1.5 + 0.5 * index, 0.0, 0.0), slipping, 1.1 + 0.1 * index)
        frame(terrain_map, 2.0, Terrain.SAND)
        maps.append(terrain_map)
    assert ratio(maps[1], 4.0, 2.0) > 1.2 * ratio(maps[0], 4.0, 2.0), "not driven, not near"


def test_a_cleared_map_has_forgotten_what_it_felt() -> None:
    slipped, before = felt(LOOSE)
    assert slipped.learned != before.learned
    slipped.feel(HERE, LOOSE, 3.0)
    slipped.clear()
    frame(slipped, 4.0, Terrain.SAND)
    assert slipped.learned == before.learned


@pytest.mark.parametrize(
    ("place", "slipping"),
    [(Place(np.nan, 0.0, 0.0), 0.5), (HERE, 1.2), (HERE, -0.1), (HERE, np.nan)],
)
def test_what_is_no_slip_at_a_place_is_refused(place: Place, slipping: float) -> None:
    with pytest.raises(MappingError, match=r"map: a slip of .* cannot be"):
        TerrainMap(SMALL, ROVER).feel(place, slipping, 1.0)


def test_slip_off_the_map_is_nothing() -> None:
    terrain_map = TerrainMap(SMALL, ROVER)
    terrain_map.feel(Place(500.0, 0.0, 0.0), LOOSE, 0.5)
    frame(terrain_map, 1.0, Terrain.SAND)
    assert (terrain_map.layers["cost_ratio"] > 0.0).any()


def test_what_lies_under_a_rover_and_how_steep_it_is() -> None:
    grid = Grid.around(0.0, 0.0, 8.0, 0.1)
    window, inside, ahead = under(grid, Place(1.0, 0.5, 0.7), ROVER)
    assert inside.sum() == pytest.approx(ROVER.length * ROVER.width / 0.01, abs=6)
    assert np.abs(ahead[inside]).max() <= 0.5 * ROVER.length
    rows, cols = np.mgrid[window.slices]
    heights = 0.1 * (0.2 * np.cos(0.7) * cols + 0.2 * np.sin(0.7) * rows).astype(np.float32)
    assert np.tan(uphill(heights[inside], ahead[inside])) == pytest.approx(0.2, abs=1e-3)
    assert np.tan(uphill(heights[inside], -ahead[inside])) == pytest.approx(-0.2, abs=1e-3)
    assert uphill(np.full(5, np.nan, np.float32), np.arange(5, dtype=np.float32)) == 0.0


def test_the_share_goes_by_what_is_driven_and_a_patch_counts_once() -> None:
    site = Loose(FeltSettings(), 0.3)
    assert site.share == pytest.approx(0.3)
    assert site.learn((0.0, 0.0), LOOSE, 0.0, 1.0).loose > 0.6
    once = site.share
    for _ in range(50):
        site.learn((0.0, 0.0), LOOSE, 0.0, 1.0)
    assert site.share == once, "the same place again"
    for metre in range(40):
        site.learn((0.5 * metre, 0.0), LOOSE, 0.0, 1.0)
    assert site.share > 0.6
    for metre in range(400):
        site.learn((0.5 * metre, 9.0), FIRM, 0.0, 1.0)
    assert site.share < 0.15
    assert "patches driven" in site.words


def test_a_slope_that_explains_the_slip_and_a_stall_accuse_no_sand() -> None:
    steep = np.deg2rad(10.0)
    assert Loose(FeltSettings(), 0.3).learn((0.0, 0.0), 0.38, steep, 1.0).loose < 0.05
    assert Loose(FeltSettings(), 0.3).learn((0.0, 0.0), 1.0, 0.0, 1.0).loose == pytest.approx(0.3)
    assert Loose(FeltSettings(), 0.3).learn((0.0, 0.0), 0.38, 0.0, 1.0).loose > 0.6
