"""The ground seen from above, in tiles: AI4Mars paper, section 4.2.

Every pixel with a point is dropped into the cell of the ground that it shows. What is further than
the limit has no cell. Cells follow the grids of the map: rows along y, columns along x, row 0 and
column 0 at the smallest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.settings import setting
from ai4mars_nav.terrain import CLASSES, UNKNOWN

F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class OrthoSettings:
    """How the ground is laid out."""

    cell: float = setting(0.05, "edge of a cell", unit="m", lo=0.005, hi=1.0)
    limit: float = setting(30.0, "ground further away is left out", unit="m", lo=1.0, hi=100.0)
    bridge: float = setting(
        0.3, "gaps between image rows up to this wide are closed", unit="m", lo=0.0, hi=5.0
    )
    edge: int = setting(256, "rows and columns of a tile", lo=16, hi=4096)
    least_seen: float = setting(0.25, "share of a tile that must be seen", lo=0.0, hi=1.0)


@dataclass(frozen=True)
class Ortho:
    """Grey values, labels and what was seen of the ground (rows, columns), all of one grid."""

    image: U8
    label: U8
    seen: Mask
    origin: tuple[float, float]
    """x, y of the outer corner of cell (0, 0), metres."""
    cells: NDArray[np.int64]
    """(h, w): which cell, counted row by row, each pixel of the image fell into; -1 for none."""


@dataclass(frozen=True)
class Tile:
    """A square of the ground; 0 and 255 where it reaches beyond what there is."""

    row: int
    column: int
    image: U8
    label: U8


def project(image: U8, label: U8, points: F32, settings: OrthoSettings = OrthoSettings()) -> Ortho:
    """The ground under the pixels of a grey image (h, w) with its label (h, w).

    `points` (h, w, 3) are metres, x forward, y left, z up, from the rover; nan where stereo found
    none. A cell has the mean of its grey values and its most frequent class.
    """
    if image.shape != label.shape or points.shape != (*image.shape, 3):
        raise DatasetError(
            f"image {image.shape}, label {label.shape}, points {points.shape}: must be of one size"
        )
    x, y = points[..., 0].astype(np.float64), points[..., 1].astype(np.float64)
    with np.errstate(invalid="ignore"):
        used = np.isfinite(points).all(axis=-1) & (np.hypot(x, y) <= settings.limit)
    if not used.any():
        raise DatasetError(f"no point within {settings.limit} m: nothing to project")
    columns, first_column = _whole(x[used], settings.cell)
    rows, first_row = _whole(y[used], settings.cell)
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    index = rows * shape[1] + columns
    cells = np.full(image.shape, -1, np.int64)
    cells[used] = index
    size = shape[0] * shape[1]
    counts = np.bincount(index, minlength=size)
    sums = np.bincount(index, weights=image[used].astype(np.float64), minlength=size)
    grey = np.round(sums / np.maximum(counts, 1)).astype(np.uint8).reshape(shape)
    seen = (counts > 0).reshape(shape)
    classes = _most_frequent(index, label[used], size).reshape(shape)
    closed = _bridged(grey, classes, seen, settings.bridge / settings.cell)
    origin = first_column * settings.cell, first_row * settings.cell
    return Ortho(*closed, origin, cells)


def to_image(values: U8, ortho: Ortho) -> U8:
    """Values (rows, columns) of the ground back on the image (h, w), 255 where it has no cell."""
    back: U8 = np.where(ortho.cells >= 0, values.ravel()[ortho.cells], UNKNOWN).astype(np.uint8)
    return back


def tiles(ortho: Ortho, settings: OrthoSettings = OrthoSettings()) -> Iterator[Tile]:
    """Squares side by side over the ground, those of which enough was seen."""
    edge = settings.edge
    height, width = ortho.seen.shape
    for row in range(0, height, edge):
        for column in range(0, width, edge):
            part = np.s_[row : row + edge, column : column + edge]
            if ortho.seen[part].sum() < max(1.0, settings.least_seen * edge * edge):
                continue
            image = np.zeros((edge, edge), np.uint8)
            label = np.full((edge, edge), UNKNOWN, np.uint8)
            rows, columns = ortho.seen[part].shape
            image[:rows, :columns] = ortho.image[part]
            label[:rows, :columns] = ortho.label[part]
            yield Tile(row, column, image, label)


def _whole(along: NDArray[np.float64], cell: float) -> tuple[NDArray[np.int64], int]:
    """Cells of coordinates, counted from the first, and which that is."""
    whole = np.floor(along / cell).astype(np.int64)
    first = int(whole.min())
    return whole - first, first


def _most_frequent(index: NDArray[np.int64], label: U8, size: int) -> U8:
    """The class that most labelled pixels of each cell have, 255 where none is labelled."""
    known = label != UNKNOWN
    keys = index[known] * len(CLASSES) + label[known]
    votes = np.bincount(keys, minlength=size * len(CLASSES)).reshape(size, len(CLASSES))
    classes: U8 = np.where(votes.any(axis=1), votes.argmax(axis=1), UNKNOWN).astype(np.uint8)
    return classes


def _bridged(grey: U8, classes: U8, seen: Mask, width: float) -> tuple[U8, U8, Mask]:
    """Gaps up to `width` cells wide filled from the nearest seen cell; edges do not grow."""
    radius = int(np.ceil(width / 2))
    if radius == 0:
        return grey, classes, seen
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    padded = cv2.copyMakeBorder(
        seen.astype(np.uint8), radius, radius, radius, radius, cv2.BORDER_CONSTANT, value=0
    )
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)[radius:-radius, radius:-radius] > 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    source = np.zeros(int(nearest.max()) + 1, np.int64)
    source[nearest[seen]] = np.flatnonzero(seen)
    filled = closed | seen
    take = source[nearest]
    grey = np.where(filled, grey.ravel()[take], 0).astype(np.uint8)
    classes = np.where(filled, classes.ravel()[take], UNKNOWN).astype(np.uint8)
    return grey, classes, filled
