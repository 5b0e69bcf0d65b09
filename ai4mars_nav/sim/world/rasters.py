"""The rasters of a world as picture files: heights as TIFF in float32, classes as PNG.

The first row of a file is that of the largest y, as on a map.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.terrain import GROUNDS, Terrain

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


def write_raster(path: Path, layer: NDArray[np.generic]) -> None:
    """Write heights [m] or classes (rows, columns), rows along y."""
    if not cv2.imwrite(str(path), np.ascontiguousarray(layer[::-1])):
        raise SimError(f"{path}: cannot be written")


def read_heights(path: Path) -> F32:
    """Heights [m] (rows, columns), rows along y; a hole in them is an error."""
    heights = _read(path)
    if heights.dtype != np.float32 or heights.ndim != 2:
        raise SimError(f"{path}: must be one channel of float32, is {heights.dtype}")
    holes = np.argwhere(~np.isfinite(heights))
    if len(holes):
        row, column = holes[0]
        raise SimError(
            f"{path}: {len(holes)} cells have no height, the first in row {row}, column {column}"
        )
    return np.asarray(heights[::-1], np.float32).copy()


def read_classes(path: Path, shape: tuple[int, ...]) -> U8:
    """Label values (rows, columns) without big rocks, which are in the rock list."""
    return _read_values(path, shape, {int(t) for t in Terrain})


def read_hidden(path: Path, shape: tuple[int, ...]) -> U8:
    """Values of `terrain.GROUNDS` (rows, columns) without big rocks."""
    return _read_values(path, shape, {int(g) for g in GROUNDS})


def _read_values(path: Path, shape: tuple[int, ...], known: set[int]) -> U8:
    classes = _read(path)
    if classes.dtype != np.uint8 or classes.ndim != 2:
        raise SimError(f"{path}: must be one channel of 8 bits, is {classes.dtype}")
    if classes.shape != shape:
        raise SimError(f"{path}: is {classes.shape}, the heights are {shape}")
    known = known - {int(Terrain.BIG_ROCK)}
    unknown = sorted(set(np.unique(classes).tolist()) - known)
    if unknown:
        raise SimError(f"{path}: has label values {unknown}; there are {sorted(known)}")
    return np.asarray(classes[::-1], np.uint8).copy()


def bare(values: U8) -> U8:
    """Classes or grounds without big rocks: what is nearest to a rock goes on under it."""
    big = (values == Terrain.BIG_ROCK).astype(np.uint8)
    if not big.any():
        return values
    # labels number the cells that are no rock from 1 on, in scan order
    label = cv2.distanceTransformWithLabels(
        big, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    around = values[big == 0]
    return np.asarray(around[np.asarray(label, np.int64) - 1], np.uint8)


def _read(path: Path) -> NDArray[np.generic]:
    if not path.is_file():
        raise SimError(f"{path}: there is no such file")
    raster = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if raster is None:
        raise SimError(f"{path}: is not a picture that can be read")
    return np.asarray(raster)
