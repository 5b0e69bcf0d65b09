"""Worlds by name: `load_world("crossing", seed=3)`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file, share, world_file
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.cache import key_of, store, stored
from ai4mars_nav.sim.world.folder import read_world
from ai4mars_nav.sim.world.generate import generate, landscape
from ai4mars_nav.sim.world.mission import Mission, check_mission
from ai4mars_nav.sim.world.recipe import Recipe, read_recipe
from ai4mars_nav.sim.world.world import World

DEFAULT = "crossing"
ROVERS = ("curiosity", "test_rover")
"""Every world can be crossed by each of them."""


def world_names() -> list[str]:
    """The worlds that come with the package."""
    return sorted(path.stem for path in (share() / "sim" / "worlds").glob("*.yaml"))


def load_world(
    name: str, seed: int, cache: Path | None = None, elevation: Path | None = None
) -> tuple[World, Mission]:
    """The world of a name in sim/worlds, a YAML file or a world.sdf, and a drive across it.

    The same recipe and seed give the same world. With `cache`, a folder (`default_cache()`),
    the second call is quick. A world.sdf is one world already and has no use for a seed.
    `elevation` is a GeoTIFF to take the ground from.
    """
    if name.endswith(".sdf"):
        return read_world(Path(name).expanduser())
    path = world_file(name)
    recipe = _with_elevation(read_recipe(path), elevation, path)
    rovers = tuple(load_rover(rover_file(rover)) for rover in ROVERS)
    described = [dataclasses.asdict(recipe), *map(dataclasses.asdict, rovers), seed]
    key = key_of([*described, *_state_of(recipe.elevation.file)])
    found = stored(cache, key) if cache else None
    if found is not None:
        return found
    world, mission = generate(recipe, seed, rovers)
    check_mission(world, mission, str(path))
    if cache:
        store(cache, key, world, mission)
    return world, mission


def load_landscape(name: str, seed: int) -> World:
    """The world of a name, to look at: nothing is crossed in it, so no way across is asked for."""
    if name.endswith(".sdf"):
        return read_world(Path(name).expanduser())[0]
    path = world_file(name)
    return landscape(_with_elevation(read_recipe(path), None, path), seed)


def _with_elevation(recipe: Recipe, elevation: Path | None, path: Path) -> Recipe:
    """The recipe with the file that the caller names; an error where one is needed."""
    if elevation is not None:
        part = dataclasses.replace(recipe.elevation, file=str(elevation))
        return dataclasses.replace(recipe, elevation=part)
    if recipe.elevation.required and not recipe.elevation.file:
        raise SimError(
            f"{path}: elevation: file: this world needs a GeoTIFF with heights in metres: "
            "`ai4mars sim world --elevation FILE`, or the key `file` in a copy of the YAML"
        )
    return recipe


def _state_of(file: str) -> list[float]:
    """What tells that a file has changed."""
    path = Path(file).expanduser()
    if not file or not path.is_file():
        return []
    return [path.stat().st_size, path.stat().st_mtime]
