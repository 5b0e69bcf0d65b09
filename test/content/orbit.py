"""Images from orbit that tests make: rough ground, craters, dunes, and a black border."""

from __future__ import annotations

import cv2
import numpy as np


def ground(height, width, seed):
    """(h, w) float32 levels about 110, rough at several scales."""
    rng = np.random.default_rng(seed)
    levels = np.full((height, width), 110.0, np.float32)
    for scale, rough in ((2, 3.0), (8, 4.0), (32, 5.0), (128, 8.0)):
        nodes = rng.normal(size=(height // scale + 2, width // scale + 2)).astype(np.float32)
        levels += rough * cv2.resize(nodes, (width, height), interpolation=cv2.INTER_CUBIC)
    return levels


def add_crater(levels, x, y, radius):
    """A bowl in light from the left, with a rim around it."""
    away_x, away_y = _offsets(levels, x, y)
    share = np.hypot(away_x, away_y) / radius
    lit = away_x / radius
    levels -= np.where(share < 1.0, 45.0 * lit * share, 0.0).astype(np.float32)
    rim = 30.0 * lit / np.maximum(share, 0.1) * (1.4 - share) / 0.4
    levels += np.where((share >= 1.0) & (share < 1.4), rim, 0.0).astype(np.float32)


def add_dune(levels, x, y, radius):
    """A dark crescent, open to the right."""
    away_x, away_y = _offsets(levels, x, y)
    inner = np.hypot(away_x - 0.5 * radius, away_y) < 0.8 * radius
    crescent = (np.hypot(away_x, away_y) < radius) & ~inner
    levels -= 50.0 * cv2.GaussianBlur(crescent.astype(np.float32), (0, 0), 2)


def image(levels):
    """(h, w) uint8 with no black in it."""
    return np.clip(levels, 4, 255).astype(np.uint8)


def add_border(grey):
    """Black triangles left and right, as map projection leaves them."""
    height, width = grey.shape
    left = np.array([[0, 0], [width // 7, 0], [0, 2 * height // 3]])
    right = np.array([[width, height], [5 * width // 6, height], [width, height // 3]])
    for corner in (left, right):
        cv2.fillPoly(grey, [corner.astype(np.int32)], 0)


def scene(seed, height=1400, width=1800):
    """An image with border, and (n, 3) x, y, radius of ten craters and dunes on its ground."""
    rng = np.random.default_rng(100 + seed)
    levels = ground(height, width, seed)
    border = np.full((height, width), 255, np.uint8)
    add_border(border)
    known = []
    while len(known) < 10:
        x, y, radius = (
            rng.uniform(120, width - 120),
            rng.uniform(120, height - 120),
            rng.uniform(14, 70),
        )
        apart = all(np.hypot(x - a, y - b) > radius + c + 90 for a, b, c in known)
        if apart and border[int(y), int(x)]:
            (add_crater if len(known) % 2 else add_dune)(levels, x, y, radius)
            known.append((x, y, radius))
    grey = image(levels)
    add_border(grey)
    return grey, np.array(known)


def _offsets(levels, x, y):
    height, width = levels.shape
    return np.arange(width) - x, (np.arange(height) - y)[:, None]
