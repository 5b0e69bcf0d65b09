"""What a labeller drew in the page, as a label image: by the code that reads everybody's drawings.

Coordinates are pixels of the image, x to the right and y down; pixel (0, 0) reaches from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import kernels
from ai4mars_nav.dataset.drawing import Drawing, Shape, rasterise
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.terrain import UNKNOWN

POLYGON, BRUSH = "polygon", "brush"
MOST_POINTS = 50_000
"""Of all shapes of an image."""
WIDEST = 1000.0
"""Pixels of a brush."""
_PASSES = 400
"""How often the brushes of one image may cover all of it: bounds the work, not what can be said."""
_FAR = 10_000.0
"""Pixels beyond the image that a point may be."""


@dataclass(frozen=True)
class Drawn:
    """One shape of the page; later ones lie on top."""

    value: int
    """Class, or 255 to take away what lies below."""
    type: str
    points: Sequence[tuple[float, float]]
    width: float = 0.0
    """Of a brush, pixels."""


def label_of(drawn: Sequence[Drawn], size: tuple[int, int], classes: Collection[int]) -> U8:
    """The label (h, w) of shapes on an image of rows x columns, 255 where nothing was drawn."""
    if sum(len(one.points) for one in drawn) > MOST_POINTS:
        raise ArchiveError(f"shapes of over {MOST_POINTS} points: simplify them")
    shapes = []
    ink = 0.0
    for at, one in enumerate(drawn, start=1):
        points = _points(one, at, size, classes)
        if one.type == POLYGON:
            shapes.append(Shape(one.value, points))
            continue
        ink += _length(points) * one.width + one.width**2
        if ink > _PASSES * size[0] * size[1]:
            raise ArchiveError("the brush went over the image too often: undo some of it")
        shapes.append(_stroke(points, one, size))
    return rasterise(Drawing("", "", size, tuple(shapes), "", ""))


def png_of(label: U8) -> bytes:
    """A label (h, w) as the bytes of a grey PNG."""
    done, coded = cv2.imencode(".png", label)
    assert done, "OpenCV writes PNG"
    return bytes(coded.tobytes())


def label_in(png: bytes) -> U8:
    """The label (h, w) of such bytes."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ArchiveError("a label in the store is no grey PNG of 8 bits")
    return np.asarray(pixels, np.uint8)


def _points(
    one: Drawn, at: int, size: tuple[int, int], classes: Collection[int]
) -> NDArray[np.float64]:
    """The checked points (n, 2) of a shape."""
    if one.value not in classes and one.value != UNKNOWN:
        raise ArchiveError(f"shape {at}: there is no class {one.value}")
    if one.type not in (POLYGON, BRUSH):
        raise ArchiveError(f"shape {at}: neither a {POLYGON} nor a {BRUSH}")
    least = 3 if one.type == POLYGON else 1
    if len(one.points) < least:
        raise ArchiveError(f"shape {at}: a {one.type} has {least} points at least")
    if one.type == BRUSH and not 0.0 < one.width <= WIDEST:
        raise ArchiveError(f"shape {at}: a brush is up to {WIDEST:.0f} pixels wide")
    points = np.array(one.points, np.float64).reshape(-1, 2)
    height, width = size
    # a nan is in no range either
    inside = (points >= -_FAR) & (points <= (width + _FAR, height + _FAR))
    if not inside.all():
        raise ArchiveError(f"shape {at}: a point far outside of the image")
    return points


def _length(points: NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum()) if len(points) > 1 else 0.0


def _stroke(points: NDArray[np.float64], one: Drawn, size: tuple[int, int]) -> Shape:
    """A brush with round ends as the mask of the part of the image that it reaches."""
    reach = one.width / 2 + 1.0
    low = np.floor(points.min(axis=0) - reach)
    high = np.ceil(points.max(axis=0) + reach)
    left, top = (max(0, int(v)) for v in low)
    right, bottom = min(size[1], int(high[0])), min(size[0], int(high[1]))
    if left >= right or top >= bottom:
        return Shape(one.value)
    mask = np.zeros((bottom - top, right - left), bool)
    kernels.fill_stroke(points - (left, top), one.width / 2, mask)
    return Shape(one.value, mask=mask, corner=(left, top))
