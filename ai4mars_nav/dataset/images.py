"""Grey images and label images as files: whole, checked, and written so that a kill leaves none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import (
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
_ENDS = {".png": b"IEND\xaeB`\x82", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}
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


def read_grey(path: Path) -> U8:
    """(h, w) uint8 of a whole 8-bit PNG or JPEG; cut short, in colour or in 16 bits is an error."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from error
    end = _ENDS.get(path.suffix.lower())
    if end is None:
        raise _unreadable(path, f"not an image type that is read here ({', '.join(_ENDS)})")
    if not raw.rstrip(b"\0").endswith(end):
        raise _unreadable(path, "truncated, the end marker is missing")
    pixels = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise _unreadable(path, "damaged, cannot be decoded as an image")
    if pixels.ndim == 3:
        grey = pixels[..., 0]
        if any((pixels[..., band] != grey).any() for band in (1, 2)):
            raise _unreadable(path, "a colour image, grey is needed")
        pixels = grey
    if pixels.dtype != np.uint8:
        raise _unreadable(path, f"{pixels.dtype} pixels, 8 bits are needed")
    return np.ascontiguousarray(pixels)


def read_colour(path: Path) -> U8:
    """(h, w, 3) uint8 RGB of a picture, grey or colour, for people to look at."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise _unreadable(path, "missing or damaged, cannot be decoded as an image")
    return np.asarray(pixels, np.uint8)


def read_label(path: Path, blank: int = UNKNOWN) -> U8:
    """(h, w) uint8 label values 0 to 3, and 255 where the file says `blank` or 255: no label."""
    label = read_grey(path)
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


def _unreadable(path: Path, text: str) -> BadInput:
    return BadInput(Problem(UNREADABLE, str(path), text))
