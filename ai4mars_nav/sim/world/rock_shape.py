"""The one definition of what a rock looks like: SHAPES unit rocks as tables of height.

A unit rock fills -1..1 in u and v and 0..1 in height; a rock is a unit rock made as long, wide and
high as it is, and turned. Below height 0 it goes on into the ground, so that it also meets ground
that slopes. The rasters sample these tables, the Gazebo meshes are these tables.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.world import Rocks

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

SHAPES = 64
SIDE = 81
"""Samples of a table along u and v."""
REACH = 1.25
"""u and v at the edge of a table."""
DEEPEST = -0.6
"""Heights end here: deeper than any ground a rock stands on."""
SIDES, BEVELS = 8, 6
_TABLE_SEED = 20120806


@lru_cache(maxsize=1)
def tables() -> F32:
    """Heights (SHAPES, SIDE, SIDE) of the unit rocks, rows along v, from -REACH to REACH."""
    axis = np.linspace(-REACH, REACH, SIDE)
    u, v = np.meshgrid(axis, axis)
    made = [_unit_rock(np.random.default_rng([_TABLE_SEED, i]), u, v) for i in range(SHAPES)]
    return np.array(made, np.float32)


def shape_of(seed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which unit rock each rock is (any shape)."""
    return seed % SHAPES


def heights(rocks: Rocks, which: NDArray[np.int64], x: F64, y: F64) -> F64:
    """Height [m] over its foot of rock `which` at each point; x, y, which of one shape.

    Below 0 the rock is under the ground of its centre; far off it is -inf.
    """
    dx, dy = x - rocks.x[which], y - rocks.y[which]
    cos, sin = np.cos(rocks.yaw)[which], np.sin(rocks.yaw)[which]
    u = 2.0 * (cos * dx + sin * dy) / rocks.length[which]
    v = 2.0 * (cos * dy - sin * dx) / rocks.width[which]
    inside = (np.abs(u) < REACH) & (np.abs(v) < REACH)
    unit = sampled(shape_of(rocks.seed)[which], u, v)
    return np.asarray(np.where(inside, unit * rocks.height[which], -np.inf), np.float64)


def sampled(shape: NDArray[np.int64], u: F64, v: F64) -> F64:
    """Height of the unit rocks `shape` at u, v (all of one shape), bilinear."""
    table = tables()
    column = np.clip((u + REACH) * ((SIDE - 1) / (2 * REACH)), 0.0, SIDE - 1.000001)
    row = np.clip((v + REACH) * ((SIDE - 1) / (2 * REACH)), 0.0, SIDE - 1.000001)
    left, low = column.astype(np.int64), row.astype(np.int64)
    a, b = column - left, row - low
    flat, at = table.ravel(), (shape * SIDE + low) * SIDE + left
    below = flat[at] * (1 - a) + flat[at + 1] * a
    above = flat[at + SIDE] * (1 - a) + flat[at + SIDE + 1] * a
    return np.asarray(below * (1 - b) + above * b, np.float64)


def _unit_rock(random: np.random.Generator, u: F64, v: F64) -> F64:
    """One unit rock at u, v: raw facets, moved and stretched until they fill the box."""
    facets = _facets(random)
    axis = np.linspace(-2.0, 2.0, 161)
    wide_u, wide_v = np.meshgrid(axis, axis)
    raw = _raw(facets, wide_u, wide_v)
    over = raw > 0.0
    u0, u1 = axis[over.any(0)][[0, -1]]
    v0, v1 = axis[over.any(1)][[0, -1]]
    z = _raw(facets, (u0 + u1 + u * (u1 - u0)) / 2.0, (v0 + v1 + v * (v1 - v0)) / 2.0)
    return np.asarray(np.maximum(z / z.max(), DEEPEST), np.float64)


Facets = tuple[F64, F64, F64, float, F64]


def _facets(random: np.random.Generator) -> Facets:
    """Planes offset - gu u - gv v (n,), how round their edges are, and bumps (m, 4): angular
    blocks, worn cobbles and half buried slabs are one family."""
    turn = (np.arange(SIDES) + random.uniform(-0.42, 0.42, SIDES)) * (2 * np.pi / SIDES)
    steep = random.uniform(1.1, 3.4) * random.uniform(0.6, 1.5, SIDES)
    foot = random.uniform(0.72, 1.0, SIDES)
    bevel_turn = random.uniform(0.0, 2 * np.pi, BEVELS)
    bevel = random.uniform(0.15, 0.9, BEVELS)
    top = random.uniform(0.95, 1.25, BEVELS)
    slopes = np.concatenate([steep, bevel])
    turns = np.concatenate([turn, bevel_turn])
    offsets = np.concatenate([steep * foot, top])
    roundness = float(random.choice([0.02, 0.05, 0.1, 0.16]))
    bumps = np.stack(
        [
            random.uniform(-6.0, 6.0, 6),
            random.uniform(-6.0, 6.0, 6),
            random.uniform(0.0, 2 * np.pi, 6),
            random.uniform(0.01, 0.035, 6),
        ],
        axis=1,
    )
    return slopes * np.cos(turns), slopes * np.sin(turns), offsets, roundness, bumps


def _raw(facets: Facets, u: F64, v: F64) -> F64:
    """The lowest plane at each point, edges rounded, with bumps."""
    gu, gv, offsets, roundness, bumps = facets
    total = np.zeros_like(u)
    for a, b, c in zip(gu, gv, offsets, strict=True):
        total += np.exp(np.clip(-(c - a * u - b * v) / roundness, -600.0, 600.0))
    z = -roundness * np.log(total)
    for a, b, phase, size in bumps:
        z += size * np.cos(a * u + b * v + phase)
    return np.asarray(z)
