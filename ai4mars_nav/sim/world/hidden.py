"""What nothing shows: how loose sand is, and bedrock in which sharp stones are embedded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.golombek import ELONGATION
from ai4mars_nav.sim.world.noise import fractal
from ai4mars_nav.sim.world.recipe import Recipe, drawn
from ai4mars_nav.sim.world.world import Rocks
from ai4mars_nav.terrain import Hidden, Terrain

U8 = NDArray[np.uint8]

PATCH = (10.0, 1.5)
"""Metres: the longest and the shortest wavelength of what is loose or sharp."""
COVER = 0.30
"""Share of sharp ground under its stones."""
STONE_ACROSS = (0.08, 0.22)
"""Metres: diameter of an embedded stone."""
STONE_HEIGHT = (0.03, 0.08)
"""Metres that it looks out of the bedrock."""


def hidden_in(random: np.random.Generator, classes: U8, resolution: float, recipe: Recipe) -> U8:
    """Values of `terrain.GROUNDS` (n, n) under `classes` (n, n): the recipe's shares of sand are
    loose and of bedrock sharp, in patches of some metres."""
    felt = classes.copy()
    for terrain, hidden, share in (
        (Terrain.SAND, Hidden.LOOSE_SAND, drawn(random, recipe.sand.loose)),
        (Terrain.BEDROCK, Hidden.SHARP_ROCK, drawn(random, recipe.bedrock.sharp)),
    ):
        state = fractal(random, classes.shape[0], resolution, *PATCH, 0.9)
        of_it = classes == terrain
        if share > 0.0 and of_it.any():
            felt[of_it & (state > np.quantile(state[of_it], 1.0 - share))] = hidden
    return felt


def embedded(
    random: np.random.Generator, felt: U8, resolution: float, origin: tuple[float, float]
) -> Rocks:
    """The stones of sharp ground, low and fast in the bedrock, over COVER of it."""
    rows, columns = np.nonzero(felt == Hidden.SHARP_ROCK)
    low, high = STONE_ACROSS
    mean_area = np.pi / 4.0 * (low * low + low * high + high * high) / 3.0
    # they overlap: of what n lay on, exp(-n) stays bare
    n = int(random.poisson(-np.log(1.0 - COVER) * len(rows) * resolution**2 / mean_area))
    at = random.integers(0, max(len(rows), 1), n)
    across = random.uniform(*STONE_ACROSS, n)
    stretch = np.sqrt(random.uniform(*ELONGATION, n))
    return Rocks(
        x=origin[0] + (columns[at] + random.uniform(0, 1, n)) * resolution,
        y=origin[1] + (rows[at] + random.uniform(0, 1, n)) * resolution,
        length=across * stretch,
        width=across / stretch,
        height=random.uniform(*STONE_HEIGHT, n),
        yaw=random.uniform(0.0, np.pi, n),
        seed=random.integers(0, 1 << 31, n),
    )
