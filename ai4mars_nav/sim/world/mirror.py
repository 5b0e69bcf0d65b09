"""A world that goes on over its edges as its own mirror image, rocks and all."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.dressing import joined, taken
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World


def mirrored(world: World, margin: float) -> World:
    """The world with `margin` metres more on every side, as cameras see it beyond the edge.

    What was there stays where it was, and rocks keep their numbers; twins come after them.
    """
    cells = round(margin / world.resolution)
    rows, columns = world.ground.shape
    if not 0 < cells <= min(rows, columns):
        raise SimError(
            f"world {world.name}: {margin:g} m cannot be mirrored, it has {world.size[0]:g} x "
            f"{world.size[1]:g} m"
        )
    rock_of = np.pad(world.rock_of, cells, "symmetric")
    twins: list[Rocks] = []
    count = len(world.rocks)
    parts = (slice(0, cells), slice(cells, -cells), slice(-cells, None))
    for up, right in product((0, 1, 2), (0, 1, 2)):
        if (up, right) == (1, 1):
            continue
        block = rock_of[parts[up], parts[right]]
        here = np.zeros(len(world.rocks), np.bool_)
        here[block[block != NO_ROCK]] = True
        beyond = _reflected(world, here, right - 1, up - 1)
        # a rock whose middle is cut off at the outer edge is none
        kept = _within(world, beyond, cells * world.resolution)
        twins.append(taken(beyond, kept))
        # the last entry answers for NO_ROCK
        number = np.full(len(world.rocks) + 1, NO_ROCK, np.int32)
        number[np.flatnonzero(here)[kept]] = np.arange(count, count + len(twins[-1]))
        block[...] = number[block]
        count += len(twins[-1])
    return replace(
        world,
        origin=(
            world.origin[0] - cells * world.resolution,
            world.origin[1] - cells * world.resolution,
        ),
        ground=np.pad(world.ground, cells, "symmetric"),
        surface=np.pad(world.surface, cells, "symmetric"),
        classes=np.pad(world.classes, cells, "symmetric"),
        rock_of=rock_of,
        rocks=joined(world.rocks, *twins),
        hidden=None if world.hidden is None else np.pad(world.hidden, cells, "symmetric"),
    )


def _reflected(world: World, which: NDArray[np.bool_], right: int, up: int) -> Rocks:
    """Rocks mirrored at the left (-1) or right (1) edge, at the lower or upper one, or both."""
    (left, low), (wide, high) = world.origin, world.size
    found = taken(world.rocks, which)
    x, y, yaw = found.x, found.y, found.yaw
    if right:
        x, yaw = 2.0 * (left + (wide if right > 0 else 0.0)) - x, np.pi - yaw
    if up:
        y, yaw = 2.0 * (low + (high if up > 0 else 0.0)) - y, -yaw
    return replace(found, x=x, y=y, yaw=yaw)


def _within(world: World, rocks: Rocks, margin: float) -> NDArray[np.bool_]:
    """Which rocks have their middle at most `margin` metres beyond the world."""
    (left, low), (wide, high) = world.origin, world.size
    return (
        (rocks.x >= left - margin) & (rocks.x <= left + wide + margin)
        & (rocks.y >= low - margin) & (rocks.y <= low + high + margin)
    )  # fmt: skip
