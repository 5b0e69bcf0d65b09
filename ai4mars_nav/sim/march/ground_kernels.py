"""What the ground is like at a point below the world's resolution, compiled by numba."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ai4mars_nav.sim.march.node_kernels import Node
from ai4mars_nav.sim.march.noise_kernels import sloping_noise
from ai4mars_nav.sim.march.skin_kernels import TEXEL, Level, Skin, height, level_of, texel

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

SOIL, BEDROCK, SAND, STONE = 0, 1, 2, 3
"""Stuffs: the first three are label values, the last is what rocks of any size are made of."""

_SAMPLES = 2
"""Texels taken along the line of sight at most: a pixel covers more ground along than across."""
_RELIEF = 0.010
"""Metres a pixel beyond which fine structure is too small to stand up."""
_GRAIN = 0.006
"""Metres of a wave of the texture that is finer than the tiles."""
_STEEP = 1.0
"""Slope over which a face is seen from its side."""
_FADE = (0.002, 0.0035, 1.0, 1.0)
"""Metres of height over which dust thins out on each stuff."""
_BEND = 2.4
"""Metres by which dust moves the borders of patches."""
_LAYERED = (1.0, 0.2, 1.0, 0.5)
"""Texels along for each one up on faces of each stuff that are seen from the side."""
_TALL = (0.034, 0.026, 0.0, 0.0)
"""Metres of structure looked for of each stuff; the highest few stones end there."""


class Ground(NamedTuple):
    """A point of the ground: albedo, unit normal with fine structure, sunlight on it."""

    albedo: float
    normal: tuple[float, float, float]
    lit: float


@njit(cache=True, nogil=True, error_model="numpy")
def resolved(wave: float, finest: float) -> float:
    """1 where pixels of `finest` metres show a wave of `wave` metres, 0 where they cannot."""
    return min(max(wave / (2.0 * finest) - 1.0, 0.0), 1.0)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def shifted(x: float, y: float, bend: float, table: F32) -> tuple[float, float]:
    """Metres by which a tile is moved about x, y: in patches, so that nothing is seen to repeat;
    `bend` metres move their borders."""
    mask = table.shape[0] - 1
    i, j = int(np.floor((x + bend) / 1.9)) & mask, int(np.floor((y - bend) / 1.9)) & mask
    return 40.0 * table[j, i], 40.0 * table[i, j]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def level_for(across: float, skin: Skin) -> int:
    """Number of the level whose texels are at most `across` metres wide."""
    level, wide = 0, 2.0 * TEXEL
    while wide <= across and level < skin.coarsest:
        wide *= 2.0
        level += 1
    return level


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def stood_up(
    stuff: int,
    level: Level,
    x: float,
    y: float,
    ahead: tuple[float, float],
    closing: float,
    footprint: float,
    floor: float,
    skin: Skin,
) -> float:
    """Metres (before the point, if positive) at which a ray meets the fine structure.

    `ahead` is how far x and y go per metre of the ray, `closing` how fast it nears the ground;
    `floor` is the height of the dust over the lowest of the tile.
    """
    mean = skin.means[stuff]
    begin, end = (_TALL[stuff] - mean) / closing, (max(floor, 0.0) - mean) / closing
    begin = min(begin, end + 0.5)
    level_way = (begin - end) * np.sqrt(ahead[0] * ahead[0] + ahead[1] * ahead[1])
    steps = int(min(max(level_way / max(1.4 * footprint, 0.008), 2.0), 8.0))
    size = (begin - end) / steps
    before = 1e9
    for k in range(steps + 1):
        s = begin - k * size
        tall = max(height(skin, stuff, level, x - ahead[0] * s, y - ahead[1] * s), floor)
        over = s * closing + mean - tall
        if over <= 0.0:
            return float(s + size * (-over / (before - over) if k > 0 else 0.0))
        before = over
    return float(end)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def ground(
    stuff: int,
    p: tuple[float, float, float],
    d: tuple[float, float, float],
    node: Node,
    footprint: float,
    dither: float,
    skin: Skin,
    table: F32,
) -> Ground:
    """The ground at p (metres) against the unit direction d of a ray, by what the node says there.

    `footprint` is the metres across that a pixel sees, `dither` 0..1 a number of the pixel's own.
    """
    slope = node.slope
    # what is steep is papered from the side it looks to
    east, north = abs(slope[0]), abs(slope[1])
    side = 0 if max(east, north) < _STEEP else (1 if east > north else 2)
    x, y, ahead = p[0], p[1], (d[0], d[1])
    if side == 1:
        x, y, ahead = p[1], p[2], (d[1], d[2])
    elif side == 2:
        x, y, ahead = p[0], p[2], (d[0], d[2])
    if side > 0:
        # rock is layered: what is seen of it from the side is long and low
        x *= _LAYERED[stuff]
    move = shifted(x, y, _BEND * node.dust, table)
    x, y = x + move[0], y + move[1]
    closing = max(d[0] * slope[0] + d[1] * slope[1] - d[2], 0.06)
    flat = 1.0 / np.sqrt(1.0 + slope[0] * slope[0] + slope[1] * slope[1])
    stretch = 1.0 / max(closing * flat, 0.08)
    # dust that buries the low parts here and not there
    dusty = node.dust
    floor = -1.0
    if stuff == SOIL:
        floor = 0.004 + 0.012 * dusty
    elif stuff == BEDROCK:
        floor = 0.009 * dusty
    if side == 0 and _TALL[stuff] > 0.0 and footprint < _RELIEF:
        seen = level_of(skin, level_for(footprint, skin))
        s = stood_up(stuff, seen, x, y, (d[0], d[1]), closing, footprint, floor, skin)
        x, y = x - d[0] * s, y - d[1] * s
    across = max(footprint, footprint * stretch / _SAMPLES)
    # a level and a bit coarser, and by chance the next: no border between levels is seen
    number = level_for(1.23 * (1.0 + dither) * across, skin)
    level = level_of(skin, number)
    samples = int(min(max(stretch, 1.0), _SAMPLES)) if footprint > 0.4 * TEXEL else 1
    along, aside, albedo, lit = 0.0, 0.0, 0.0, 0.0
    length = max(np.sqrt(ahead[0] * ahead[0] + ahead[1] * ahead[1]), 1e-6)
    ax = ahead[0] / length * footprint * stretch
    ay = ahead[1] / length * footprint * stretch
    for k in range(samples):
        share = (k + 0.5) / samples - 0.5
        read = texel(skin, stuff, level, x + share * ax, y + share * ay)
        along += read[0]
        aside += read[1]
        albedo += read[2]
        lit += read[3]
    even = 1.0 / samples
    along, aside, albedo, lit = along * even, aside * even, albedo * even, lit * even
    bare = 1.0
    if floor > 0.0:
        if footprint < _RELIEF:
            over = height(skin, stuff, level_of(skin, max(number - 1, 0)), x, y) - floor
            bare = min(max(over / _FADE[stuff] + 0.5, 0.0), 1.0)
        else:
            bare = min(max(1.2 - 0.7 * dusty, 0.2), 1.0)
        along, aside = along * bare, aside * bare
        lit = 1.0 - bare * (1.0 - lit) - (1.0 - bare) * 0.35 * (1.0 - lit)
    colour = skin.albedo[stuff] * albedo
    if stuff == BEDROCK:
        colour = bare * colour + (1.0 - bare) * skin.albedo[SOIL]
    elif stuff == SOIL:
        colour = skin.albedo[SOIL] * (bare * albedo + (1.0 - bare))
    weight = resolved(_GRAIN, footprint)
    if weight > 0.0:
        value, one, two = sloping_noise(x / _GRAIN, y / _GRAIN, table)
        along += 0.12 * weight * one
        aside += 0.12 * weight * two
        colour *= 1.0 + 0.05 * weight * value
    if side > 0 or stuff == STONE:
        # the tile was lit lying level
        lit = 0.6 + 0.4 * lit
    nx, ny, nz = -slope[0] * flat, -slope[1] * flat, flat
    if side == 0:
        nx, ny = nx - along, ny - aside
    elif side == 1:
        ny, nz = ny - along, nz - aside
    else:
        nx, nz = nx - along, nz - aside
    size = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    return Ground(colour * node.tint, (nx * size, ny * size, nz * size), lit)
