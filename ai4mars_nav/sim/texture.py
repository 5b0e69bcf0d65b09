"""Textures fixed to the world, from a seed: the same place looks the same from everywhere.

All take world coordinates in metres, arrays of one shape, and return about -1..1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LATTICE = 256
"""Texture repeats after this many lattice cells."""


def lattice(seed: int) -> Array:
    """A (LATTICE, LATTICE) table of seeded numbers in -1..1 that all textures look up."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (LATTICE, LATTICE))


def noise(x: Array, y: Array, table: Array) -> Array:
    """Smooth value noise over a unit lattice."""
    column, row = np.floor(x), np.floor(y)
    u, v = x - column, y - row
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    i, j = column.astype(np.int64) & (LATTICE - 1), row.astype(np.int64) & (LATTICE - 1)
    i1, j1 = (i + 1) & (LATTICE - 1), (j + 1) & (LATTICE - 1)
    near = table[j, i] + u * (table[j, i1] - table[j, i])
    away = table[j1, i] + u * (table[j1, i1] - table[j1, i])
    smooth: Array = near + v * (away - near)
    return smooth


def mottle(x: Array, y: Array, finest: Array, table: Array, longest: float = 2.56) -> Array:
    """Noise with a 1/f spectrum from `longest` metres down to what `finest` (metres) resolves."""
    total, power = np.zeros_like(x), 0.0
    for octave in range(10):
        wave = longest * 0.5**octave
        weight = resolved(wave, finest)
        if not weight.any():
            break
        total += weight * noise(x / wave + 17.3 * octave, y / wave + 5.7 * octave, table)
        power += 0.25
    even: Array = total / np.sqrt(max(power, 1.0))
    return even


def grain(
    x: Array, y: Array, finest: Array, sun: Array, table: Array, longest: float = 0.64
) -> Array:
    """Light and shade of small bumps: how much they lean to the sun's ground direction (2,)."""
    total = np.zeros_like(x)
    for octave in range(8):
        wave = longest * 0.5**octave
        weight = resolved(wave, finest)
        if not weight.any():
            break
        u, v = x / wave + 31.1 * octave, y / wave + 11.9 * octave
        lean = noise(u, v, table) - noise(u + 0.4 * sun[0], v + 0.4 * sun[1], table)
        total += weight * lean
    return total


def pebbles(x: Array, y: Array, sun: Array, table: Array, cell: float, share: float) -> Array:
    """Stones in a `share` of square cells of `cell` metres: lit side > 0, shadow < 0, else 0."""
    column, row = np.floor(x / cell), np.floor(y / cell)
    i, j = column.astype(np.int64) & (LATTICE - 1), row.astype(np.int64) & (LATTICE - 1)
    size, du, dv = table[j, i], table[i, j], table[j, (i + 7) & (LATTICE - 1)]
    here = size > 1.0 - 2.0 * share
    radius = cell * (0.08 + 0.14 * (size - 1.0 + 2.0 * share) / (2.0 * share))
    u = x - (column + 0.5 + 0.2 * du) * cell
    v = y - (row + 0.5 + 0.2 * dv) * cell
    stone = here & (u * u + v * v < radius * radius)
    su, sv = u + 0.9 * radius * sun[0], v + 0.9 * radius * sun[1]
    shadow = here & ~stone & (su * su + sv * sv < radius * radius)
    lit = (u * sun[0] + v * sun[1]) / np.maximum(radius, 1e-6)
    light: Array = np.where(stone, 0.15 + 0.7 * lit, 0.0) - 0.9 * shadow
    return light


def plates(x: Array, y: Array, table: Array, size: float) -> tuple[Array, Array]:
    """Bedrock broken into plates of about `size` metres: distance to the nearest crack in metres,
    and a number -1..1 that each plate has to itself."""
    column, row = np.floor(x / size), np.floor(y / size)
    first, second = np.full_like(x, np.inf), np.full_like(x, np.inf)
    own = np.zeros_like(x)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            i = (column + di).astype(np.int64) & (LATTICE - 1)
            j = (row + dj).astype(np.int64) & (LATTICE - 1)
            u = x / size - (column + di + 0.5 + 0.45 * table[j, i])
            v = y / size - (row + dj + 0.5 + 0.45 * table[i, j])
            distance = np.hypot(u, v)
            nearer = distance < first
            second = np.where(nearer, first, np.minimum(second, distance))
            own = np.where(nearer, table[j, (i + 3) & (LATTICE - 1)], own)
            first = np.minimum(first, distance)
    return (second - first) * size / 2.0, own


def ripples(x: Array, y: Array, finest: Array, sun: Array, table: Array, wave: float) -> Array:
    """Light and shade of wind ripples `wave` metres apart, crests across the x axis."""
    bent = x + 0.35 * noise(x / 2.1, y / 2.1, table) + 0.12 * noise(x / 0.6, y / 0.6, table)
    phase = 2.0 * np.pi * bent / wave
    side = 0.6 + 0.4 * abs(float(sun[0]))
    light: Array = side * (np.cos(phase) + 0.35 * np.cos(2.0 * phase + 0.8))
    return light * resolved(wave, finest)


def resolved(wave: float, finest: Array) -> Array:
    """1 where pixels of `finest` metres show a wave of `wave` metres, 0 where they cannot."""
    share: Array = np.clip(wave / (2.0 * finest) - 1.0, 0.0, 1.0)
    return share
