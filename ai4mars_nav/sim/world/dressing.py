"""Ground, its classes and a list of rocks put together: the rasters of a world."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world import rock_shape
from ai4mars_nav.sim.world.world import NO_ROCK, Rocks, World
from ai4mars_nav.terrain import Terrain

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

BLOCK = 2_000_000
"""Pairs of rock and cell that are looked at in one go."""


def dressed(
    name: str,
    resolution: float,
    origin: tuple[float, float],
    ground: F32,
    classes: NDArray[np.uint8],
    rocks: Rocks,
    hidden: NDArray[np.uint8] | None = None,
) -> World:
    """The world of `ground` [m], `classes` and `hidden` (rows, columns; no big rocks in them) with
    rocks."""
    surface, rock_of = ground.copy(), np.full(ground.shape, NO_ROCK, np.int32)
    for first, last in _blocks(rocks, resolution):
        which, row, column = _pairs(rocks, first, last, resolution, origin, ground.shape)
        x = np.asarray(origin[0] + (column + 0.5) * resolution, np.float64)
        y = np.asarray(origin[1] + (row + 0.5) * resolution, np.float64)
        base = foot(ground, rocks, resolution, origin)
        z = (base[which] + rock_shape.heights(rocks, which, x, y)).astype(np.float32)
        _raise(surface, rock_of, row * ground.shape[1] + column, z, which)
    big = np.append(rocks.big, False)[rock_of]
    kinds = np.where(big, np.uint8(Terrain.BIG_ROCK), classes)
    felt = None if hidden is None else np.where(big, np.uint8(Terrain.BIG_ROCK), hidden)
    return World(name, resolution, origin, ground, surface, kinds, rock_of, rocks, felt)


def taken(rocks: Rocks, which: NDArray[np.bool_]) -> Rocks:
    """Some of the rocks."""
    return Rocks(**{f.name: getattr(rocks, f.name)[which] for f in dataclasses.fields(Rocks)})


def joined(*lists: Rocks) -> Rocks:
    """Lists of rocks as one."""
    names = [f.name for f in dataclasses.fields(Rocks)]
    return Rocks(**{n: np.concatenate([getattr(each, n) for each in lists]) for n in names})


def foot(ground: F32, rocks: Rocks, resolution: float, origin: tuple[float, float]) -> F32:
    """Height of the ground [m] (k,) where each rock stands: that of the cell of its centre."""
    rows, columns = ground.shape
    column = np.clip((rocks.x - origin[0]) / resolution, 0, columns - 1).astype(np.int64)
    row = np.clip((rocks.y - origin[1]) / resolution, 0, rows - 1).astype(np.int64)
    return ground[row, column]


def _half(rocks: Rocks, resolution: float) -> I64:
    """Cells (k,) from a rock's centre to the edge of the square it lies in."""
    reach = rock_shape.REACH * 0.5 * np.hypot(rocks.length, rocks.width)
    return np.asarray(np.ceil(reach / resolution), np.int64)


def _blocks(rocks: Rocks, resolution: float) -> list[tuple[int, int]]:
    """First and one past the last rock of each block."""
    if len(rocks) == 0:
        return []
    side = 2 * _half(rocks, resolution) + 1
    number = np.cumsum(side**2) // BLOCK
    cuts = np.flatnonzero(np.diff(number)) + 1
    edges = [0, *cuts.tolist(), len(rocks)]
    return list(pairwise(edges))


def _pairs(
    rocks: Rocks,
    first: int,
    last: int,
    resolution: float,
    origin: tuple[float, float],
    shape: tuple[int, ...],
) -> tuple[I64, I64, I64]:
    """Rock, row and column (n,) of every cell on the map that one of the rocks may cover."""
    half = _half(rocks, resolution)[first:last]
    side = 2 * half + 1
    which = np.repeat(np.arange(first, last), side**2)
    start = np.repeat(np.cumsum(side**2) - side**2, side**2)
    inside, wide = np.arange(len(which)) - start, np.repeat(side, side**2)
    column = np.floor((rocks.x - origin[0]) / resolution).astype(np.int64)
    row = np.floor((rocks.y - origin[1]) / resolution).astype(np.int64)
    at = inside % wide + (column[first:last] - half)[which - first]
    up = inside // wide + (row[first:last] - half)[which - first]
    on = (at >= 0) & (at < shape[1]) & (up >= 0) & (up < shape[0])
    return which[on], up[on], at[on]


def _raise(surface: F32, rock_of: NDArray[np.int32], cell: I64, z: F32, which: I64) -> None:
    """Lift the surface to the rocks where they stand out of it; the highest one has the cell."""
    flat, owner = surface.reshape(-1), rock_of.reshape(-1)
    out = z > flat[cell]
    cell, z, which = cell[out], z[out], which[out]
    np.maximum.at(flat, cell, z)
    top = flat[cell] == z
    owner[cell[top]] = which[top]
