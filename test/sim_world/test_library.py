"""Worlds by name: the same seed gives the same world, and the drive across it can be made."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.settings import SettingsError, settings_of
from ai4mars_nav.share import world_file
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.library import load_world, world_names
from ai4mars_nav.sim.world.mission import check_mission, rock_near, slope_deg
from ai4mars_nav.sim.world.recipe import SECTIONS, read_recipe
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks
from ai4mars_nav.terrain import Terrain


def same(one, other):
    arrays = ("ground", "surface", "classes", "rock_of")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        np.array_equal(getattr(one.rocks, f.name), getattr(other.rocks, f.name))
        for f in dataclasses.fields(Rocks)
    )


def test_a_seed_gives_one_world(small, made):
    again = load_world(str(small), 3)
    other = load_world(str(small), 4)
    assert same(made[0], again[0]) and made[1] == again[1]
    assert not same(made[0], other[0]) and made[1] != other[1]


def test_the_cache_gives_the_same_world(small, made, tmp_path):
    stored = load_world(str(small), 3, tmp_path)
    (file,) = tmp_path.glob("*.npz")
    written = file.stat().st_size, file.read_bytes()[:64]
    found = load_world(str(small), 3, tmp_path)
    for world, mission in (stored, found):
        assert same(world, made[0]) and mission == made[1]
    assert found[0].name == "small" and found[0].origin == (-10.0, -10.0)
    assert written == (file.stat().st_size, file.read_bytes()[:64])


def test_a_file_of_the_cache_that_was_cut_off_is_made_again(small, made, tmp_path):
    load_world(str(small), 3, tmp_path)
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:20000])
    assert same(made[0], load_world(str(small), 3, tmp_path)[0])


def test_another_recipe_is_another_world(small, tmp_path):
    other = tmp_path / "small.yaml"
    other.write_text(small.read_text().replace("k: [0.03, 0.03]", "k: [0.0, 0.0]"))
    world, _ = load_world(str(other), 3, tmp_path)
    assert len(world.rocks) == 0
    assert len(load_world(str(small), 3, tmp_path)[0].rocks) > 100


def test_start_and_goal_are_free_and_as_far_apart_as_asked(made):
    world, mission = made
    check_mission(world, mission, "small.yaml")
    assert np.hypot(*np.subtract(mission.goal, mission.start[:2])) == pytest.approx(10.0)
    towards = np.arctan2(*np.subtract(mission.goal, mission.start[:2])[::-1])
    assert mission.start[2] == pytest.approx(towards)
    for x, y in (mission.start[:2], mission.goal):
        assert rock_near(world, x, y) == NO_ROCK
        assert slope_deg(world, x, y) < 9.0


def test_all_classes_are_there_and_agree_with_the_rocks(made):
    world, _ = made
    big = (world.rock_of != NO_ROCK) & world.rocks.big[world.rock_of]
    assert np.array_equal(world.classes == Terrain.BIG_ROCK, big)
    shares = [float((world.classes == t).mean()) for t in Terrain]
    assert min(shares[:3]) > 0.05
    assert (world.surface >= world.ground).all()
    assert np.array_equal(world.surface > world.ground, world.rock_of != NO_ROCK)


def test_an_unknown_world_is_named():
    with pytest.raises(SettingsError, match=r"world 'nosuch' is not in .*crossing"):
        load_world("nosuch", 1)


@pytest.mark.parametrize("name", world_names())
def test_the_recipes_that_come_along_are_sound(name):
    assert read_recipe(world_file(name)).name == name


def test_a_world_that_cannot_be_crossed_is_refused(tmp_path):
    file = tmp_path / "steep.yaml"
    file.write_text(
        "world: {size: 12.0, resolution: 0.1, drive: 6.0}\n"
        "relief: {slope_deg: [24.0, 24.0]}\n"
        "craters: {count: 0}\n"
    )
    with pytest.raises(SimError, match=r"world steep, seed 1: no drive of 6 m .*on a slope"):
        load_world(str(file), 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dust: {}", "no section 'dust'; there are world"),
        ("rocks: {K: [0.1, 0.1]}", r"rocks: unknown key 'K'; known are heaps, height, k"),
        ("rocks: {k: [0.1, 0.5]}", r"rocks: k is 0.5, outside \[0.0, 0.3\]"),
        ("rocks: {k: [0.1]}", "rocks: k must be two numbers"),
        ("sun: {elevation_deg: [40, 20]}", "sun: elevation_deg must be two numbers, low and high"),
        ("world: {size: 20.0, drive: 19.0}", "drive is 19 m, over 0.8 of the size 20 m"),
        ("world: {size: 200.0, resolution: 0.02}", "10000 cells a side are over 8000"),
        ("craters: {smallest: 9.0, largest: 3.0}", "craters: smallest 9 > largest"),
        ("bedrock: {share: [0.5, 0.6]}\nsand: {share: [0.5, 0.6]}", "shares .* exceed 1"),
        ("world: {across: true}\ncraters: {count: 0}", "across needs a crater"),
        ("world: 3", "world must hold keys, holds 3"),
    ],
)
def test_a_recipe_that_cannot_be_is_named_with_its_key(tmp_path, text, message):
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=message) as error:
        read_recipe(file)
    assert str(file) in str(error.value)


def test_the_documented_keys_are_those_of_the_recipe():
    text = (Path(__file__).parents[2] / "docs" / "worlds.md").read_text()
    about, table = text.split("## A recipe of your own")
    documented = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    keys = [f"{section}.{s.name}" for section, cls in SECTIONS.items() for s in settings_of(cls)]
    assert documented == keys
    assert all(f"| `{name}` |" in about for name in world_names())
