"""Bedrock: layered slabs with cracks between them, as far as they look out of the regolith."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world import recipe
from ai4mars_nav.sim.world.noise import blurred, fractal

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

BEVEL = 0.03
"""Metres over which the edge of a slab falls off."""
CRACK_DEPTH = 0.06
EDGE_OF_OUTCROP = 0.25
"""How fast an outcrop comes out of the regolith, metres of height per standard deviation."""


@dataclass(frozen=True)
class Slabs:
    """Pieces between cracks: number of each cell's slab, metres to its edge, and the slabs'
    seeds (k,)."""

    number: NDArray[np.int32]
    edge: F32
    column: I64
    row: I64


def outcropped(
    random: np.random.Generator, ground: F32, resolution: float, settings: recipe.Bedrock
) -> tuple[F32, NDArray[np.bool_]]:
    """Ground [m] with bedrock standing out of it, and where bedrock is; both (n, n)."""
    share = recipe.drawn(random, settings.share)
    if share <= 0.0:
        return ground, np.zeros(ground.shape, np.bool_)
    cells = ground.shape[0]
    slabs = cracked(random, cells, resolution, settings.slab)
    base = blurred(ground, resolution, 0.5 * settings.slab)
    exposure = fractal(random, cells, resolution, 14.0, 0.8, 0.6)
    steps = _steps(random, slabs, cells, resolution, settings)
    rough = fractal(random, cells, resolution, 0.6, 0.0, 0.6)
    top = base + steps + np.float32(0.004) * rough
    above = np.float32(EDGE_OF_OUTCROP) * exposure
    offset = float(np.quantile((top + above - ground)[::4, ::4], 1.0 - share))
    # what lies clear of the regolith is level with the slabs around it, not a hill
    stands = np.minimum(above - np.float32(offset), np.float32(settings.lift))
    rock = top + stands - _crack_depth(slabs, settings)
    out = rock > ground
    whole = cv2.medianBlur(out.astype(np.uint8), 5)
    return np.where(out, rock, ground), np.asarray(whole, np.bool_)


def cracked(random: np.random.Generator, cells: int, resolution: float, slab: float) -> Slabs:
    """A map (cells, cells) broken into pieces of about `slab` metres, along wandering lines."""
    per = max(slab / resolution, 3.0)
    column, row = _seeds(random, cells, per)
    dots = np.full((cells, cells), 255, np.uint8)
    dots[row, column] = 0
    # OpenCV numbers the seeds from 1 on as it scans the rows, and so does nonzero
    row, column = np.nonzero(dots == 0)
    label = cv2.distanceTransformWithLabels(
        dots, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    up, right = np.indices((cells, cells), dtype=np.float32)
    for axis in (up, right):
        bend = fractal(random, cells, resolution, 2.0 * slab, 0.15 * slab, 0.5)
        axis += np.float32(0.12 * per) * bend
    bent = cv2.remap(
        label.astype(np.float32), right, up, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    number = np.asarray(bent, np.int32) - 1
    return Slabs(number, _edge(number, resolution), column, row)


def _seeds(random: np.random.Generator, cells: int, per: float) -> tuple[I64, I64]:
    """Column and row (k,) of points about `per` cells apart."""
    side = int(np.ceil(cells / per)) + 1
    grid = (np.arange(side) + 0.5) * per
    column = (grid[None, :] + random.uniform(-0.48, 0.48, (side, side)) * per).ravel()
    row = (grid[:, None] + random.uniform(-0.48, 0.48, (side, side)) * per).ravel()
    on = (column < cells) & (row < cells)
    return column[on].astype(np.int64), row[on].astype(np.int64)


def _edge(label: NDArray[np.int32], resolution: float) -> F32:
    """Metres from each cell to the nearest one of another slab."""
    inner = np.full(label.shape, 255, np.uint8)
    change = label[:, 1:] != label[:, :-1]
    inner[:, 1:][change] = 0
    inner[:, :-1][change] = 0
    change = label[1:] != label[:-1]
    inner[1:][change] = 0
    inner[:-1][change] = 0
    distance = cv2.distanceTransform(inner, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance * np.float32(resolution), np.float32)


def _steps(
    random: np.random.Generator,
    slabs: Slabs,
    cells: int,
    resolution: float,
    settings: recipe.Bedrock,
) -> F32:
    """Height of the slabs' tops [m] over the smooth ground: whole layers, and a little tilt."""
    level = fractal(random, cells, resolution, 10.0, 1.0, 0.7)
    at = level[slabs.row, slabs.column]
    count = len(at)
    jitter = random.normal(0.0, 0.3, count)
    layer = np.rint(0.5 * settings.layers * (at + jitter)) * settings.layer
    tilt = random.normal(0.0, 0.012, (2, count)).astype(np.float32)
    rise = (layer + random.normal(0.0, 0.06, count) * settings.layer).astype(np.float32)
    # rise + tilt . (place - seed), with what belongs to the slab put together first
    gx, gy = tilt * np.float32(resolution)
    level = rise - gx * slabs.column.astype(np.float32) - gy * slabs.row.astype(np.float32)
    axis, number = np.arange(cells, dtype=np.float32), slabs.number
    top = level[number] + gx[number] * axis[None, :] + gy[number] * axis[:, None]
    return np.asarray(top, np.float32)


def _crack_depth(slabs: Slabs, settings: recipe.Bedrock) -> F32:
    """How much deeper [m] the cracks are, over their width: dust has filled them up to there."""
    if settings.crack <= 0.0:
        return np.zeros_like(slabs.edge)
    depth = min(settings.layer, CRACK_DEPTH)
    shoulder = (slabs.edge - np.float32(0.5 * settings.crack)) / np.float32(BEVEL)
    return np.asarray(np.float32(depth) * np.clip(1.0 - shoulder, 0.0, 1.0), np.float32)
