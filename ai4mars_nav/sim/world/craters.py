"""Craters pressed into the ground: bowl, rim and a blanket that thins out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world import recipe

F32 = NDArray[np.float32]

RIM = 0.22
"""Height of the rim over the crater's depth."""
SLOPE_OF_SIZES = 2.0
"""Number of craters of a diameter >= D goes with D to the minus this."""


@dataclass(frozen=True)
class Crater:
    """A bowl at (x, y) [m]: rim to rim, depth under the plain [m], and its uneven outline."""

    x: float
    y: float
    diameter: float
    depth: float
    lobes: tuple[tuple[float, float], ...]
    """Share of the radius and phase [rad] of the outline's 2nd, 3rd, ... harmonic."""


def drawn(
    random: np.random.Generator,
    settings: recipe.Craters,
    size: float,
    middle: bool,
) -> tuple[Crater, ...]:
    """The craters of a map of `size` metres about (0, 0), largest first; `middle`: the first lies
    near the middle."""
    made = []
    for index in range(settings.count):
        # the inverse of a power law cut off at both ends
        low, high = settings.smallest**-SLOPE_OF_SIZES, settings.largest**-SLOPE_OF_SIZES
        diameter = float((low - random.uniform() * (low - high)) ** (-1.0 / SLOPE_OF_SIZES))
        reach = 0.03 * size if middle and index == 0 else 0.5 * size
        x, y = random.uniform(-reach, reach, 2)
        lobes = tuple(
            (float(random.normal(0.0, 0.05 / n)), float(random.uniform(0.0, 2 * np.pi)))
            for n in range(1, 5)
        )
        if middle and index == 0:
            diameter = settings.largest
        depth = diameter * recipe.drawn(random, settings.depth)
        made.append(Crater(float(x), float(y), diameter, depth, lobes))
    return tuple(made)


def pressed(ground: F32, resolution: float, craters: tuple[Crater, ...]) -> F32:
    """Ground (n, n) [m], its middle at (0, 0), with craters in it."""
    cells = ground.shape[0]
    axis = ((np.arange(cells) + 0.5) * resolution - 0.5 * cells * resolution).astype(np.float32)
    deeper = ground.copy()
    for crater in craters:
        near = 2.5 * crater.diameter
        columns = np.flatnonzero(np.abs(axis - crater.x) < near)
        rows = np.flatnonzero(np.abs(axis - crater.y) < near)
        if not len(columns) or not len(rows):
            continue
        x = axis[columns][None, :] - np.float32(crater.x)
        y = axis[rows][:, None] - np.float32(crater.y)
        window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        deeper[window] += _profile(crater, x, y)
    return deeper


def _profile(crater: Crater, x: F32, y: F32) -> F32:
    """Height [m] at x (1, n), y (m, 1) from its centre that the crater adds."""
    turn = np.arctan2(y, x)
    outline = np.float32(0.5 * crater.diameter) * (
        1 + sum(a * np.cos((n + 2) * turn + phase) for n, (a, phase) in enumerate(crater.lobes))
    )
    r = np.sqrt(x * x + y * y) / np.maximum(outline, 0.1).astype(np.float32)
    rim = np.float32(RIM * crater.depth)
    bowl = (rim + np.float32(crater.depth)) * r * r - np.float32(crater.depth)
    # the blanket ends at 5 radii, where the window does
    blanket = rim * (np.maximum(r, 0.5) ** -3 - np.float32(5.0**-3))
    width = np.float32(0.06)
    # inside and outside meet in a rounded rim
    inside = 1.0 / (1.0 + np.exp(np.clip((r - 1.0) / width, -30, 30)))
    return np.asarray(inside * np.minimum(bowl, 1.2 * rim) + (1 - inside) * blanket, np.float32)
