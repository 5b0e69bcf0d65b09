"""A grid of heights made ready for rays: the heights and the maxima of ever larger blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march import ray_kernels

F32 = NDArray[np.float32]


class Grid(NamedTuple):
    """Heights (rows, columns) at nodes, `spacing` metres apart; node (0, 0) is at x, y = `first`.

    `maxes` holds the highest node of every patch between four nodes, then of ever coarser blocks
    of 2 x 2; `levels` (n, 3) are the offset in it, rows and columns of each.
    """

    heights: F32
    maxes: F32
    levels: NDArray[np.int64]
    first: tuple[float, float]
    spacing: float
    per_metre: float


def grid(heights: F32, first: tuple[float, float], spacing: float) -> Grid:
    """Make heights (rows, columns), at least 2 x 2, ready for rays."""
    heights = np.ascontiguousarray(heights, np.float32)
    patches = np.maximum(heights[:-1], heights[1:])
    blocks = [np.maximum(patches[:, :-1], patches[:, 1:])]
    while blocks[-1].size > 1:
        blocks.append(ray_kernels.halved(blocks[-1]))
    offsets = np.cumsum([0] + [block.size for block in blocks[:-1]])
    levels = np.array([(at, *b.shape) for at, b in zip(offsets, blocks, strict=True)], np.int64)
    maxes = np.concatenate([block.ravel() for block in blocks])
    return Grid(
        heights, maxes, levels, (float(first[0]), float(first[1])), float(spacing), 1.0 / spacing
    )
