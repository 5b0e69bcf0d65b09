"""Ground that no camera saw, but the rover has stood on: its wheels have measured it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping import columns
from ai4mars_nav.mapping.grid import NOTHING, Grid, Window
from ai4mars_nav.rover import Rover


def under(grid: Grid, odom_from_base: Pose, rover: Rover) -> tuple[Window, NDArray[np.bool_]]:
    """The window of cells round a rover, and which of their centres (rows, columns) it covers."""
    x, y = (float(value) for value in odom_from_base.translation[:2])
    row, column = y / grid.resolution - grid.row, x / grid.resolution - grid.column
    reach = 0.5 * math.hypot(rover.length, rover.width) / grid.resolution
    window = Window(
        math.floor(row - reach), math.floor(row + reach) + 1,
        math.floor(column - reach), math.floor(column + reach) + 1,
    ).grown(0, grid.rows, grid.columns)  # fmt: skip
    if window.empty:
        return NOTHING, np.zeros((0, 0), np.bool_)
    down, across = np.ogrid[window.slices]
    dy = (down + 0.5 - row) * grid.resolution
    dx = (across + 0.5 - column) * grid.resolution
    cos, sin = math.cos(odom_from_base.yaw()), math.sin(odom_from_base.yaw())
    along, aside = cos * dx + sin * dy, cos * dy - sin * dx
    return window, (np.abs(along) <= 0.5 * rover.length) & (np.abs(aside) <= 0.5 * rover.width)


def believe(
    memory: NDArray[np.float32],
    grid: Grid,
    odom_from_base: Pose,
    rover: Rover,
    error: float,
    now: float,
) -> Window:
    """Give cells under the rover that are unknown in `memory` (PLANES, rows, columns) the height of
    the plane it stands on, which errs by `error` metres; returns the window that may differ.

    Wheels measure their tracks only. What lies between them has not struck the belly, and is taken
    to be as the tracks: a stone there, lower than the belly and never seen, stays unseen. A rover
    that is tilted beyond what it may drive on has measured nothing: it may lie on its side.
    """
    up = odom_from_base.rotation[:, 2]
    if up[2] < math.cos(math.radians(rover.max_tilt_deg)):
        return NOTHING
    window, covered = under(grid, odom_from_base, rover)
    cells = memory[:, window.slices[0], window.slices[1]]
    new = covered & np.isnan(cells[columns.ELEVATION])
    if not new.any():
        return NOTHING
    x, y, z = (float(value) for value in odom_from_base.translation)
    rows, columns_ = np.nonzero(new)
    dy = (rows + window.first_row + 0.5 + grid.row) * grid.resolution - y
    dx = (columns_ + window.first_column + 0.5 + grid.column) * grid.resolution - x
    height = z - (up[0] * dx + up[1] * dy) / up[2]
    for plane in (columns.ELEVATION, columns.LOW, columns.HIGH):
        cells[plane][new] = height
    for plane in (columns.VARIANCE, columns.NOISE):
        cells[plane][new] = error**2
    cells[columns.SEEN][new] = now
    return window
