"""Reported big rocks on the grid: discs of log-odds that rise with each report."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.grid import NOTHING, Grid, Window

MOST_ODDS = 4.0
"""Log-odds at which a rock is as sure as it gets, either way."""


def log_odds(probability: float) -> float:
    """Natural logarithm of p / (1 - p), within MOST_ODDS either way."""
    if not 0.0 <= probability <= 1.0:
        raise MappingError(f"rocks: {probability} is no probability")
    if probability in (0.0, 1.0):
        return math.copysign(MOST_ODDS, probability - 0.5)
    odds = math.log(probability / (1.0 - probability))
    return min(max(odds, -MOST_ODDS), MOST_ODDS)


def raise_disc(
    plane: NDArray[np.float32], grid: Grid, x: float, y: float, width: float, probability: float
) -> Window:
    """Raise log-odds (rows, columns) of the cells in a disc, metres in odom; returns its window.

    The cell of the centre always belongs. One report is believed at once: a cell's odds are
    never below those of its newest report.
    """
    if not all(math.isfinite(value) for value in (x, y, width)) or width < 0.0:
        raise MappingError(f"rocks: one at ({x}, {y}) m, {width} m wide, cannot be")
    odds = log_odds(probability)
    disc, inside = disc_cells(grid, x, y, width)
    cells = plane[disc.slices]
    raised = np.clip(np.maximum(cells + odds, odds), -MOST_ODDS, MOST_ODDS)
    cells[inside] = raised[inside]
    return disc


def disc_cells(grid: Grid, x: float, y: float, width: float) -> tuple[Window, NDArray[np.bool_]]:
    """The window round a disc, metres in odom, and which of its cells the disc covers."""
    row, column = (y / grid.resolution) - grid.row, (x / grid.resolution) - grid.column
    radius = 0.5 * width / grid.resolution
    disc = Window(
        math.floor(row - radius), math.floor(row + radius) + 1,
        math.floor(column - radius), math.floor(column + radius) + 1,
    ).grown(0, grid.rows, grid.columns)  # fmt: skip
    if disc.empty:
        return NOTHING, np.zeros((0, 0), np.bool_)
    down, across = np.ogrid[disc.slices]
    inside = np.hypot(down + 0.5 - row, across + 0.5 - column) <= radius
    inside |= (down == math.floor(row)) & (across == math.floor(column))
    return disc, inside
