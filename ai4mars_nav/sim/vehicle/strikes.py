"""What the rover runs into: which hits there are, which of them stop it, each told once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.running_gear import WHEELS
from ai4mars_nav.sim.vehicle.stance import Stance
from ai4mars_nav.sim.world.world import NO_ROCK, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT

SAME_PLACE = 0.5
"""Metres within which touching the ground again is the same strike."""

SCRAPE = 0.05
"""Metres that a belly may be scraped along what it gets away from."""


@dataclass(frozen=True)
class Strike:
    """A wheel or the belly on what they must not touch."""

    rock: int
    """Index in World.rocks, or NO_ROCK for the ground itself."""
    height: float
    """Metres: of the rock, else of the step before the wheel or the ground above the wheels."""
    by: str
    """`wheel` or `belly`."""
    x: float
    y: float
    time: float


@dataclass(frozen=True)
class Hit:
    """One contact at one moment."""

    rock: int
    height: float
    by: str
    x: float
    y: float
    blocks: bool
    words: str


class StrikeLog:
    """The strikes so far: a rock once for the wheels and once for the belly."""

    def __init__(self) -> None:
        self.strikes: tuple[Strike, ...] = ()

    def add(self, hit: Hit, time: float) -> None:
        """Take a hit down unless it is one of those known."""
        if not any(_same(known, hit) for known in self.strikes):
            self.strikes += (Strike(hit.rock, hit.height, hit.by, hit.x, hit.y, time),)


def wheel_hits(stance: Stance, steps: NDArray[np.float64], world: World, rover: Rover) -> list[Hit]:
    """Wheels on big rocks, and those before a step (6,) [m] higher than they may climb."""
    hits = []
    for wheel, step in enumerate(steps.tolist()):
        rock = int(stance.rocks[wheel])
        height = float(world.rocks.height[rock]) if rock != NO_ROCK else step
        blocks = step > rover.max_step
        if blocks or (rock != NO_ROCK and height > BIG_ROCK_HEIGHT):
            x, y, _ = stance.contacts[wheel].tolist()
            what = f"{WHEELS[wheel]} wheel on {_name(rock, height, 'step')}"
            hits.append(Hit(rock, height, "wheel", x, y, blocks, what))
    return hits


def belly_hit(stance: Stance, world: World, blocks: bool = True) -> Hit:
    """The belly on what reaches into it."""
    x, y = stance.belly_touch[:2].tolist()
    rock = int(world.rock_at(np.array(x), np.array(y)))
    pose = stance.world_from_base
    above = float((stance.belly_touch - pose.translation) @ pose.rotation[:, 2])
    height = float(world.rocks.height[rock]) if rock != NO_ROCK else above
    return Hit(rock, height, "belly", x, y, blocks, f"belly on {_name(rock, height, 'ground')}")


def scrapes_off(before: Stance, after: Stance) -> bool:
    """Whether a belly that is caught comes free by a move: away from what holds it."""
    way = (after.world_from_base.translation - before.world_from_base.translation)[:2]
    toward = (after.belly_touch - before.world_from_base.translation)[:2]
    return bool(way @ toward < 0.0) and after.belly < SCRAPE


def _name(rock: int, height: float, ground: str) -> str:
    return f"{height:.2f} m of {ground if rock == NO_ROCK else f'rock {rock}'}"


def _same(known: Strike, hit: Hit) -> bool:
    if (known.rock, known.by) != (hit.rock, hit.by):
        return False
    return hit.rock != NO_ROCK or math.hypot(known.x - hit.x, known.y - hit.y) < SAME_PLACE
