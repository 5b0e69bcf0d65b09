"""Grey images and label images as files: whole, checked, and written so that a kill leaves none."""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    UNKNOWN_VALUE,
    UNREADABLE,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.terrain import CLASSES, UNKNOWN

U8 = NDArray[np.uint8]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_DEPTH_AT = 24
"""Where a PNG says how many bits its pixels have."""
_KNOWN = np.zeros(256, bool)
_KNOWN[[*CLASSES, UNKNOWN]] = True


def files_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The visible files of a folder with one of these suffixes, in any case, by name."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in suffixes and not path.name.startswith(".")
    )


def once_each(
    paths: Sequence[Path], product_of: Callable[[Path], str], findings: Findings
) -> dict[str, Path]:
    """The first file of each product; further ones, in any spelling, are noted."""
    first: dict[str, tuple[str, Path]] = {}
    for path in paths:
        product = product_of(path)
        known = first.setdefault(product.lower(), (product, path))[1]
        if known is not path:
            text = f"{known.name} is of the same product; it is used"
            findings.note(Problem(DUPLICATE_PRODUCT, str(path), text))
    return dict(first.values())


def read_grey(path: Path) -> U8:
    """(h, w) uint8 of a whole 8-bit PNG or JPEG; cut short, in colour or in 16 bits is an error."""
    return _decode(path, whole_file(path))


def read_colour(path: Path) -> U8:
    """(h, w, 3) uint8 RGB of a picture, grey or colour, for people to look at."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise _unreadable(path, "missing or damaged, cannot be decoded as an image")
    return np.asarray(pixels, np.uint8)


def read_label(path: Path, blank: int = UNKNOWN) -> U8:
    """(h, w) uint8 label values 0 to 3, and 255 where the file says `blank` or 255: no label."""
    raw = whole_file(path)
    if raw.startswith(_PNG) and (bits := raw[_DEPTH_AT]) < 8:
        # decoders stretch fewer bits to 0..255, which would make another class of each
        raise _unreadable(path, f"{bits} bits a pixel, a label needs 8")
    label = _decode(path, raw)
    if blank != UNKNOWN:
        label[label == blank] = UNKNOWN
    found = np.bincount(label.ravel(), minlength=256) > 0
    if (strange := np.flatnonzero(found & ~_KNOWN)).size:
        text = f"{strange.tolist()}; labels hold {[int(c) for c in CLASSES]} and {UNKNOWN}"
        raise BadInput(Problem(UNKNOWN_VALUE, str(path), text))
    return label


def label_or_note(path: Path, findings: Findings) -> U8 | None:
    """What `read_label` gives, or None with a note where the file is bad."""
    try:
        return read_label(path)
    except BadInput as error:
        findings.note(error.problem)
        return None


def read_mask(path: Path) -> NDArray[np.bool_]:
    """(h, w), true where a rover (mxy) or range (rng-30m) mask hides the ground: not zero."""
    hidden: NDArray[np.bool_] = read_grey(path) != 0
    return hidden


def write_label(path: Path, label: U8) -> None:
    """Write label values (h, w) uint8 as a grey PNG."""
    write_image(path, label)


def write_image(path: Path, pixels: U8) -> None:
    """Write (h, w) grey or (h, w, 3) RGB uint8 in the format that the suffix names."""
    ordered = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    done, coded = cv2.imencode(path.suffix.lower(), np.ascontiguousarray(ordered))
    if not done:
        raise _unreadable(path, f"an image of {pixels.shape} cannot be written here")
    write_atomically(path, lambda part: part.write_bytes(coded.tobytes()))


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_atomically(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_atomically(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file beside `path` and give it that name once it is whole.

    Its temporary name is of this process alone, begins with a dot and never looks like an image.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror or error}") from error


def whole_file(path: Path) -> bytes:
    """The bytes of a PNG or JPEG file that is neither cut short nor, in a PNG, changed since."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from error
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        text = f"not an image type that is read here ({', '.join(IMAGE_SUFFIXES)})"
        raise _unreadable(path, text)
    if raw.startswith(_PNG):
        fault = _png_fault(raw)
    elif raw.startswith(_JPEG):
        whole = raw.rstrip(b"\0").endswith(_JPEG_END)
        fault = "" if whole else "truncated, the end marker is missing"
    else:
        fault = f"damaged, its {len(raw)} bytes are neither a PNG nor a JPEG"
    if fault:
        raise _unreadable(path, fault)
    return raw


def _png_fault(raw: bytes) -> str:
    """What is wrong with the chunks of a PNG (cut short, a checksum that does not fit), or ""."""
    at = len(_PNG)
    while at + 12 <= len(raw):
        end = at + 12 + int.from_bytes(raw[at : at + 4], "big")
        kind, told = raw[at + 4 : at + 8], raw[end - 4 : end]
        if end > len(raw):
            break
        if zlib.crc32(raw[at + 4 : end - 4]).to_bytes(4, "big") != told:
            return f"damaged, the checksum of its part {kind!r} does not fit"
        if kind == b"IEND":
            return ""
        at = end
    return "truncated, the end marker is missing"


def _decode(path: Path, raw: bytes) -> U8:
    pixels = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise _unreadable(path, "damaged, cannot be decoded as an image")
    if pixels.ndim == 3:
        if pixels.shape[2] == 4 and (pixels[..., 3] != 255).any():
            raise _unreadable(path, "has transparent pixels, grey ones are needed")
        grey = pixels[..., 0]
        if any((pixels[..., band] != grey).any() for band in (1, 2)):
            raise _unreadable(path, "a colour image, grey is needed")
        pixels = grey
    if pixels.dtype != np.uint8:
        raise _unreadable(path, f"{pixels.dtype} pixels, 8 bits are needed")
    return np.ascontiguousarray(pixels)


def _unreadable(path: Path, text: str) -> BadInput:
    return BadInput(Problem(UNREADABLE, str(path), text))
