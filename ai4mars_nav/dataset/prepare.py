"""What labellers are shown: the ground beyond 30 m darkened, a scale bar lying on the ground.

AI4Mars paper, section 3.1.1. Ranges are metres from the camera, (h, w) float32, nan where stereo
found none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import SIZES_DIFFER, UNREADABLE, BadInput, DatasetError, Problem
from ai4mars_nav.dataset.images import U8, read_grey
from ai4mars_nav.dataset.product import Product, parse_product
from ai4mars_nav.settings import setting

F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]

BARS = {"curiosity": 0.50, "spirit": 0.20, "opportunity": 0.20}
"""Metres that the scale bar shows. The paper gives none for Perseverance."""
_WHITE = 255


@dataclass(frozen=True)
class PrepareSettings:
    """How images are made ready for labelling."""

    limit: float = setting(30.0, "ground beyond this range is darkened", unit="m", lo=1.0)
    darken: float = setting(0.3, "brightness that is left beyond the limit", lo=0.0, hi=1.0)
    focal: float = setting(
        1220.0, "focal length of a frame 1024 pixels wide (NAVCAMs)", unit="px", lo=1.0
    )
    bar: float = setting(0.0, "length of the scale bar; 0 is the rover's own", unit="m", lo=0.0)


def bar_length(settings: PrepareSettings, product: Product) -> float:
    """Metres of the scale bar for a product."""
    if settings.bar > 0.0:
        return settings.bar
    if product.rover not in BARS:
        raise DatasetError(
            f"{product.name}: no scale bar is agreed for {product.rover}, set its length (bar)"
        )
    return BARS[product.rover]


def beyond(ranges: F32, limit: float) -> Mask:
    """(h, w), true where the ground is further than the limit, or sky.

    Where there is no range, a pixel is beyond if nothing above it in its column is nearer than the
    limit: holes in the foreground stay bright, sky and haze do not.
    """
    near = ranges <= limit
    seen_near = np.maximum.accumulate(near, axis=0)
    mask: Mask = (ranges > limit) | (np.isnan(ranges) & ~seen_near)
    return mask


def scale_bar(ranges: F32, length: float, focal: float, limit: float) -> NDArray[np.int32] | None:
    """Corners (4, 2) x, y of a bar `length` metres wide that lies on the ground; None without one.

    It lies across the middle column, in the rows that are nearest to the middle of the image where
    the range is known and within the limit. Its upper edge is as long as its lower one on the
    ground, so shorter in the image: a trapezoid.
    """
    height, width = ranges.shape
    thick = max(2, height // 64)
    half = max(1, width // 64)
    middle = ranges[:, width // 2 - half : width // 2 + half]
    known = np.isfinite(middle).any(axis=1)
    distance = np.full(height, np.nan)
    distance[known] = np.nanmedian(middle[known], axis=1)
    tops = np.arange(height - thick)
    usable = (distance[tops + thick] > 0.0) & (distance[tops] <= limit)
    usable &= distance[tops] >= distance[tops + thick]
    if not usable.any():
        return None
    rows = tops[usable]
    top = int(rows[np.argmin(np.abs(rows + thick / 2 - height / 2))])
    corners = []
    for row, sides in ((top, (-0.5, 0.5)), (top + thick, (0.5, -0.5))):
        pixels = focal * length / distance[row]
        corners += [(width / 2 + side * pixels, row) for side in sides]
    return np.round(np.array(corners)).astype(np.int32)


def prepare(image: U8, ranges: F32, length: float, settings: PrepareSettings) -> tuple[U8, bool]:
    """The grey image (h, w) as labellers see it, and whether a scale bar could be drawn."""
    if image.shape != ranges.shape:
        raise DatasetError(f"image of {image.shape}, ranges of {ranges.shape}: must be the same")
    shown = image.copy()
    far = beyond(ranges, settings.limit)
    shown[far] = (settings.darken * shown[far]).astype(np.uint8)
    focal = settings.focal * image.shape[1] / 1024
    corners = scale_bar(ranges, length, focal, settings.limit)
    if corners is not None:
        cv2.fillConvexPoly(shown, corners, _WHITE)
    return shown, corners is not None


def prepare_file(path: Path, ranges: Path, settings: PrepareSettings) -> tuple[U8, bool]:
    """The image of a product as labellers see it, with the ranges of its name in a folder."""
    image = read_grey(path)
    product = parse_product(path.stem)
    names = [ranges / f"{path.stem}{suffix}" for suffix in (".npy", ".png")]
    found = next((name for name in names if name.exists()), None)
    if found is None:
        text = f"no ranges, neither {names[0]} nor {names[1].name}"
        raise BadInput(Problem(UNREADABLE, str(path), text))
    return prepare(image, read_ranges(found, image.shape), bar_length(settings, product), settings)


def read_ranges(path: Path, shape: tuple[int, ...]) -> F32:
    """Ranges in metres (h, w), nan = none, of an .npy (metres) or a 16-bit .png (millimetres)."""
    try:
        stored = np.load(path, allow_pickle=False) if path.suffix == ".npy" else _millimetres(path)
    except (OSError, ValueError) as error:
        text = f"no range image can be read: {error}"
        raise BadInput(Problem(UNREADABLE, str(path), text)) from error
    ranges = np.array(stored, np.float32)
    if ranges.shape != shape:
        text = f"ranges of {ranges.shape}, the image has {shape} rows and columns"
        raise BadInput(Problem(SIZES_DIFFER, str(path), text))
    ranges[~(np.isfinite(ranges) & (ranges > 0.0))] = np.nan
    return ranges


def _millimetres(path: Path) -> F32:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise ValueError("not a 16-bit grey PNG of millimetres")
    return (pixels / 1000.0).astype(np.float32)
