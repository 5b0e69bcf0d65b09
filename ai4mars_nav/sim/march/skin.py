"""Tiles made ready to be read: coded in 8 bits with all levels of detail, under a sun."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march import ground_tiles
from ai4mars_nav.sim.march.ground_tiles import SIDE, Tile
from ai4mars_nav.sim.march.light_kernels import shadow_heights
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.skin_kernels import HIGHEST, STEEPEST, TEXEL, Skin

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]

SOIL, STONE = 0.26, 0.41
"""Albedo."""
_MARGIN = 160
"""Texels around a tile from which shadows may fall into it."""


def skin(look: Look) -> Skin:
    """The fine structure of all stuffs (soil, bedrock, sand, stone) as the sun lights it."""
    coded = [_coded(tile, look.sun) for tile in _tiles(look.seed)]
    return Skin(
        np.stack([texels for texels, _ in coded]),
        np.stack([heights for _, heights in coded]),
        SIDE,
        int(np.log2(SIDE)),
        np.array([heights[-1] * (HIGHEST / 255.0) for _, heights in coded]),
        (SOIL, look.bedrock_albedo, look.sand_albedo, STONE),
    )


@lru_cache(maxsize=2)
def _tiles(seed: int) -> tuple[Tile, ...]:
    random = np.random.default_rng([seed, 1])
    makers = (
        ground_tiles.soil,
        ground_tiles.bedrock,
        ground_tiles.sand,
        ground_tiles.stone,
    )
    return tuple(maker(random) for maker in makers)


def _coded(tile: Tile, sun: tuple[float, float, float]) -> tuple[U32, U8]:
    heights = tile.heights - tile.heights.min()
    along = (np.roll(heights, -1, 1) - np.roll(heights, 1, 1)) / (2.0 * TEXEL)
    aside = (np.roll(heights, -1, 0) - np.roll(heights, 1, 0)) / (2.0 * TEXEL)
    layers = [
        along,
        aside,
        tile.albedo * _openness(heights),
        _sunlight(heights, sun),
        heights,
    ]
    texels, tall = [], []
    while True:
        slopes = [_slope_code(layer) for layer in layers[:2]]
        plain = [np.clip(layers[2] * 127.5, 0, 255), np.clip(layers[3] * 255.0, 0, 255)]
        texels.append(np.stack([*slopes, *plain], axis=-1).reshape(-1, 4))
        tall.append(np.clip(layers[4] * (255.0 / HIGHEST), 0, 255).ravel())
        if layers[0].size == 1:
            break
        layers = [_halved(layer) for layer in layers]
    codes = np.rint(np.concatenate(texels)).astype(np.uint32)
    return (
        codes[:, 0] | codes[:, 1] << 8 | codes[:, 2] << 16 | codes[:, 3] << 24,
        np.rint(np.concatenate(tall)).astype(np.uint8),
    )


def _halved(layer: F32) -> F32:
    pairs = layer[::2] + layer[1::2]
    return np.asarray(0.25 * (pairs[:, ::2] + pairs[:, 1::2]), np.float32)


def _slope_code(slope: F32) -> F32:
    """Slopes as 1..255 about 128, finer where they are small."""
    share = np.clip(slope / STEEPEST, -1.0, 1.0)
    return np.asarray(128.0 + 127.0 * np.sign(share) * np.sqrt(np.abs(share)), np.float32)


def _openness(heights: F32) -> F32:
    """About 1; less in what is low and narrow, where light comes from few sides."""
    padded = np.pad(heights, 32, "wrap")
    total = np.ones_like(padded)
    for size, weight in ((5, 0.35), (15, 0.3)):
        reach = size * TEXEL
        total -= weight * np.clip(
            (cv2.blur(padded, (size, size)) - padded) / reach * 3.0, -0.4, 1.0
        )
    return np.asarray(np.clip(total, 0.45, 1.25)[32:-32, 32:-32])


def _sunlight(heights: F32, sun: tuple[float, float, float]) -> F32:
    """1 where the sun shines on a tile that lies level, 0 in its own shadows."""
    padded = np.ascontiguousarray(np.pad(heights, _MARGIN, "wrap"))
    shadow = shadow_heights(padded, TEXEL, sun)
    lit = np.clip((padded - shadow) / (0.5 * TEXEL) + 0.5, 0.0, 1.0).astype(np.float32)
    inside = slice(_MARGIN, -_MARGIN)
    return np.asarray(cv2.GaussianBlur(lit, (0, 0), 0.6)[inside, inside])
