"""What an image costs in bytes: measured by compressing it, and how budgets are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.settings import SettingsError

U8 = NDArray[np.uint8]

UNITS = {"": 1, "B": 1, "kB": 1000, "MB": 1000_000}


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image in its two forms."""

    thumbnail: int
    whole: int


def thumbnail(picture: U8, side: int) -> U8:
    """(h, w) or (h, w, 3) made smaller, so that its longer side is `side` pixels at most."""
    height, width = picture.shape[:2]
    shrink = min(1.0, side / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(picture: U8, quality: int) -> bytes:
    """The JPEG of grey (h, w) or RGB (h, w, 3)."""
    stored = picture if picture.ndim == 2 else picture[..., ::-1]
    _, coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(coded)


def bytes_of(text: str) -> int:
    """`2 MB`, `500kB` or `123456` as bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?(B|kB|MB|)", text.strip())
    if match is None:
        raise SettingsError(f"budget {text!r} is no number of bytes, kB or MB, such as `2 MB`")
    count = round(float(match[1]) * UNITS[match[2]])
    if count < 1:
        raise SettingsError(f"budget {text!r} is nothing; a pass carries one byte at least")
    return count
