"""Loose sand and sharp rock: as much as asked for, unseen, and no other world changed by them."""

import dataclasses

import cv2
import numpy as np
import pytest

from ai4mars_nav.rover import load_rover
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world import corridor
from ai4mars_nav.sim.world.cache import key_of, store, stored
from ai4mars_nav.sim.world.generate import landscape
from ai4mars_nav.sim.world.hidden import COVER, STONE_HEIGHT
from ai4mars_nav.sim.world.recipe import read_recipe
from ai4mars_nav.terrain import LOOKS, Hidden, Terrain


@pytest.fixture(scope="module")
def pair(small):
    """The same landscape without and with what is hidden."""
    plain = read_recipe(small)
    with_both = dataclasses.replace(
        plain,
        sand=dataclasses.replace(plain.sand, loose=(0.4, 0.4)),
        bedrock=dataclasses.replace(plain.bedrock, sharp=(0.5, 0.5)),
    )
    return landscape(plain, 3), landscape(with_both, 3)


def test_nothing_else_changes(pair):
    plain, trapped = pair
    assert plain.hidden is None and np.array_equal(plain.felt, plain.classes)
    assert np.array_equal(trapped.ground, plain.ground)
    other = trapped.classes != plain.classes
    assert (plain.classes[other] == Terrain.BIG_ROCK).all(), "a stone may lean on one"
    assert other.mean() < 1e-3
    sharp = trapped.hidden == Hidden.SHARP_ROCK
    raised = trapped.surface != plain.surface
    # a stone may reach over the edge of its patch
    near = cv2.dilate(sharp.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert raised.any() and not raised[~near].any()
    count = len(plain.rocks)
    assert np.array_equal(trapped.rocks.x[:count], plain.rocks.x)


def test_there_is_as_much_of_it_as_asked_for_and_it_looks_like_its_class(pair):
    world = pair[1]
    assert np.array_equal(LOOKS[world.hidden], world.classes)
    for hidden, terrain, share in (
        (Hidden.LOOSE_SAND, Terrain.SAND, 0.4),
        (Hidden.SHARP_ROCK, Terrain.BEDROCK, 0.5),
    ):
        found = (world.hidden == hidden).sum() / (world.classes == terrain).sum()
        assert found == pytest.approx(share, abs=0.02)


def test_sharp_rock_is_covered_with_low_stones(pair):
    plain, world = pair
    stones = np.arange(len(world.rocks)) >= len(plain.rocks)
    height = world.rocks.height[stones]
    assert STONE_HEIGHT[0] <= height.min() and height.max() <= STONE_HEIGHT[1]
    sharp = world.hidden == Hidden.SHARP_ROCK
    covered = np.isin(world.rock_of[sharp], np.flatnonzero(stones)).mean()
    assert covered == pytest.approx(COVER, abs=0.1)


def test_every_drive_has_a_way_round_it(pair):
    world = pair[1]
    rover = load_rover(rover_file("test_rover"))
    bad = [corridor.hazards(corridor.coarse(each, each.surface), rover) for each in pair]
    n = round(0.1 / world.resolution)
    hidden = world.hidden[n // 2 :: n, n // 2 :: n] >= len(Terrain)
    assert bad[1][hidden].mean() > 0.8 > bad[0][hidden].mean()


def test_a_world_is_kept_with_what_is_hidden_in_it(trapped, tmp_path):
    key = key_of("trapped")
    store(tmp_path, key, *trapped)
    kept = stored(tmp_path, key)
    assert kept is not None and np.array_equal(kept[0].hidden, trapped[0].hidden)


def test_shares_beyond_one_are_refused(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("sand: {loose: [0.0, 1.5]}")
    with pytest.raises(SettingsError, match="loose"):
        read_recipe(file)


def test_hidden_ground_of_another_size_or_look_is_refused(pair):
    world = pair[1]
    with pytest.raises(SimError, match="hidden is"):
        dataclasses.replace(world, hidden=world.hidden[1:])
    with pytest.raises(SimError, match="does not look like its class"):
        dataclasses.replace(world, hidden=np.full_like(world.hidden, Hidden.SHARP_ROCK))
