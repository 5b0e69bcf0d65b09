"""How many rocks of which size: the size-frequency of Golombek and Rapp, drawn and laid out.

Golombek and Rapp, Size-frequency distributions of rocks on Mars and Earth analog sites,
JGR Planets 102, 1997: the share of the area under rocks of a diameter >= D is k exp(-q(k) D).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world.recipe import Stones
from ai4mars_nav.sim.world.world import Rocks

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

FLATTEST, TALLEST = 0.15, 1.1
"""Height over diameter stays within."""
ELONGATION = (1.0, 1.9)


def q_of(k: float) -> float:
    """How fast the share falls with the diameter, 1/m."""
    return 1.79 + 0.152 / k


def covered_share(k: float, diameter: F64) -> F64:
    """Share of the area under rocks of a diameter [m] and more."""
    return np.asarray(k * np.exp(-q_of(k) * diameter))


def diameters(
    random: np.random.Generator, k: float, area: float, smallest: float, largest: float
) -> F64:
    """Diameters [m] (n,) of the rocks on `area` m², largest first; n is Poisson's."""
    if k <= 0.0:
        return np.zeros(0)
    edges = np.asarray(np.geomspace(smallest, largest, 400), np.float64)
    middle = np.sqrt(edges[1:] * edges[:-1])
    share = covered_share(k, edges)
    expected = -np.diff(share) * area / (np.pi / 4.0 * middle**2)
    counts = random.poisson(expected)
    low, high = np.repeat(edges[:-1], counts), np.repeat(edges[1:], counts)
    return np.asarray(np.sort(random.uniform(low, high))[::-1])


def scattered(
    random: np.random.Generator, stones: Stones, k: float, density: F32, resolution: float,
    origin: tuple[float, float],
) -> Rocks:  # fmt: skip
    """Rocks on a map, more of them where `density` (rows, columns; any scale) is higher."""
    rows, columns = density.shape
    area = rows * columns * resolution**2
    size = diameters(random, k, area, stones.smallest, stones.largest)
    n = len(size)
    cell = _draw_cells(random, density, n)
    x = origin[0] + (cell % columns + random.uniform(0, 1, n)) * resolution
    y = origin[1] + (cell // columns + random.uniform(0, 1, n)) * resolution
    stretch = np.sqrt(random.uniform(*ELONGATION, n))
    tall = np.clip(random.normal(stones.height, stones.spread, n), FLATTEST, TALLEST)
    return Rocks(
        x=x,
        y=y,
        length=size * stretch,
        width=size / stretch,
        height=size * tall,
        yaw=random.uniform(0.0, np.pi, n),
        seed=random.integers(0, 1 << 31, n),
    )


def _draw_cells(random: np.random.Generator, density: F32, n: int) -> NDArray[np.int64]:
    """n cells (flat index) with a chance that goes with their density."""
    total = np.cumsum(np.maximum(density, 0.0).ravel(), dtype=np.float64)
    if total[-1] <= 0.0:
        return random.integers(0, density.size, n)
    return np.searchsorted(total, random.uniform(0.0, total[-1], n)).astype(np.int64)
