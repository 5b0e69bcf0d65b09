"""Tiles of fine structure of each stuff: heights in metres and albedo, (SIDE, SIDE), repeating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march.skin_kernels import TEXEL, plates, stamp_stones

F32 = NDArray[np.float32]

SIDE = 1024
"""Texels."""


@dataclass(frozen=True)
class Tile:
    """Heights in metres, and albedo against that of the stuff, (SIDE, SIDE)."""

    heights: F32
    albedo: F32


def fractal(random: np.random.Generator, longest: float, shortest: float, fall: float) -> F32:
    """Noise of unit deviation with waves (metres) whose power falls with frequency ** -fall."""
    across, down = np.fft.rfftfreq(SIDE, TEXEL), np.fft.fftfreq(SIDE, TEXEL)
    frequency = np.hypot(across[None, :], down[:, None])
    frequency[0, 0] = np.inf
    band = (frequency >= 1.0 / longest) & (frequency <= 1.0 / shortest)
    weight = np.where(band, np.maximum(frequency, 1e-9) ** (-fall / 2.0), 0.0)
    noise = np.fft.irfft2(np.fft.rfft2(random.standard_normal((SIDE, SIDE))) * weight, (SIDE, SIDE))
    return np.asarray(noise / noise.std(), np.float32)


def soil(random: np.random.Generator) -> Tile:
    """Dust and sand with gravel and angular stones of up to 5 cm, few large and many small."""
    heights = 0.006 + 0.0035 * fractal(random, 1.4, 0.02, 3.4)
    heights += 0.0006 * fractal(random, 0.05, 0.008, 2.0)
    albedo = 1.0 + 0.05 * fractal(random, 2.0, 0.02, 2.4)
    _strew(random, heights, albedo, 9000, 2.2, 13.0, 1.9)
    return Tile(heights, albedo)


def sand(random: np.random.Generator) -> Tile:
    """Fine sand with shallow wind marks and a few grains."""
    side = SIDE * TEXEL
    at = (np.arange(SIDE) + 0.5) * TEXEL
    x, y = np.meshgrid(at, at)
    waves = 34
    bend = 0.045 * fractal(random, 2.0, 0.3, 4.0) + 0.006 * fractal(random, 0.3, 0.1, 3.0)
    phase = 2.0 * np.pi * (waves * x / side + 5.0 * y / side) + bend * 2.0 * np.pi * waves / side
    strength = np.clip(0.5 + 0.6 * fractal(random, 4.0, 0.5, 3.0), 0.0, 1.2)
    marks = np.sin(phase) + 0.3 * np.sin(2.0 * phase + 0.9)
    blown = np.asarray(strength * marks, np.float32)
    heights = 0.006 + 0.0014 * blown + 0.0016 * fractal(random, 1.2, 0.06, 3.6)
    heights += 0.00035 * fractal(random, 0.03, 0.008, 1.0)
    albedo = 1.0 + 0.02 * fractal(random, 2.0, 0.02, 2.2) + 0.03 * blown
    _strew(random, heights, albedo, 260, 2.0, 6.0, 2.4)
    return Tile(heights, albedo)


def bedrock(random: np.random.Generator) -> Tile:
    """Broken slabs: cracks at two scales, thin layers, pits, and dust where it is low."""
    heights, albedo = np.full((SIDE, SIDE), 0.012, np.float32), np.ones((SIDE, SIDE), np.float32)
    layers = 3.0 * fractal(random, 1.6, 0.04, 3.6)
    steps = np.floor(layers) + np.clip((layers - np.floor(layers)) * 5.0, 0.0, 1.0)
    heights += 0.0022 * steps.astype(np.float32)
    heights += 0.0009 * fractal(random, 0.3, 0.008, 2.6)
    albedo += 0.05 * fractal(random, 1.5, 0.01, 2.2)
    for across, width, depth, lean in ((7, 0.012, 0.012, 0.05), (23, 0.005, 0.006, 0.04)):
        edge, own, centre_x, centre_y = _cells(random, across)
        slopes = random.normal(0.0, lean, (2, across * across))
        heights += np.clip(slopes[0][own] * centre_x + slopes[1][own] * centre_y, -0.01, 0.01)
        albedo *= (1.0 + random.normal(0.0, 0.05, across * across))[own].astype(np.float32)
        # where a width falls to nothing or below, on a tenth of it, all is as deep as the cracks
        widths = width * (0.6 + 0.5 * fractal(random, 0.8, 0.05, 3.0))
        away = np.divide(edge, widths, out=np.full_like(edge, np.inf), where=widths != 0.0)
        gap = np.clip(1.0 - away, 0, 1)
        heights -= depth * gap
        albedo *= 1.0 - 0.32 * gap
    dust = 0.005 + 0.0008 * fractal(random, 0.5, 0.02, 3.0)
    low = np.clip((dust + 0.001 - heights) / 0.001, 0.0, 1.0)
    heights = np.maximum(heights, dust)
    albedo += low * (0.72 - albedo)
    heights, albedo = heights.astype(np.float32), albedo.astype(np.float32)
    _strew(random, heights, albedo, 1800, 2.0, 9.0, 2.0)
    return Tile(heights, albedo)


def stone(random: np.random.Generator) -> Tile:
    """Broken faces and pits of a rock."""
    heights = 0.014 + 0.0020 * fractal(random, 0.5, 0.012, 3.3)
    albedo = 1.0 + 0.07 * fractal(random, 0.6, 0.008, 1.8)
    for across, lean in ((19, 0.16), (47, 0.10)):
        _, own, centre_x, centre_y = _cells(random, across)
        slopes = random.normal(0.0, lean, (2, across * across))
        heights += np.clip(slopes[0][own] * centre_x + slopes[1][own] * centre_y, -0.012, 0.012)
        albedo *= (1.0 + random.normal(0.0, 0.03, across * across))[own]
    pits = fractal(random, 0.06, 0.012, 1.0)
    heights -= 0.002 * np.clip(pits - 1.3, 0.0, 1.0)
    return Tile(heights.astype(np.float32), albedo.astype(np.float32))


def _cells(random: np.random.Generator, across: int) -> tuple[F32, NDArray[np.int32], F32, F32]:
    """Irregular cells, `across` to a side of the tile: metres to the next border, the number of the
    cell, and metres along x and y from its lattice point."""
    at = (np.arange(SIDE, dtype=np.float32) + 0.5) * (across / SIDE)
    x, y = np.meshgrid(at, at)
    metres = SIDE * TEXEL / across
    x += 0.22 * fractal(random, 2.0 * metres, 0.02, 3.2) * 0.5
    y += 0.22 * fractal(random, 2.0 * metres, 0.02, 3.2) * 0.5
    jitter = random.uniform(-0.5, 0.5, (across, across, 2)).astype(np.float32)
    edge, own = plates(jitter, np.ascontiguousarray(x), np.ascontiguousarray(y))
    from_x = _wrapped(x - (own % across + 0.5), across) * metres
    from_y = _wrapped(y - (own // across + 0.5), across) * metres
    return edge * np.float32(metres), own, from_x, from_y


def _wrapped(difference: F32, period: int) -> F32:
    return np.asarray((difference + period / 2.0) % period - period / 2.0, np.float32)


def _strew(
    random: np.random.Generator,
    heights: F32,
    albedo: F32,
    count: int,
    smallest: float,
    largest: float,
    fall: float,
) -> None:
    """Put stones on a tile: diameters in texels, number of those over D going with D ** -fall."""
    share = random.uniform((smallest / largest) ** fall, 1.0, count)
    sizes = smallest * share ** (-1.0 / fall)
    order = np.argsort(sizes)
    turn = np.sort(random.uniform(0.0, 2.0 * np.pi, (count, 6)), axis=1)
    steepness = random.uniform(0.6, 2.2, (count, 6))
    squeeze = random.uniform(0.75, 1.15, (count, 6))
    shapes = np.stack([np.cos(turn) / squeeze, np.sin(turn) / squeeze, steepness], axis=2)
    tints = np.clip(random.normal(1.1, 0.22, count), 0.5, 1.8)
    stamp_stones(
        heights,
        albedo,
        random.uniform(0.0, SIDE, (count, 2)),
        sizes[order],
        np.ascontiguousarray(shapes),
        tints,
    )
