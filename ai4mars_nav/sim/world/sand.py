"""Sand: it fills hollows, lies in drifts, and the wind makes dunes and ripples of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world import recipe
from ai4mars_nav.sim.world.noise import blurred, fractal

F32 = NDArray[np.float32]

REPOSE_DEG = 31.0
"""As steep as sand lies: the lee side of a ripple."""
WANDER = 0.25
"""Wavelengths by which crests stray, rms."""
THIN = 0.012
"""Metres of sand that hide what lies below: less is not sand."""


def filled(
    random: np.random.Generator, ground: F32, resolution: float, settings: recipe.Sand
) -> tuple[F32, NDArray[np.bool_]]:
    """Ground [m] with sand on it, and where sand lies; both (n, n)."""
    share = recipe.drawn(random, settings.share)
    if share <= 0.0:
        return ground, np.zeros(ground.shape, np.bool_)
    cells = ground.shape[0]
    wind = float(random.uniform(0.0, 2 * np.pi))
    dune = recipe.drawn(random, settings.dune_height), recipe.drawn(random, settings.dune_length)
    ripple = (
        recipe.drawn(random, settings.ripple_height),
        recipe.drawn(random, settings.ripple_length),
    )
    smooth = blurred(ground, resolution, 0.9)
    hollow = blurred(ground, resolution, 5.0) - smooth
    drift = fractal(random, cells, resolution, 12.0, 1.6, 0.8)
    level = smooth + np.float32(0.5) * hollow + np.float32(settings.drift) * drift
    depth = level - ground
    # dunes grow where the sand is deep, and end where it does
    deep = depth - np.float32(np.quantile(depth[::4, ::4], 1.0 - share))
    supply = np.clip(deep / np.float32(max(settings.drift, 0.02)), 0.0, 1.0)
    supply = blurred(supply, resolution, 0.12 * dune[1])
    relief = dunes(random, cells, resolution, wind, *dune, settings.lee_deg) * supply
    depth = deep + relief
    is_sand = cv2.medianBlur((depth > THIN).astype(np.uint8), 7).astype(np.bool_)
    small = dunes(random, cells, resolution, wind + float(random.normal(0, 0.15)), *ripple)
    cover = np.clip(depth / np.float32(0.05), 0.0, 1.0) * _rippled(random, cells, resolution)
    # a thin edge instead of a wall where sand begins
    raised = ground + np.maximum(depth, 0.0) + cover * small
    return np.where(is_sand | (depth > 0.0), raised, ground), is_sand


def dunes(
    random: np.random.Generator,
    cells: int,
    resolution: float,
    wind: float,
    height: float,
    length: float,
    lee_deg: float = REPOSE_DEG,
) -> F32:
    """Heights [m] (n, n) of crests across the wind (radians, where it blows to): long and gentle
    on the windward side, up to `lee_deg` steep on the other."""
    if height <= 0.0:
        return np.zeros((cells, cells), np.float32)
    axis = (np.arange(cells, dtype=np.float32) + 0.5) * np.float32(resolution)
    along = axis[None, :] * np.float32(np.cos(wind)) + axis[:, None] * np.float32(np.sin(wind))
    bent = fractal(random, cells, resolution, 5.0 * length, 1.5 * length, 0.9)
    phase = along / np.float32(length) + np.float32(WANDER) * bent
    phase -= np.floor(phase)
    steepest = np.tan(np.radians(lee_deg))
    lee = float(np.clip(1.2 * height / (length * steepest), 0.08, 0.45))
    up = phase / np.float32(1.0 - lee)
    down = (np.float32(1.0) - phase) / np.float32(lee)
    stoss = np.float32(0.5) - np.float32(0.5) * np.cos(np.float32(np.pi) * np.minimum(up, 1.0))
    shape = np.where(up < 1.0, stoss, down)
    strength = fractal(random, cells, resolution, 6.0 * length, length, 0.8)
    tall = np.clip(np.float32(0.75) + np.float32(0.35) * strength, 0.1, 1.25)
    return np.asarray(np.float32(height) * tall * shape, np.float32)


def _rippled(random: np.random.Generator, cells: int, resolution: float) -> F32:
    """0..1: some sand is rippled, some swept smooth."""
    where = fractal(random, cells, resolution, 8.0, 1.0, 0.7)
    return np.asarray(np.clip(np.float32(0.6) + np.float32(0.7) * where, 0.0, 1.0), np.float32)
