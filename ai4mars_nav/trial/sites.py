"""Sites: random worlds from a seed, half of them with a trap on the shortest way."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.rover import Rover
from ai4mars_nav.share import share
from ai4mars_nav.sim.world.generate import landscape
from ai4mars_nav.sim.world.mirror import mirrored
from ai4mars_nav.sim.world.mission import Mission, check_mission
from ai4mars_nav.sim.world.recipe import Recipe, drawn, read_recipe
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.trial.course import PLAIN, ROCKS, SAND, Course, Ground
from ai4mars_nav.trial.errors import NoSite

KINDS = (PLAIN, SAND, PLAIN, ROCKS)
"""The kind of a site goes by its seed, so that it does not depend on how many there are."""
RECIPES = {PLAIN: "trial", SAND: "trial_sand", ROCKS: "trial_rocks"}
"""In sim/worlds/trial: apart from the worlds that have a drive of their own."""
SPREAD = 0.12
"""Sites are larger or smaller than asked by up to this share."""
DRIVE = 0.66
"""Start to goal over the side of the site."""
SIDE_STEP = 0.2
"""Metres."""
LANDSCAPES = 60
"""Worlds that are tried before a seed is given up."""
BEYOND = 10.0
"""Metres that the ground goes on beyond the side of a site, as cameras see it there: a rover that
goes round something at the edge must not run against a wall that nothing shows."""


@dataclass(frozen=True)
class Site:
    """One world with a drive across it."""

    seed: int
    kind: str
    world: World
    """`side` metres wide, and BEYOND more on every side."""
    side: float
    mission: Mission
    course: Course

    def facts(self) -> dict[str, Any]:
        """What is written down of it: metres, and counts."""
        (x0, y0), (x1, y1) = self.course.start, self.course.goal
        return {
            "kind": self.kind,
            "world": self.world.name,
            "side_m": self.side,
            "straight_m": math.hypot(x1 - x0, y1 - y0),
            "rocks_over_0.30_m": self._rocks_over(0.30),
            **asdict(self.course),
        }

    def _rocks_over(self, height: float) -> int:
        """How many, beyond left out."""
        rocks, middle = self.world.rocks, np.add(self.world.origin, 0.5 * self.world.size[0])
        inside = np.maximum(abs(rocks.x - middle[0]), abs(rocks.y - middle[1])) < 0.5 * self.side
        return int((inside & (rocks.height > height)).sum())


def recipe_file(kind: str) -> Path:
    """The recipe that the sites of a kind are drawn from."""
    return share() / "sim" / "worlds" / "trial" / f"{RECIPES[kind]}.yaml"


def kind_of(seed: int) -> str:
    """What the shortest way of the site of a seed crosses."""
    return KINDS[seed % len(KINDS)]


def make_site(seed: int, metres: float, rover: Rover) -> Site:
    """The site of a seed, about `metres` wide, that the rover can cross; always the same one."""
    kind = kind_of(seed)
    recipe = read_recipe(recipe_file(kind))
    for attempt in range(LANDSCAPES):
        random = np.random.default_rng([seed, attempt, 7])
        sized = _sized(recipe, metres * float(random.uniform(1.0 - SPREAD, 1.0 + SPREAD)))
        world = landscape(sized, int(random.integers(1 << 31)))
        course = Ground(world, rover).course(kind, sized.world.drive, random)
        if course is None:
            continue
        mission = _mission(course, sized, random)
        check_mission(world, mission, f"site {seed}")
        return Site(seed, kind, mirrored(world, BEYOND), world.size[0], mission, course)
    raise NoSite(
        f"site {seed}: in {LANDSCAPES} worlds of {RECIPES[kind]} no drive of about "
        f"{DRIVE * metres:.0f} m was found whose shortest way crosses what it should ({kind})"
    )


def _sized(recipe: Recipe, metres: float) -> Recipe:
    """The recipe for a map of so many metres, in steps that keep its corners, half a side from the
    middle, on those of the cells of the rover's map."""
    side = round(round(metres / SIDE_STEP) * SIDE_STEP, 1)
    return replace(recipe, world=replace(recipe.world, size=side, drive=DRIVE * side))


def _mission(course: Course, recipe: Recipe, random: np.random.Generator) -> Mission:
    (x0, y0), (x1, y1) = course.start, course.goal
    return Mission(
        start=(x0, y0, math.atan2(y1 - y0, x1 - x0)),
        goal=course.goal,
        sun_azimuth=float(random.uniform(-np.pi, np.pi)),
        sun_elevation=math.radians(drawn(random, recipe.sun.elevation_deg)),
    )
