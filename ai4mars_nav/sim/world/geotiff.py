"""Elevation models: heights and metres per pixel of a GeoTIFF, classic or BigTIFF.

OpenCV reads the picture; what OpenCV leaves out, the pixel scale and the mark of missing heights,
is read from the file's directory here (TIFF 6.0, BigTIFF, GeoTIFF 1.1).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError

F64 = NDArray[np.float64]

PIXEL_SCALE, NO_DATA, MODEL_TYPE = 33550, 42113, 1024
GEO_KEYS = 34735
GEOGRAPHIC = 2
"""Model type of a file whose pixels are degrees."""
_TYPES = {1: "B", 2: "s", 3: "H", 4: "I", 11: "f", 12: "d", 16: "Q"}
LOWEST, HIGHEST = -20000.0, 30000.0
"""Metres: what lies beyond is a mark for missing, whatever the file says (Mars: -8200, 21200)."""


@dataclass(frozen=True)
class ElevationModel:
    """Heights [m] (rows, columns), north first, nan where there is none, and metres per pixel."""

    heights: F64
    pixel: float


def read_elevation(path: Path) -> ElevationModel:
    """The elevation model of a GeoTIFF."""
    if not path.is_file():
        raise SimError(f"{path}: there is no such file")
    tags = _tags(path)
    scale = tags.get(PIXEL_SCALE, ())
    if len(scale) < 2:
        raise SimError(f"{path}: has no ModelPixelScale tag, so its pixels have no size")
    keys = tags.get(GEO_KEYS, ())
    if (MODEL_TYPE, 0, 1, GEOGRAPHIC) in {keys[i : i + 4] for i in range(4, len(keys), 4)}:
        raise SimError(f"{path}: its pixels are degrees; project it to metres first")
    across, along = scale[0], scale[1]
    if not 0.0 < across < 1e4 or abs(across - along) > 1e-3 * across:
        raise SimError(f"{path}: pixels of {across:g} x {along:g} m; they must be square")
    heights = _heights(path)
    missing = ~np.isfinite(heights) | (heights < LOWEST) | (heights > HIGHEST)
    told = tags.get(NO_DATA, ())
    if told and isinstance(told[0], bytes):
        try:
            missing |= heights == float(told[0].split(b"\0")[0])
        except ValueError as error:
            raise SimError(f"{path}: its GDAL_NODATA tag is {told[0]!r}") from error
    return ElevationModel(np.where(missing, np.nan, heights), across)


def _heights(path: Path) -> F64:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise SimError(f"{path}: is not a TIFF picture that can be read")
    if picture.ndim != 2 or picture.dtype.kind not in "fiu" or picture.dtype == np.uint8:
        raise SimError(f"{path}: must be one channel of heights in metres, is {picture.dtype}")
    return np.asarray(picture, np.float64)


Values = tuple[Any, ...]


def _tags(path: Path) -> dict[int, Values]:
    """Number and values of the tags of the first directory."""
    data = path.read_bytes()
    try:
        return _directory(data)
    except (struct.error, KeyError, IndexError) as error:
        raise SimError(f"{path}: is not a TIFF file: {error}") from error


def _directory(data: bytes) -> dict[int, Values]:
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    version = struct.unpack_from(order + "H", data, 2)[0]
    wide = {42: False, 43: True}[version]
    (at,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 8 if wide else 4)
    (count,) = struct.unpack_from(order + ("Q" if wide else "H"), data, at)
    at += 8 if wide else 2
    entry, room = (20, 8) if wide else (12, 4)
    tags: dict[int, Values] = {}
    for i in range(count):
        where = at + i * entry
        tag, kind, number = struct.unpack_from(order + ("HHQ" if wide else "HHI"), data, where)
        if kind not in _TYPES:
            continue
        code = f"{order}{number}{_TYPES[kind]}"
        where += entry - room
        if struct.calcsize(code) > room:
            (where,) = struct.unpack_from(order + ("Q" if wide else "I"), data, where)
        if tag in (PIXEL_SCALE, NO_DATA, GEO_KEYS):
            tags[tag] = struct.unpack_from(code, data, where)
    return tags
