"""Rocks one by one: a world of three rocks, a camera, and what it is told, all made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.rocks import RockSighting
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.rocks_in_view import Sight, in_view, narrow_in_view
from ai4mars_nav.trial.rocks_one_by_one import pooled, tally

CAMERA = Pinhole(512, 512, 615.0, 615.0, 256.0, 256.0)
OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
EYE = Pose(OPTICAL, np.array([0.0, 0.0, 1.0]))
"""A metre over the ground, looking along x."""
PLACES = ((4.0, 0.0), (8.0, 1.0), (15.0, -2.0))
HEIGHTS = (0.5, 0.4, 0.27)
"""The last is not big."""


@pytest.fixture
def world() -> World:
    shape = (100, 200)
    x, y = np.array(PLACES).T
    rocks = Rocks(
        x=x, y=y, length=np.full(3, 0.8), width=np.full(3, 0.6), height=np.array(HEIGHTS),
        yaw=np.zeros(3), seed=np.arange(3),
    )  # fmt: skip
    level = np.zeros(shape, np.float32)
    return World(
        "by hand", 0.2, (-10.0, -10.0), level, level, np.zeros(shape, np.uint8),
        np.full(shape, NO_ROCK, np.int32), rocks,
    )  # fmt: skip


def told(x: float, y: float, height: float, p: float, by_height: bool, by_class: bool):
    base = Pose(np.eye(3), EYE.inverse().apply(np.array([x, y, 0.0])))
    return RockSighting(base, height, 0.02, 0.7, p, by_height, by_class)


def all_rock() -> np.ndarray:
    return np.full((512, 512), Terrain.BIG_ROCK, np.uint8)


def test_in_view_is_what_the_picture_shows_of_a_big_rock(world: World) -> None:
    assert in_view(Sight(EYE, [], all_rock()), world, CAMERA).tolist() == [0, 1]
    hidden = all_rock()
    hidden[:, 240:272] = Terrain.SOIL
    assert in_view(Sight(EYE, [], hidden), world, CAMERA).tolist() == [1]
    back = Pose(OPTICAL @ np.diag([-1.0, 1.0, -1.0]), EYE.translation)
    assert in_view(Sight(back, [], all_rock()), world, CAMERA).tolist() == []


def test_each_source_is_counted_by_itself_and_in_its_band(world: World) -> None:
    sightings = [
        told(4.1, 0.0, 0.45, 0.99, True, False),
        told(8.0, 1.2, math.nan, 0.3, False, True),
        told(15.0, -2.0, 0.31, 0.9, True, True),
        told(12.0, 4.0, 0.35, 0.9, True, True),
    ]
    found = tally([Sight(EYE, sightings, all_rock())], world, CAMERA)
    near, next_, far = found["0-5 m"], found["5-10 m"], found["10-20 m"]
    assert {source: near[source]["found"] for source in near} == {
        "class": 0.0, "height": 1.0, "fused": 1.0,
    }  # fmt: skip
    assert near["fused"]["height_bias"] == pytest.approx(-0.05)
    assert near["fused"]["width_error"] == pytest.approx(0.0)
    assert next_["class"]["found"] == 1.0 and next_["class"]["measured"] == 0.0
    assert next_["fused"]["told"] == 0.0 and next_["fused"]["in_view"] == 1.0
    assert far["fused"]["told"] == 2.0
    assert far["fused"]["right"] == 0.0, "one is not big, one is none"
    assert far["fused"]["right_or_nearly"] == 1.0
    assert far["fused"]["in_view"] == 0.0


def test_shares_are_pooled_over_sites_and_none_where_nothing_was_seen(world: World) -> None:
    good = tally([Sight(EYE, [told(4.0, 0.0, 0.5, 1.0, True, True)], all_rock())], world, CAMERA)
    blind = tally([Sight(EYE, [], all_rock())], world, CAMERA)
    found = pooled([good, blind])
    assert found["0-5 m"]["fused"]["recall"]["value"] == pytest.approx(0.5)
    assert found["0-5 m"]["fused"]["precision"]["value"] == pytest.approx(1.0)
    assert found["0-5 m"]["fused"]["in_view"] == 2
    assert found["5-10 m"]["class"]["recall"]["value"] == 0.0
    nothing = found["20-30 m"]["height"]
    assert nothing["recall"] is None and nothing["height_error_m"] is None


def test_a_rock_that_is_narrow_one_way_is_big_and_no_rock_wide_both_ways(world: World) -> None:
    slim = np.array([0.6, 0.45, 0.6])
    narrow = replace(world, rocks=replace(world.rocks, width=slim))
    sightings = [told(8.0, 1.0, 0.4, 0.9, True, False), told(4.0, 0.0, 0.5, 0.9, True, False)]
    found = tally([Sight(EYE, sightings, all_rock())], narrow, CAMERA)
    near, next_ = found["0-5 m"]["fused"], found["5-10 m"]["fused"]
    assert (next_["in_view"], next_["found"], next_["right"]) == (1.0, 1.0, 1.0)
    assert (next_["both_ways"], next_["found_both_ways"], next_["right_both_ways"]) == (0, 0, 0)
    assert (near["both_ways"], near["found_both_ways"], near["right_both_ways"]) == (1, 1, 1)
    shares = pooled([found])
    assert shares["5-10 m"]["fused"]["precision_both_ways"]["value"] == pytest.approx(0.0)
    assert shares["0-5 m"]["fused"]["recall_both_ways"]["value"] == pytest.approx(1.0)


@pytest.fixture
def short(world: World) -> World:
    """The rock at 8 m is 0.4 m long."""
    sides = {"length": np.array([0.8, 0.4, 0.8]), "width": np.array([0.6, 0.35, 0.6])}
    return replace(world, rocks=replace(world.rocks, **sides))


def test_rocks_over_30_cm_of_any_width_are_counted_beside_the_big_ones(short: World) -> None:
    sightings = [told(8.0, 1.0, 0.4, 0.9, True, False)]
    found = tally([Sight(EYE, sightings, all_rock())], short, CAMERA)
    near, next_ = found["0-5 m"]["fused"], found["5-10 m"]["fused"]
    assert (near["in_view"], near["high"], near["found_high"]) == (1, 1, 0)
    assert (next_["in_view"], next_["right"]) == (0, 0)
    assert (next_["high"], next_["found_high"], next_["right_high"]) == (1, 1, 1)
    assert found["5-10 m"]["class"]["found_high"] == 0
    assert found["10-20 m"]["fused"]["high"] == 0, "0.27 m high"
    shares = pooled([found])
    assert shares["5-10 m"]["fused"]["precision_high"]["value"] == pytest.approx(1.0)
    assert shares["5-10 m"]["fused"]["recall_high"]["value"] == pytest.approx(1.0)
    assert shares["5-10 m"]["fused"]["in_view_high"] == 1


def test_a_narrow_rock_behind_something_or_off_the_picture_is_not_in_view(short: World) -> None:
    assert narrow_in_view(Sight(EYE, [], all_rock()), short, CAMERA).tolist() == [1]
    wall = short.surface.copy()
    wall[50:60, 80:82] = 0.9
    hidden = replace(short, surface=wall)
    assert narrow_in_view(Sight(EYE, [], all_rock()), hidden, CAMERA).tolist() == []
    back = Pose(OPTICAL @ np.diag([-1.0, 1.0, -1.0]), EYE.translation)
    assert narrow_in_view(Sight(back, [], all_rock()), short, CAMERA).tolist() == []


def test_a_record_of_other_code_is_named(world: World) -> None:
    old = tally([Sight(EYE, [], all_rock())], world, CAMERA)
    del old["0-5 m"]["class"]["right_both_ways"]
    with pytest.raises(TrialError, match=r"right_both_ways.*0-5 m, class.*another folder"):
        pooled([old])


def test_what_is_told_of_off_the_map_is_not_counted(world: World) -> None:
    """There is ground beyond the edge, with rocks that are on no list."""
    sightings = [told(17.0, y, 0.6, 0.99, True, True) for y in (4.0, 9.8, 12.0)]
    found = tally([Sight(EYE, sightings, all_rock())], world, CAMERA)
    assert found["10-20 m"]["fused"]["told"] == 1.0
