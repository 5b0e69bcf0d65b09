"""Fine structure of the ground as a tile that repeats, compiled by numba: making it and reading it.

A tile has a power of two texels a side, TEXEL metres each. Its levels of detail lie one after
another, each half as wide as the one before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]

TEXEL = 0.004
"""Metres."""
STEEPEST = 2.0
"""Slope that the code of a slope ends at."""
HIGHEST = 0.04
"""Metres that the code of a height ends at."""


BYTE = 0xFF


class Skin(NamedTuple):
    """Tiles of all stuffs, coded in 8 bits: texels (stuffs, n) hold, from the lowest byte on, slope
    along x and y, albedo over 2, and sunlight; heights (stuffs, n) are over HIGHEST. `side` is that
    of the finest level, `coarsest` the number of the last, `means` the mean heights in metres."""

    texels: U32
    heights: U8
    side: int
    coarsest: int
    means: F64
    albedo: tuple[float, float, float, float]


@njit(cache=True, nogil=True, error_model="numpy")
def stamp_stones(
    heights: F32,
    albedo: F32,
    places: F64,
    sizes: F64,
    shapes: F64,
    tints: F64,
) -> None:
    """Put stones on a tile (side, side): places (k, 2) and sizes (k,) in texels, heights in metres.

    A stone is cut by planes: shapes (k, p, 3) are direction x, y and steepness of each, and its
    top leans by shapes[k, 0].
    """
    side = heights.shape[0]
    for k in range(places.shape[0]):
        radius = sizes[k] / 2.0
        reach = int(radius * 1.5) + 1
        column, row = int(places[k, 0]), int(places[k, 1])
        foot = np.inf
        for j in range(row - 1, row + 2):
            for i in range(column - 1, column + 2):
                foot = min(foot, heights[j % side, i % side])
        for j in range(row - reach, row + reach + 1):
            for i in range(column - reach, column + reach + 1):
                x, y = i - places[k, 0], j - places[k, 1]
                z = radius * (0.75 + 0.25 * (x * shapes[k, 0, 0] + y * shapes[k, 0, 1]) / radius)
                for p in range(shapes.shape[1]):
                    edge = radius - x * shapes[k, p, 0] - y * shapes[k, p, 1]
                    z = min(z, edge * shapes[k, p, 2])
                top = foot + np.float32(z * TEXEL)
                if z > 0.0 and top > heights[j % side, i % side]:
                    heights[j % side, i % side] = top
                    albedo[j % side, i % side] = tints[k]


@njit(cache=True, nogil=True, error_model="numpy")
def plates(jitter: F32, x: F32, y: F32) -> tuple[F32, NDArray[np.int32]]:
    """Cells about seeds on a jittered lattice that repeats: distance to the border between the two
    nearest seeds (same unit as x, y: lattice steps), and the number of the nearest seed.

    jitter (n, n, 2) -0.5..0.5; x, y of one shape, one lattice step between seeds.
    """
    n = jitter.shape[0]
    edge, own = np.empty(x.shape, np.float32), np.empty(x.shape, np.int32)
    for k in range(x.size):
        px, py = x.flat[k], y.flat[k]
        column, row = int(np.floor(px)), int(np.floor(py))
        first, second, best = np.inf, np.inf, 0
        fx, fy, gx, gy = 0.0, 0.0, 0.0, 0.0
        for j in range(row - 2, row + 3):
            for i in range(column - 2, column + 3):
                a, b = i % n, j % n
                dx = i + 0.5 + jitter[b, a, 0] - px
                dy = j + 0.5 + jitter[b, a, 1] - py
                square = dx * dx + dy * dy
                if square < first:
                    second, gx, gy = first, fx, fy
                    first, fx, fy, best = square, dx, dy, b * n + a
                elif square < second:
                    second, gx, gy = square, dx, dy
        apart = np.sqrt((gx - fx) ** 2 + (gy - fy) ** 2)
        edge.flat[k] = (second - first) / (2.0 * max(apart, 1e-9))
        own.flat[k] = best
    return edge, own


class Level(NamedTuple):
    """A level of detail: where in its tile it begins, texels a side less one, texels a metre."""

    offset: int
    mask: int
    per_metre: float


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def level_of(skin: Skin, level: int) -> Level:
    """The level of a number: 0 is the finest."""
    side = skin.side >> level
    # all finer ones are a sum of powers of four
    offset = (skin.side * skin.side - side * side) // 3 * 4
    return Level(offset, side - 1, 1.0 / (TEXEL * (1 << level)))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def texel(
    skin: Skin, stuff: int, level: Level, x: float, y: float
) -> tuple[float, float, float, float]:
    """Slope along x and y, albedo factor and sunlight 0..1 at x, y (metres), bilinear."""
    x, y = x * level.per_metre - 0.5, y * level.per_metre - 0.5
    i, j = int(np.floor(x)), int(np.floor(y))
    u, v = np.float32(x - i), np.float32(y - j)
    i0, i1, side = i & level.mask, (i + 1) & level.mask, level.mask + 1
    j0, j1 = level.offset + (j & level.mask) * side, level.offset + ((j + 1) & level.mask) * side
    p, q = skin.texels[stuff, j0 + i0], skin.texels[stuff, j0 + i1]
    r, s = skin.texels[stuff, j1 + i0], skin.texels[stuff, j1 + i1]
    a, b = (np.float32(1.0) - u) * (np.float32(1.0) - v), u * (np.float32(1.0) - v)
    c, d = (np.float32(1.0) - u) * v, u * v
    s0 = a * (p & BYTE) + b * (q & BYTE) + c * (r & BYTE) + d * (s & BYTE)
    s1 = a * (p >> 8 & BYTE) + b * (q >> 8 & BYTE) + c * (r >> 8 & BYTE) + d * (s >> 8 & BYTE)
    s2 = a * (p >> 16 & BYTE) + b * (q >> 16 & BYTE) + c * (r >> 16 & BYTE) + d * (s >> 16 & BYTE)
    s3 = a * (p >> 24) + b * (q >> 24) + c * (r >> 24) + d * (s >> 24)
    s0 = (s0 - np.float32(128.0)) * np.float32(1.0 / 127.0)
    s1 = (s1 - np.float32(128.0)) * np.float32(1.0 / 127.0)
    return (
        STEEPEST * s0 * abs(s0),
        STEEPEST * s1 * abs(s1),
        s2 * np.float32(2.0 / 255.0),
        s3 * np.float32(1.0 / 255.0),
    )


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def height(skin: Skin, stuff: int, level: Level, x: float, y: float) -> float:
    """Metres over the lowest of the tile at x, y (metres), bilinear."""
    x, y = x * level.per_metre - 0.5, y * level.per_metre - 0.5
    i, j = int(np.floor(x)), int(np.floor(y))
    u, v = x - i, y - j
    i0, i1, side = i & level.mask, (i + 1) & level.mask, level.mask + 1
    j0, j1 = level.offset + (j & level.mask) * side, level.offset + ((j + 1) & level.mask) * side
    heights = skin.heights
    low = heights[stuff, j0 + i0] * (1.0 - u) + heights[stuff, j0 + i1] * u
    high = heights[stuff, j1 + i0] * (1.0 - u) + heights[stuff, j1 + i1] * u
    return float((low * (1.0 - v) + high * v) * (HIGHEST / 255.0))
