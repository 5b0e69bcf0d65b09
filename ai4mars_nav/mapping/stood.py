"""Ground that no camera saw, but the rover has stood on: its wheels have measured it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose, interpolate
from ai4mars_nav.mapping import columns
from ai4mars_nav.mapping.grid import NOTHING, Grid, Window
from ai4mars_nav.rover import Rover


def under(grid: Grid, odom_from_base: Pose, rover: Rover) -> tuple[Window, NDArray[np.bool_]]:
    """The window of cells round a rover, and on which of them (rows, columns) a corner wheel is.

    A cell counts when its centre is under the wheel, or within half a cell of its middle.
    """
    x, y = (float(value) for value in odom_from_base.translation[:2])
    row, column = y / grid.resolution - grid.row, x / grid.resolution - grid.column
    reach = 0.5 * math.hypot(rover.length, rover.width) / grid.resolution + 1.0
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
    along = np.abs(np.abs(cos * dx + sin * dy) - 0.5 * rover.wheelbase)
    aside = np.abs(np.abs(cos * dy - sin * dx) - 0.5 * rover.track)
    half = 0.5 * grid.resolution
    long, wide = max(0.5 * rover.wheel_radius, half), max(0.5 * rover.wheel_width, half)
    return window, (along <= long) & (aside <= wide)


def on_the_way(before: Pose | None, now: Pose, rover: Rover) -> Iterator[Pose]:
    """The places a rover's wheels rolled over since it stood at `before`, and where it stands.

    Farther apart than its wheelbase, or turned by over half a right angle, nobody knows the way.
    """
    if before is not None:
        moved = before.inverse() @ now
        way = float(np.linalg.norm(moved.translation))
        turned = abs(moved.yaw())
        if way <= rover.wheelbase and turned <= math.pi / 4.0:
            swept = way + turned * 0.5 * math.hypot(rover.wheelbase, rover.track)
            steps = math.ceil(swept / (0.5 * rover.wheel_radius))
            yield from (interpolate(before, now, step / steps) for step in range(1, steps))
    yield now


def believe(
    memory: NDArray[np.float32],
    grid: Grid,
    odom_from_base: Pose,
    rover: Rover,
    error: float,
    now: float,
) -> Window:
    """Give cells under the wheels that are unknown in `memory` (PLANES, rows, columns) the height
    of their plane, which errs by `error` metres; returns the window that may differ.

    What lies between the wheels was not touched: it stays unknown. A rover that is tilted beyond
    what it may drive on has measured nothing: it may lie on its side.
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
