"""What is known of the ground at each node of a grid, packed in 64 bits, compiled by numba.

A pixel reads the four nodes around it: one load each instead of one for every raster.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

SLOPE_STEP = 1.0 / 2048.0
"""Of the code of a slope; it ends at 16."""
SKY_STEP = 1.0 / 200.0
TINT_STEP = 1.0 / 128.0
DUST_STEP = 1.0 / 255.0
STUFF, PLAIN, LABEL, SUN = 3, 4, 3, 6
"""Of a node's code: mask of its stuff, bit that says no other is near, first bits of label, sun."""
NO_LABEL = 7
"""In place of a label value."""
LIT, DARK, HALF_LIT = 0, 1, 2
"""Of the patch between a node and the next: sun all over it, nowhere, or to be looked up."""
PENUMBRA = 0.25
"""Height over which a shadow fades, in nodes."""


class Layer(NamedTuple):
    """Nodes (rows, columns), and the height up to which each lies in shadow.

    A node holds, from the lowest bit on: stuff (2 bits), whether no other stuff is near (1), label
    (3), sun on its patch (2), share of the sky it sees, tint and dust (8 each), slope along columns
    and along rows (16 each, signed).
    """

    nodes: I64
    shadow: F32
    first: tuple[float, float]
    spacing: float
    per_metre: float


class Node(NamedTuple):
    """The ground at a place between nodes: slope along x and y, share 0..1 of the sky that is seen,
    albedo factor, dust 0..1, share 0..1 of the sun."""

    slope: tuple[float, float]
    sky: float
    tint: float
    dust: float
    sun: float


@njit(cache=True, nogil=True, error_model="numpy")
def packed(
    heights: F32, shadow: F32, spacing: float, sky: F32, tint: F32, dust: F32, kinds: U8
) -> I64:
    """Nodes (rows, columns) of rasters of that shape; `kinds` holds their lowest 6 bits."""
    rows, columns = heights.shape
    nodes = np.empty((rows, columns), np.int64)
    half = 0.5 * PENUMBRA * spacing
    scale = 0.5 / (spacing * SLOPE_STEP)
    for j in range(rows):
        below, above = max(j - 1, 0), min(j + 1, rows - 1)
        for i in range(columns):
            left, right = max(i - 1, 0), min(i + 1, columns - 1)
            along = round(scale * (heights[j, right] - heights[j, left]))
            aside = round(scale * (heights[above, i] - heights[below, i]))
            low, high = np.float32(np.inf), np.float32(-np.inf)
            shade, cover = np.float32(np.inf), np.float32(-np.inf)
            for b in (j, above):
                for a in (i, right):
                    low, high = min(low, heights[b, a]), max(high, heights[b, a])
                    shade, cover = min(shade, shadow[b, a]), max(cover, shadow[b, a])
            sun = HALF_LIT
            if cover + half <= low:
                sun = LIT
            elif shade - half >= high:
                sun = DARK
            code = min(max(aside, -32767), 32767) << 48
            code |= (min(max(along, -32767), 32767) & 0xFFFF) << 32
            code |= min(max(round(dust[j, i] / DUST_STEP), 0), 255) << 24
            code |= min(max(round(tint[j, i] / TINT_STEP), 0), 255) << 16
            code |= min(max(round(sky[j, i] / SKY_STEP), 0), 255) << 8
            nodes[j, i] = code | sun << SUN | np.int64(kinds[j, i])
    return nodes


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def node_at(x: float, y: float, z: float, layer: Layer) -> tuple[Node, int]:
    """The ground at height z and x, y in nodes, and the code of the nearest node."""
    nodes = layer.nodes
    rows, columns = nodes.shape
    i, j = min(max(int(x), 0), columns - 2), min(max(int(y), 0), rows - 2)
    u, v = np.float32(min(max(x - i, 0.0), 1.0)), np.float32(min(max(y - j, 0.0), 1.0))
    p, q, r, s = nodes[j, i], nodes[j, i + 1], nodes[j + 1, i], nodes[j + 1, i + 1]
    one = np.float32(1.0)
    a, b, c, d = (one - u) * (one - v), u * (one - v), (one - u) * v, u * v
    aside = a * (p >> 48) + b * (q >> 48) + c * (r >> 48) + d * (s >> 48)
    along = a * (p << 16 >> 48) + b * (q << 16 >> 48) + c * (r << 16 >> 48) + d * (s << 16 >> 48)
    dust = a * (p >> 24 & 255) + b * (q >> 24 & 255) + c * (r >> 24 & 255) + d * (s >> 24 & 255)
    tint = a * (p >> 16 & 255) + b * (q >> 16 & 255) + c * (r >> 16 & 255) + d * (s >> 16 & 255)
    sky = a * (p >> 8 & 255) + b * (q >> 8 & 255) + c * (r >> 8 & 255) + d * (s >> 8 & 255)
    sun, state = 1.0, p >> SUN & 3
    if state == DARK:
        sun = 0.0
    elif state == HALF_LIT:
        sun = lit_share(i, j, u, v, z, layer)
    nearest = (s if u >= 0.5 else r) if v >= 0.5 else (q if u >= 0.5 else p)
    slope = (along * SLOPE_STEP, aside * SLOPE_STEP)
    return Node(slope, sky * SKY_STEP, tint * TINT_STEP, dust * DUST_STEP, sun), nearest


@njit(cache=True, nogil=True, error_model="numpy")
def lit_share(i: int, j: int, u: np.float32, v: np.float32, z: float, layer: Layer) -> float:
    """How much of the sun, 0..1, is seen at height z and u, v from the corner of patch (i, j)."""
    soft = PENUMBRA * layer.spacing
    total = 0.0
    for k in range(2):
        for m in range(2):
            over = (z - layer.shadow[j + k, i + m]) / soft
            share = min(max(over + 0.5, 0.0), 1.0)
            total += share * (v if k else 1.0 - v) * (u if m else 1.0 - u)
    return total
