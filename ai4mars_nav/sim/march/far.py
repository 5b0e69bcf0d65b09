"""What lies around a world: its own ground mirrored at the edges, and hills that rise beyond."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.world import World

F32 = NDArray[np.float32]

SPACING = 0.3
"""Metres between the nodes of the surroundings, about."""
REACH = 160.0
"""Metres from the edge of the world to the end of its surroundings."""
_HILLS = 9.0
"""Metres to which hills rise at the end of the surroundings."""


def surroundings(
    world: World, seed: int
) -> tuple[F32, NDArray[np.uint8], tuple[float, float], float]:
    """Heights and label values (rows, columns) around and under a world, x, y of the first cell's
    centre, and metres between cells."""
    step = max(1, round(SPACING / world.resolution))
    spacing = step * world.resolution
    heights = _block_means(world.surface, step)
    classes = world.classes[step // 2 :: step, step // 2 :: step]
    classes = np.pad(
        classes, [(0, a - b) for a, b in zip(heights.shape, classes.shape, strict=True)], "edge"
    )
    margin = int(REACH / spacing)
    heights = np.pad(heights, margin, "symmetric")
    classes = np.pad(classes, margin, "symmetric")
    inside = (world.ground.shape[0] // step, world.ground.shape[1] // step)
    heights += _hills(heights.shape, inside, margin, spacing, seed)
    first = tuple(o + (0.5 - margin) * spacing for o in world.origin)
    return heights, classes, (first[0], first[1]), spacing


def _block_means(heights: F32, step: int) -> F32:
    rows, columns = heights.shape
    padded = np.pad(heights, ((0, -rows % step), (0, -columns % step)), "edge")
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _hills(
    shape: tuple[int, ...], inside: tuple[int, int], margin: int, spacing: float, seed: int
) -> F32:
    """Smooth rises (rows, columns) that begin at the edge of the world."""
    random = np.random.default_rng(seed)
    total = np.zeros(shape, np.float32)
    for wave, weight in ((160.0, 1.0), (70.0, 0.4), (30.0, 0.12), (12.0, 0.03)):
        coarse = [max(4, int(n * spacing / wave) + 2) for n in shape]
        noise = random.uniform(-1.0, 1.0, coarse).astype(np.float32)
        total += weight * cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    away = [
        np.maximum(np.maximum(margin - at, at - (margin + n)), 0) * spacing / REACH
        for at, n in zip((np.arange(shape[0]), np.arange(shape[1])), inside, strict=True)
    ]
    share = np.hypot(*np.meshgrid(away[0], away[1], indexing="ij"))
    rise: F32 = (_HILLS * np.minimum(share, 1.2) ** 1.7 * (0.35 + total)).astype(np.float32)
    return rise
