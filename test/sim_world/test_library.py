"""Worlds by name: the same seed gives the same world, and the drive across it can be made."""

import dataclasses

import numpy as np
import pytest

from ai4mars_nav.settings import SettingsError
from ai4mars_nav.sim.world.library import load_world, world_names
from ai4mars_nav.sim.world.world import Rocks

SMALL = "world: {size: 24.0, resolution: 0.05, drive: 12.0}\n"


@pytest.fixture
def small(tmp_path):
    """A small recipe, for speed."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def same(one, other):
    arrays = ("ground", "surface", "classes", "rock_of")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        np.array_equal(getattr(one.rocks, f.name), getattr(other.rocks, f.name))
        for f in dataclasses.fields(Rocks)
    )


def test_a_seed_gives_one_world(small):
    world, mission = load_world(str(small), 3)
    again, its_mission = load_world(str(small), 3)
    other, its_other = load_world(str(small), 4)
    assert same(world, again) and mission == its_mission
    assert not same(world, other) and mission != its_other


def test_the_cache_gives_the_same_world(small, tmp_path):
    made = load_world(str(small), 5, tmp_path / "cache")
    found = load_world(str(small), 5, tmp_path / "cache")
    assert same(made[0], found[0]) and made[1] == found[1]
    assert found[0].name == "small" and found[0].origin == made[0].origin


def test_a_file_of_the_cache_that_was_cut_off_is_made_again(small, tmp_path):
    made = load_world(str(small), 5, tmp_path / "cache")
    (file,) = (tmp_path / "cache").glob("*.npz")
    file.write_bytes(file.read_bytes()[:20000])
    assert same(made[0], load_world(str(small), 5, tmp_path / "cache")[0])


def test_an_unknown_world_is_named():
    with pytest.raises(SettingsError, match=r"world 'nosuch' is not in .*crossing"):
        load_world("nosuch", 1)
    assert "crossing" in world_names()
