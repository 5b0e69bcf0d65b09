"""Whether a rover can get from start to goal at all: a flood over the true ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import Terrain

F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Point = tuple[float, float]

STEP_SHARE = 0.85
"""Of the step that the rover may climb: what it measures is not exact."""
TILT_MARGIN_DEG = 4.0
SAND_SLOPE_DEG = 11.0
"""Steeper sand holds a rover, also where it is firm (terrain.py: slip 0.5 and more)."""
MARGIN = 0.30
"""Metres besides half the rover's width on either side."""
EDGE = 2.0
"""Metres of the map's edge where no rover drives."""
PLANE = 0.55
"""Metres over which ground is smoothed before its slope is taken."""


@dataclass(frozen=True)
class Cells:
    """A surface on cells of about 0.1 m: highest, lowest and mean height [m], sand, big rocks, and
    where wheels meet what cannot be seen."""

    resolution: float
    origin: Point
    high: F32
    low: F32
    mean: F32
    sand: Mask
    big: Mask
    hidden: Mask


def coarse(world: World, surface: F32, cell: float = 0.1) -> Cells:
    """A surface [m] of the world (with rocks or without) on cells of at least `cell` metres; a
    rest at the far edges is left out."""
    n = max(int(np.ceil(cell / world.resolution - 1e-6)), 1)
    rows, columns = (side // n for side in surface.shape)

    def blocks(layer: NDArray[Any]) -> list[NDArray[Any]]:
        return [layer[i : rows * n : n, j : columns * n : n] for i in range(n) for j in range(n)]

    heights, classes, felt = blocks(surface), blocks(world.classes), blocks(world.felt)
    total = np.zeros((rows, columns), np.float32)
    sand = np.zeros((rows, columns), np.int64)
    for height, kind in zip(heights, classes, strict=True):
        total += height
        sand += kind == Terrain.SAND
    return Cells(
        resolution=n * world.resolution,
        origin=world.origin,
        high=np.maximum.reduce(heights),
        low=np.minimum.reduce(heights),
        mean=total / np.float32(n * n),
        sand=2 * sand > n * n,
        big=np.logical_or.reduce([kind == Terrain.BIG_ROCK for kind in classes]),
        hidden=2 * np.sum([ground >= len(Terrain) for ground in felt], axis=0) > n * n,
    )


def hazards(cells: Cells, rover: Rover) -> Mask:
    """Cells (rows, columns) that no wheel of the rover should meet: steps, slopes, loose sand and
    sharp rock."""
    return _steps(cells, rover) | _slopes(cells, rover) | cells.hidden


def impassable(bad: Mask, rover: Rover, resolution: float) -> Mask:
    """Cells (rows, columns) that the middle of the rover must not pass over, given its hazards."""
    reach = int(np.ceil((0.5 * rover.width + MARGIN) / resolution))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wide = cv2.dilate(bad.astype(np.uint8), disc).astype(np.bool_)
    edge = int(EDGE / resolution)
    wide[:edge] = wide[-edge:] = True
    wide[:, :edge] = wide[:, -edge:] = True
    return np.asarray(wide, np.bool_)


def within(cells: Cells, points: Sequence[Point], radius: float) -> Mask:
    """Cells (rows, columns) within `radius` metres of one of the points."""
    rows, columns = cells.high.shape
    y = cells.origin[1] + (np.arange(rows)[:, None] + 0.5) * cells.resolution
    x = cells.origin[0] + (np.arange(columns)[None, :] + 0.5) * cells.resolution
    near = np.zeros((rows, columns), np.bool_)
    for px, py in points:
        near |= np.hypot(x - px, y - py) < radius
    return near


def way_length(cells: Cells, blocked: Mask, start: Point, goal: Point, longest: float) -> float:
    """Metres of the shortest way (eight neighbours in turn with four), inf where there is none
    that is at most `longest`."""
    free = (~blocked).astype(np.uint8)
    (r0, c0), (r1, c1) = _cell(cells, start), _cell(cells, goal)
    if not free[r0, c0] or not free[r1, c1]:
        return float("inf")
    joined = cv2.connectedComponents(free, connectivity=8)[1]
    if joined[r0, c0] != joined[r1, c1]:
        return float("inf")
    square, cross = np.ones((3, 3), np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    seen = np.zeros_like(free)
    seen[r0, c0] = 1
    for step in range(int(longest / cells.resolution)):
        grown = cv2.dilate(seen, cross if step % 2 else square)
        seen = np.asarray(grown, np.uint8) & free
        if seen[r1, c1]:
            return (step + 1) * cells.resolution
    return float("inf")


def _steps(cells: Cells, rover: Rover) -> Mask:
    """Where it jumps by more than a wheel climbs, within a wheel's diameter, and big rocks."""
    size = max(round(2 * rover.wheel_radius / cells.resolution), 2) | 1
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    trend = _trend(cells)
    jump = cv2.dilate(cells.high - trend, window) - cv2.erode(cells.low - trend, window)
    return np.asarray((jump > STEP_SHARE * rover.max_step) | cells.big, np.bool_)


def _slopes(cells: Cells, rover: Rover) -> Mask:
    """Where the ground tilts the rover too much, or sand lies on a slope that holds it."""
    trend = _trend(cells)
    gy, gx = np.gradient(trend, cells.resolution)
    slope = np.degrees(np.arctan(np.hypot(gx, gy)))
    tilted = slope > rover.max_tilt_deg - TILT_MARGIN_DEG
    return np.asarray(tilted | (cells.sand & (slope > SAND_SLOPE_DEG)), np.bool_)


def _trend(cells: Cells) -> F32:
    """The surface without its steps [m] (rows, columns)."""
    blur = cv2.GaussianBlur(cells.mean, (0, 0), PLANE / cells.resolution)
    return np.asarray(blur, np.float32)


def _cell(cells: Cells, point: Point) -> tuple[int, int]:
    rows, columns = cells.high.shape
    row = int((point[1] - cells.origin[1]) / cells.resolution)
    column = int((point[0] - cells.origin[0]) / cells.resolution)
    return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
