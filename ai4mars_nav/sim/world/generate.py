"""A world and a drive across it from a recipe and a seed."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world import bedrock, corridor, craters, hidden, sand
from ai4mars_nav.sim.world.dressing import dressed, joined, taken
from ai4mars_nav.sim.world.elevation import real_ground
from ai4mars_nav.sim.world.golombek import scattered
from ai4mars_nav.sim.world.mission import STEEPEST_START_DEG, STONE, Mission, slope_deg
from ai4mars_nav.sim.world.noise import fractal, over_a_metre
from ai4mars_nav.sim.world.recipe import Extent, Recipe, drawn
from ai4mars_nav.sim.world.world import Rocks, World
from ai4mars_nav.terrain import Terrain

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Point = tuple[float, float]

SUB_SEEDS = 12
"""Worlds that are tried before a recipe is refused."""
DRIVES = 40
"""Starts and goals that are tried in each."""
LONGEST_WAY = 1.6
"""A way is no way if it is longer than this times the straight line."""
HEIGHT_STEP = 2.0**-13
"""Heights are whole multiples of it (0.12 mm): what is added to them stays exact in float32."""
ROCKS_ON: dict[Terrain, float] = {Terrain.SOIL: 1.0, Terrain.BEDROCK: 0.7, Terrain.SAND: 0.2}
"""How many rocks lie on each terrain, against soil: sand buries them."""


def generate(recipe: Recipe, seed: int, rovers: tuple[Rover, ...]) -> tuple[World, Mission]:
    """The world of a seed, and a drive that every one of `rovers` can make."""
    reason = ""
    for attempt in range(SUB_SEEDS):
        random = np.random.default_rng([seed, attempt])
        parts = _built(recipe, random)
        found = _mission(recipe, random, parts, rovers)
        if not isinstance(found, str):
            return found
        reason = found
    raise SimError(
        f"world {recipe.name}, seed {seed}: no drive of {recipe.world.drive:g} m was found in "
        f"{SUB_SEEDS} tries ({reason}); fewer rocks, gentler slopes or a shorter drive?"
    )


def landscape(recipe: Recipe, seed: int) -> World:
    """The first world of a seed as it lies, whether or not it can be crossed."""
    return _built(recipe, np.random.default_rng([seed, 0])).world(recipe)


@dataclass(frozen=True)
class _Parts:
    """Ground [m], its classes without big rocks, what of it is hidden if anything, and rocks."""

    ground: F32
    classes: U8
    hidden: U8 | None
    rocks: Rocks

    def world(self, recipe: Recipe) -> World:
        """Put together."""
        return dressed(
            recipe.name, recipe.world.resolution, _origin(recipe),
            self.ground, self.classes, self.rocks, self.hidden,
        )  # fmt: skip


def _built(recipe: Recipe, random: np.random.Generator) -> _Parts:
    """The parts of a world; what is hidden has random numbers of its own and changes no other."""
    extent = recipe.world
    cells, resolution = round(extent.size / extent.resolution), extent.resolution
    ground = _regolith(recipe, random, cells)
    bowls = craters.drawn(random, recipe.craters, extent.size, extent.across)
    ground = craters.pressed(ground, resolution, bowls)
    ground, is_rock = bedrock.outcropped(random, ground, resolution, recipe.bedrock)
    ground, is_sand = sand.filled(random, ground, resolution, recipe.sand)
    ground = (np.rint(ground / HEIGHT_STEP) * HEIGHT_STEP).astype(np.float32)
    classes = np.where(is_rock, np.uint8(Terrain.BEDROCK), np.uint8(Terrain.SOIL))
    classes[is_sand] = Terrain.SAND
    weights = np.array([ROCKS_ON.get(t, 1.0) for t in Terrain], np.float32)
    heaps = np.exp(
        np.float32(recipe.rocks.heaps) * fractal(random, cells, resolution, 9.0, 0.5, 0.6)
    )
    k = drawn(random, recipe.rocks.k)
    rocks = scattered(
        random, recipe.rocks, k, weights[classes] * heaps, resolution, _origin(recipe)
    )
    if max(*recipe.sand.loose, *recipe.bedrock.sharp) <= 0.0:
        return _Parts(ground, classes, None, rocks)
    (own,) = random.spawn(1)
    felt = hidden.hidden_in(own, classes, resolution, recipe)
    stones = hidden.embedded(own, felt, resolution, _origin(recipe))
    return _Parts(ground, classes, felt, joined(rocks, stones))


def _regolith(recipe: Recipe, random: np.random.Generator, cells: int) -> F32:
    relief, resolution = recipe.relief, recipe.world.resolution
    if recipe.elevation.file:
        return real_ground(random, recipe.elevation, relief, cells, resolution)
    rough = fractal(random, cells, resolution, relief.longest, 0.0, relief.hurst)
    ground = np.float32(drawn(random, relief.rough) / over_a_metre(rough, resolution)) * rough
    tilt = math.tan(math.radians(drawn(random, relief.slope_deg)))
    uphill = float(random.uniform(0.0, 2 * np.pi))
    axis = ((np.arange(cells) + 0.5) * resolution - 0.5 * recipe.world.size).astype(np.float32)
    ground += np.float32(tilt * math.cos(uphill)) * axis[None, :]
    ground += np.float32(tilt * math.sin(uphill)) * axis[:, None]
    return np.asarray(ground, np.float32)


def _origin(recipe: Recipe) -> tuple[float, float]:
    return -0.5 * recipe.world.size, -0.5 * recipe.world.size


def _mission(
    recipe: Recipe,
    random: np.random.Generator,
    parts: _Parts,
    rovers: tuple[Rover, ...],
) -> tuple[World, Mission] | str:
    """The world, less the rocks at start and goal, and the drive; or why there is none."""
    azimuth = float(random.uniform(-np.pi, np.pi))
    elevation = math.radians(drawn(random, recipe.sun.elevation_deg))
    course = _Course(parts.world(recipe), rovers, recipe.world.clear)
    reasons: list[str] = []
    for start, goal in _drives(recipe.world, random):
        reason = course.obstacle(start, goal)
        if not reason:
            kept = _cleared(parts.rocks, (start, goal), recipe.world.clear)
            heading = math.atan2(goal[1] - start[1], goal[0] - start[0])
            world = dataclasses.replace(parts, rocks=kept).world(recipe)
            return world, Mission((*start, heading), goal, azimuth, elevation)
        reasons.append(reason)
    return max(set(reasons), key=reasons.count)


def _drives(extent: Extent, random: np.random.Generator) -> list[tuple[Point, Point]]:
    """Starts and goals as far apart as the drive is long, well on the map."""
    slack = 0.0 if extent.across else 0.5 * (extent.size - extent.drive) - 2.0 * corridor.EDGE
    half, drives = 0.5 * extent.drive, []
    for _ in range(DRIVES):
        yaw = float(random.uniform(0.0, 2 * np.pi))
        x, y = (float(at) for at in random.uniform(-1, 1, 2) * max(slack, 0.0) / math.sqrt(2.0))
        dx, dy = half * math.cos(yaw), half * math.sin(yaw)
        drives.append(((x - dx, y - dy), (x + dx, y + dy)))
    return drives


class _Course:
    """Judges drives across one world: hazards of each rover with rocks, and of the bare ground
    that start and goal will be."""

    def __init__(self, world: World, rovers: tuple[Rover, ...], clear: float) -> None:
        self.world, self.rovers, self.clear = world, rovers, clear
        self.cells = corridor.coarse(world, world.surface)
        bare = corridor.coarse(world, world.ground)
        bare = dataclasses.replace(bare, big=np.zeros_like(bare.big))
        self.hazards = [corridor.hazards(self.cells, rover) for rover in rovers]
        self.bare = [corridor.hazards(bare, rover) for rover in rovers]

    def obstacle(self, start: Point, goal: Point) -> str:
        """Why a drive cannot be made; empty when it can."""
        if max(slope_deg(self.world, *at) for at in (start, goal)) > STEEPEST_START_DEG - 4.0:
            return "start or goal on a slope"
        near = corridor.within(self.cells, (start, goal), self.clear)
        for rover, hazards, bare in zip(self.rovers, self.hazards, self.bare, strict=True):
            bad = np.where(near, bare, hazards)
            blocked = corridor.impassable(bad, rover, self.cells.resolution)
            longest = LONGEST_WAY * math.dist(start, goal)
            if math.isinf(corridor.way_length(self.cells, blocked, start, goal, longest)):
                return f"no way for {rover.name}"
        return ""


def _cleared(rocks: Rocks, points: tuple[Point, ...], radius: float) -> Rocks:
    """The rocks less those over STONE high that reach within `radius` of a point."""
    keep = np.ones(len(rocks), np.bool_)
    for x, y in points:
        reach = radius + 0.5 * np.maximum(rocks.length, rocks.width)
        near = np.hypot(rocks.x - x, rocks.y - y) < reach
        keep &= ~(near & (rocks.height > STONE))
    return taken(rocks, keep)
