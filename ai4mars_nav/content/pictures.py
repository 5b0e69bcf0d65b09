"""Pictures of an archive as RGB, each checked before memory is taken for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import UNREADABLE, BadInput, Problem
from ai4mars_nav.dataset.images import whole_file

U8 = NDArray[np.uint8]

LARGEST = 64_000_000
"""Pixels of the largest picture that is decoded: a whole HiRISE image belongs cut into pieces."""
LARGEST_WHOLE = 128_000_000
"""Pixels of the largest image that is decoded whole to look for landmarks in it."""
SMALLEST = 16
"""Rows and columns of the smallest picture in which anything could be told."""
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PNG = b"\x89PNG"
_COLOURS_AT, _WITH_ALPHA = 25, (4, 6)
"""Where a PNG says what its bands are, and what it says if one is transparency."""


def read_picture(path: Path) -> U8:
    """(h, w, 3) uint8 RGB of a PNG or JPEG; grey is three equal bands.

    Empty, damaged, cut short, 16 bits a pixel, transparent, tiny or huge is an error that says so.
    """
    raw = _checked(path, LARGEST)
    pixels = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise _unreadable(path, "damaged, cannot be decoded as an image")
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    if pixels.shape[2] == 4 and (pixels[..., 3] != 255).any():
        raise _unreadable(path, "has transparent pixels; what is behind them is not known")
    return np.ascontiguousarray(pixels[..., 2::-1])


def read_whole_grey(path: Path) -> U8:
    """(h, w) uint8 of a PNG or JPEG as large as a whole image from orbit: a byte a pixel.

    The same is refused as by `read_picture`, but for its size.
    """
    raw = _checked(path, LARGEST_WHOLE)
    if raw.startswith(_PNG) and raw[_COLOURS_AT] in _WITH_ALPHA:
        raise _unreadable(path, "has transparency; save it with its border in black")
    pixels = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise _unreadable(path, "damaged, cannot be decoded as an image")
    return np.asarray(pixels, np.uint8)


def _checked(path: Path, largest: int) -> bytes:
    """The bytes of a PNG or JPEG of 8 bits and a size that is decoded, told from its header."""
    raw = whole_file(path)
    width, height, bits = _header(path, raw)
    if bits != 8:
        text = f"{bits} bits a pixel; stretch it to 8, as its calibration asks for"
        raise _unreadable(path, text)
    if width * height > largest:
        text = f"{width} x {height} pixels, at most {largest} are decoded; cut it into pieces"
        raise _unreadable(path, text)
    if min(width, height) < SMALLEST:
        text = f"{width} x {height} pixels, at least {SMALLEST} each way are needed"
        raise _unreadable(path, text)
    return raw


def _header(path: Path, raw: bytes) -> tuple[int, int, int]:
    """Width, height and bits a band of a picture, from its header alone."""
    if raw.startswith(_PNG):
        # palettes and fewer bits come out of the decoder in 8
        size = int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")
        return *size, 16 if raw[24] == 16 else 8
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:
        if raw[at + 1] in _JPEG_FRAMES:
            height, width = (int.from_bytes(raw[i : i + 2], "big") for i in (at + 5, at + 7))
            return width, height, raw[at + 4]
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    raise _unreadable(path, "damaged, a JPEG without a frame header")


def _unreadable(path: Path, text: str) -> BadInput:
    return BadInput(Problem(UNREADABLE, str(path), text))
