"""Sites: the same from the same seed, and what their shortest way crosses, by the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai4mars_nav.mapping.cost import LETHAL, CostSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.world.mission import check_mission
from ai4mars_nav.sim.world.world import NO_ROCK
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Hidden, Terrain
from ai4mars_nav.trial import sites
from ai4mars_nav.trial.course import LEAST_SHARP, LEAST_SOFT, LONGEST_WAY, Ground
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.sites import kind_of, make_site
from ai4mars_nav.trial.true_map import KnownMap, true_map

METRES = 20.0
ROVER = load_rover(rover_file("test_rover"))


@pytest.fixture(scope="module")
def made():
    """Four sites, one of each kind and a plain one more."""
    return {seed: make_site(seed, METRES, ROVER) for seed in (1, 2, 3, 4)}


def test_half_of_the_sites_have_a_trap() -> None:
    kinds = [kind_of(seed) for seed in range(8)]
    assert kinds.count("plain") == 4 and kinds.count("sand") == kinds.count("rocks") == 2


def test_a_seed_is_one_site(made) -> None:
    again, site = make_site(4, METRES, ROVER), made[4]
    np.testing.assert_array_equal(again.world.surface, site.world.surface)
    assert again.mission == site.mission and again.facts() == site.facts()
    assert made[2].world.surface.shape != site.world.surface.shape or not np.array_equal(
        made[2].world.surface, site.world.surface
    )


def test_every_site_can_be_crossed_from_where_a_rover_may_stand(made) -> None:
    for seed, site in made.items():
        check_mission(site.world, site.mission, f"site {seed}")
        straight = math.dist(site.mission.start[:2], site.mission.goal)
        assert 0.5 * METRES < straight < site.course.safe_m + 1.0
        assert site.course.safe_m <= LONGEST_WAY * straight + 0.2


def test_the_shortest_way_of_a_site_of_rocks_crosses_sharp_rock(made) -> None:
    site = made[3]
    straight = math.dist(site.mission.start[:2], site.mission.goal)
    assert site.course.sharp_m >= LEAST_SHARP * straight
    assert straight <= site.course.shortest_m < 1.4 * straight
    sharp = site.world.hidden == Hidden.SHARP_ROCK
    assert (site.world.classes[sharp] == Terrain.BEDROCK).all()
    stones = site.world.rock_of[sharp]
    height = site.world.rocks.height[stones[stones != NO_ROCK]]
    assert np.quantile(height, 0.9) < ROVER.max_step, "they are climbed"


def test_the_shortest_way_of_a_site_of_sand_crosses_soft_sand(made) -> None:
    site = made[1]
    assert site.course.loose_m > 0.0
    straight = math.dist(site.mission.start[:2], site.mission.goal)
    assert site.course.soft_m >= LEAST_SOFT * straight
    assert straight <= site.course.shortest_m < 1.4 * straight


@pytest.mark.parametrize(
    ("ground", "degrees", "up"),
    [
        (Terrain.SAND, 12.0, 6.0),
        (Terrain.SAND, 8.0, 0.0),
        (Hidden.LOOSE_SAND, 4.0, 6.0),
        (Hidden.LOOSE_SAND, 1.5, 0.0),
    ],
)
def test_a_plane_of_sand_is_soft_only_uphill_and_only_when_steep(made, ground, degrees, up) -> None:
    """12 degrees of firm sand hold a rover that climbs them, 3 degrees of loose sand do."""
    world = made[2].world
    x = np.arange(world.ground.shape[1], dtype=np.float32) * np.float32(world.resolution)
    plane = np.broadcast_to(x * np.float32(math.tan(math.radians(degrees))), world.ground.shape)
    sand = np.full_like(world.classes, Terrain.SAND)
    parts = {"ground": plane.copy(), "surface": plane.copy(), "classes": sand}
    ground_of = Ground(
        sites.replace(world, **parts, hidden=np.full_like(world.classes, ground)), ROVER
    )
    for way, metres in (
        (((-3.0, 0.0), (3.0, 0.0)), up),
        (((3.0, 0.0), (-3.0, 0.0)), 0.0),
        (((0.0, -3.0), (0.0, 3.0)), 0.0),
    ):
        assert ground_of._soft_on(np.array(way)) == pytest.approx(metres, abs=0.11)


def test_a_seed_whose_worlds_are_all_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "LANDSCAPES", 1)
    monkeypatch.setattr("ai4mars_nav.trial.course.LEAST_SHARP", 1000)
    with pytest.raises(TrialError, match=r"site 3: in 1 worlds of trial_rocks no drive of about"):
        make_site(3, METRES, ROVER)


def test_the_true_map_is_the_world(made) -> None:
    world = max((site.world for site in made.values()), key=lambda w: (w.rocks.height > 0.30).sum())
    found = true_map(world, ROVER, MapSettings(), CostSettings(), 1.0)
    per = round(found.resolution / world.resolution)
    rows, columns = (side // per for side in world.surface.shape)
    blocks = world.surface.reshape(rows, per, columns, per)
    height = found.layers["elevation"]
    assert height.shape == (rows, columns)
    assert found.origin == pytest.approx(world.origin)
    np.testing.assert_allclose(height, blocks.mean(axis=(1, 3)), atol=2e-3)
    np.testing.assert_allclose(found.layers["high"], blocks.max(axis=(1, 3)), atol=2e-3)
    one_class = world.classes.reshape(rows, per, columns, per)
    pure = (one_class == one_class[:, :1, :, :1]).all(axis=(1, 3))
    np.testing.assert_array_equal(found.classes[pure], one_class[:, 0, :, 0][pure])
    big = np.flatnonzero(world.rocks.height > BIG_ROCK_HEIGHT)
    column = ((world.rocks.x[big] - world.origin[0]) / found.resolution).astype(int)
    row = ((world.rocks.y[big] - world.origin[1]) / found.resolution).astype(int)
    inside = (row > 5) & (row < rows - 5) & (column > 5) & (column < columns - 5)
    assert inside.any() and (found.cost[row[inside], column[inside]] == LETHAL).all()


def test_who_is_told_everything_pays_for_what_is_hidden_where_it_is(made) -> None:
    world = made[1].world
    known = KnownMap(world, ROVER, MapSettings(), CostSettings(), 1.0)
    told, plain = known.cost, known._plain.cost
    expected = true_map(world, ROVER, MapSettings(), CostSettings(), 1.0).cost
    rows, columns = told.shape
    x = known.origin[0] + (np.arange(columns) + 0.5) * known.resolution
    y = known.origin[1] + (np.arange(rows) + 0.5) * known.resolution
    felt = world.felt_at(*np.meshgrid(x, y))
    graded = (plain > 0) & (plain < LETHAL)
    loose, firm = (graded & (felt == ground) for ground in (Hidden.LOOSE_SAND, Terrain.SAND))
    assert told[loose].mean() > expected[loose].mean() > plain[loose].mean()
    assert told[firm].mean() < expected[firm].mean()
    np.testing.assert_array_equal(told == LETHAL, expected == LETHAL)
    known.hold(0.0, 0.0)
    known.update()
    assert known.cost[rows // 2, columns // 2] == LETHAL
