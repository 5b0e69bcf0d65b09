"""Slip that is felt, on the grid: what lies under the wheels, and how far round them it holds."""

from __future__ import annotations

import math
from collections import deque
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

    def learn(self, memory: Floats, derived: Floats, grid: Grid, before: float) -> Window:
        """Take over into planes (n, rows, columns) what was felt `before`; returns the window.

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
            loose = self.loose.learn(place[:2], slip, slope, float(sand[seen].mean()))
            touched = touched.union(spread(memory, grid, place, loose, self._rover, self._settings))
        return touched


def under(grid: Grid, place: Place, rover: Rover) -> tuple[Window, NDArray[np.bool_], Floats]:
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
