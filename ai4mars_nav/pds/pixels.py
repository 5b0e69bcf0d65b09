"""The pixels of a product as what they mean: counts, points, ranges, and which are there."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import POINTS, Product

Array = NDArray[Any]
Seen = NDArray[np.bool_]
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_BRIGHT = 99.8
"""Percentile of the pixels that becomes white."""
_EVERY = 4
"""Pixels between those that are asked for it."""


def counts(product: Product) -> Array:
    """Pixels (bands, h, w) in native bytes, companding undone where the label says how."""
    return product.companding.restore(product.raster.read())


def valid(product: Product, pixels: Array) -> Seen:
    """Which pixels (h, w) of (bands, h, w) hold something: finite and not a stated constant."""
    if product.kind == POINTS:
        missing = np.ones(pixels.shape[1:], bool)
        for band, constant in zip(pixels, product.missing, strict=False):
            missing &= band == np.float32(constant)
        return ~missing & np.isfinite(pixels).all(axis=0)
    seen = np.ones(pixels.shape[1:], bool)
    if pixels.dtype.kind in "fc":
        seen &= np.isfinite(pixels).all(axis=0)
    for constant in product.missing:
        seen &= ~(pixels == constant).all(axis=0)
    return seen


def points(product: Product) -> F32:
    """XYZ (3, h, w) in metres in the product's frame, nan = none."""
    pixels = product.raster.read()
    if pixels.shape[0] != 3 or pixels.dtype.kind != "f":
        raise PdsError(
            product.path, "BANDS", f"{pixels.shape[0]} bands of {pixels.dtype}: XYZ has 3 of reals"
        )
    xyz: F32 = pixels.astype(np.float32, copy=False)
    xyz[:, ~valid(product, pixels)] = np.nan
    return xyz


def ranges(product: Product) -> F32:
    """Ranges (h, w) in metres, nan = none."""
    pixels = product.raster.read()
    if pixels.shape[0] != 1:
        raise PdsError(product.path, "BANDS", f"{pixels.shape[0]} bands: a range map has one")
    metres: F32 = pixels[0].astype(np.float32)
    metres[~valid(product, pixels) | ~(metres > 0.0)] = np.nan
    return metres


def grey(pixels: Array, bits: int, white: float | None) -> U8:
    """Counts (bands, h, w) to grey (h, w); of three bands, luminance.

    With `white` None the highest 8 of `bits` are taken, else `white` becomes 255.
    """
    if white is None and pixels.dtype == np.uint8 and bits <= 8:
        return _luminance(pixels)
    if white is None:
        return _luminance(_shifted(pixels, bits - 8))
    scaled = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    scaled *= np.float32(255.0 / white)
    return _luminance(np.clip(scaled, 0.0, 255.0).astype(np.uint8))


def white_level(product: Product, pixels: Array) -> float | None:
    """The value that is to become 255; None where the highest 8 bits do.

    Detector counts are taken as they are. Radiances, reals and counts of more bits than the label
    says have no white of their own: it is the 99.8th percentile of the pixels.
    """
    counted = pixels.dtype.kind in "ui" and not product.radiance
    if counted and int(pixels.max()) >> product.bits == 0:
        return None
    return bright_level(pixels)


def bright_level(pixels: Array) -> float:
    """The 99.8th percentile of what is over zero in pixels (bands, h, w)."""
    some = np.abs(pixels) if pixels.dtype.kind == "c" else pixels
    some = some[:, ::_EVERY, ::_EVERY] if min(some.shape[1:]) > 64 * _EVERY else some
    finite = some[np.isfinite(some) & (some > 0)]
    return float(np.percentile(finite, _BRIGHT)) if finite.size else 1.0


def _shifted(pixels: Array, down: int) -> U8:
    """Counts to their highest bits; what is below zero holds nothing and is black."""
    shifted = np.right_shift(pixels, max(down, 0))
    if pixels.dtype.kind == "i":
        np.maximum(shifted, 0, out=shifted)
    return shifted.astype(np.uint8)


def _luminance(bands: U8) -> U8:
    """Bands (bands, h, w) to (h, w): of red, green, blue their luminance, else the first."""
    if bands.shape[0] != 3:
        return np.ascontiguousarray(bands[0])
    return np.asarray(cv2.cvtColor(bands.transpose(1, 2, 0), cv2.COLOR_RGB2GRAY), np.uint8)
