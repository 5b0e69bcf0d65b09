"""A grid of heights made ready for light: shadows, sky, dust and stuff of every node."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march import light_kernels, node_kernels
from ai4mars_nav.sim.march.grid import Grid
from ai4mars_nav.sim.march.ground_kernels import STONE
from ai4mars_nav.sim.march.node_kernels import LABEL, NO_LABEL, PLAIN, Layer
from ai4mars_nav.sim.march.patches import patches
from ai4mars_nav.terrain import UNKNOWN

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

FRAY = 0.2
"""Metres from a border between stuffs within which it may fray."""


def layer(
    ready: Grid, stuff: U8, labels: U8, sun: tuple[float, float, float], table: F32, strength: float
) -> Layer:
    """Of a grid, what its nodes (rows, columns) are made of, and their label values or UNKNOWN;
    `strength` is that of patches of albedo."""
    heights, spacing = ready.heights, ready.spacing
    shadow = light_kernels.shadow_heights(heights, spacing, sun)
    tint, dust = patches(heights.shape, ready.first, spacing, table, strength)
    told = np.where(labels == UNKNOWN, np.uint8(NO_LABEL), labels)
    kinds = stuff | (told << LABEL) | np.where(_plain(stuff, spacing), np.uint8(PLAIN), 0)
    nodes = node_kernels.packed(
        heights, shadow, spacing, _open_sky(heights, spacing), tint, dust, kinds.astype(np.uint8)
    )
    return Layer(nodes, shadow, ready.first, spacing, ready.per_metre)


def _plain(stuff: U8, spacing: float) -> NDArray[np.bool_]:
    """Where (rows, columns) nothing but one stuff, and stones, is within FRAY metres."""
    size = 2 * int(np.ceil(FRAY / spacing)) + 1
    kernel = np.ones((size, size), np.uint8)
    stone = stuff == STONE
    least = cv2.erode(np.where(stone, np.uint8(STONE), stuff), kernel)
    most = cv2.dilate(np.where(stone, np.uint8(0), stuff), kernel)
    return np.asarray(least >= most)


def _open_sky(heights: F32, spacing: float) -> F32:
    """Share 0..1 of the sky (rows, columns) that each node sees, about: less where all around is
    higher."""
    total = np.ones(heights.shape, np.float32)
    for reach, weight in ((0.15, 0.6), (0.6, 0.5)):
        size = max(3, 2 * round(reach / spacing) + 1)
        around = cv2.blur(heights, (size, size), borderType=cv2.BORDER_REPLICATE)
        total -= weight * np.clip((around - heights) / reach, -0.15, 1.0)
    return np.clip(total, 0.25, 1.1)
