"""Slip that is felt, on the grid: what lies under the wheels, and how far round them it holds."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping import columns
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.grid import NOTHING, Grid, Window
from ai4mars_nav.mapping.loose import FeltSettings, Loose
from ai4mars_nav.rover import Rover
from ai4mars_nav.terrain import Terrain

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Labels = NDArray[np.uint8]

LIKELY, SUREST = 0.25, 0.98
"""Chances of being sand from which on ground is given another name, and that none exceeds."""


class Place(NamedTuple):
    """Where a slip was felt: x, y in metres and yaw in radians, in odom."""

    x: float
    y: float
    yaw: float


class Feeling:
    """Slips that wait for a frame, and what was learned of those before."""

    def __init__(self, settings: FeltSettings, costs: CostSettings, rover: Rover) -> None:
        self._settings, self._costs, self._rover = settings, costs, rover
        self.clear()

    def clear(self) -> None:
        """Forget what was felt: it was on another drive."""
        self.loose = Loose(self._settings, self._costs.loose_share)
        self._waiting: deque[tuple[float, Place, float]] = deque()

    def feel(self, place: Place, slip: float, stamp: float) -> None:
        """The wheels slipped (0..1) at a place."""
        if not (all(math.isfinite(value) for value in (*place, stamp)) and 0.0 <= slip <= 1.0):
            raise MappingError(f"map: a slip of {slip} at {tuple(place)} cannot be")
        self._waiting.append((stamp, place, slip))

    def learn(
        self, memory: Floats, derived: Floats, classes: Labels, grid: Grid, before: float
    ) -> Window:
        """Take over into `memory` (planes, rows, columns) what was felt `before`; returns the
        window. `derived` and `classes` (rows, columns) are of the last update.

        What is felt at the stamp of a frame waits for the next: which of the two comes first must
        not tell maps apart.
        """
        touched = NOTHING
        while self._waiting and self._waiting[0][0] < before:
            _, place, slip = self._waiting.popleft()
            window, inside, ahead = under(grid, place, self._rover)
            sand = derived[columns.SHARE + Terrain.SAND][window.slices][inside]
            seen = np.isfinite(sand)
            if not self._costs.by_class or not seen.any():
                continue
            slope = uphill(memory[columns.ELEVATION][window.slices][inside], ahead[inside])
            judged = self.loose.learn(place[:2], slip, slope, float(sand[seen].mean()))
            kinds = np.bincount(classes[window.slices][inside][seen], minlength=256)
            around = spread(memory, grid, place, judged.loose, self._rover, self._settings)
            alike = classes[around.slices] == kinds.argmax()
            rename(memory, around, alike, judged.sand, self._costs.unnamed)
            touched = touched.union(around)
        return touched


def under(grid: Grid, place: Place, rover: Rover) -> tuple[Window, Bools, Floats]:
    """Window of the cells under a rover, which they are, and how far ahead of its middle (m)."""
    window, x, y = _around(grid, place, 0.5 * math.hypot(rover.length, rover.width))
    cos, sin = math.cos(place.yaw), math.sin(place.yaw)
    ahead, aside = cos * x + sin * y, cos * y - sin * x
    inside = (np.abs(ahead) <= 0.5 * rover.length) & (np.abs(aside) <= 0.5 * rover.width)
    return window, inside, ahead.astype(np.float32)


def uphill(heights: Floats, ahead: Floats) -> float:
    """Slope (radians) ahead of a plane through heights (n,) so far ahead (n,); 0 where unknown."""
    known = np.isfinite(heights)
    if known.sum() < 3:
        return 0.0
    along, up = ahead[known] - ahead[known].mean(), heights[known] - heights[known].mean()
    spread = float((along * along).sum())
    return math.atan2(float((along * up).sum()), spread) if spread > 0.0 else 0.0


def spread(
    memory: Floats, grid: Grid, place: Place, loose: float, rover: Rover, settings: FeltSettings
) -> Window:
    """Write into `memory` (planes, rows, columns) how likely sand is loose round a place, and how
    much that says of each cell, unless a nearer one said more; returns the window."""
    radius = 0.5 * min(rover.length, rover.width)
    window, x, y = _around(grid, place, radius + settings.reach * settings.patch)
    if window.empty:
        return NOTHING
    away = np.maximum(np.hypot(x, y) - radius, 0.0)
    near = np.exp(-away / settings.patch).astype(np.float32)
    near[away > settings.reach * settings.patch] = 0.0
    chance, known = memory[columns.LOOSE][window.slices], memory[columns.NEAR][window.slices]
    nearer = (near > 0.0) & (near >= known)
    chance[nearer], known[nearer] = loose, near[nearer]
    return window


def rename(
    memory: Floats, window: Window, alike: Bools, sand: float, unnamed: Sequence[float]
) -> None:
    """What is `alike` (rows, columns of a window) to ground that is felt to be sand is likely sand,
    too, the less the farther off; what looks more like sand already stays as it is."""
    near = memory[columns.NEAR][window.slices]
    beliefs = memory[columns.BELIEF :, window.slices[0], window.slices[1]].astype(np.float64)
    nameless = (beliefs == 0.0).all(axis=0)
    shares = np.where(nameless, np.reshape(unnamed, (-1, 1, 1)), np.exp(beliefs))
    others = shares.sum(axis=0) - shares[Terrain.SAND]
    wanted = np.minimum(sand * near, SUREST)
    now = wanted / (1.0 - wanted) * others
    raised = alike & (wanted > LIKELY) & (now > shares[Terrain.SAND])
    shares[Terrain.SAND] = np.where(raised, now, shares[Terrain.SAND])
    renamed = np.log(np.maximum(shares / shares.max(axis=0), 1e-12))
    memory[columns.BELIEF :, window.slices[0], window.slices[1]][:, raised] = renamed[:, raised]


def _around(
    grid: Grid, place: Place, radius: float
) -> tuple[Window, NDArray[np.float64], NDArray[np.float64]]:
    """Window of a square round a place, and x and y (rows, columns) of its cells from there, m."""
    row, column = place.y / grid.resolution - grid.row, place.x / grid.resolution - grid.column
    reach = radius / grid.resolution
    window = Window(
        math.floor(row - reach), math.floor(row + reach) + 1,
        math.floor(column - reach), math.floor(column + reach) + 1,
    ).grown(0, grid.rows, grid.columns)  # fmt: skip
    if window.empty:
        return NOTHING, np.zeros((0, 0)), np.zeros((0, 0))
    down, across = np.ogrid[window.slices]
    y, x = np.broadcast_arrays(down + 0.5 - row, across + 0.5 - column)
    return window, x * grid.resolution, y * grid.resolution
