"""Small pictures, made once and kept on disk: a bounded cache that may be deleted at any time."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.images import write_atomically

U8 = NDArray[np.uint8]
SIDES = (160, 320, 640, 1280)
"""Pixels of the longer side that may be asked for: others would fill the cache with one picture."""
_BUCKET = 512
"""Thumbnails in each of 256 folders, some 1.5 GB in all."""
_QUALITY = 85


def default_thumbnails() -> Path:
    """Where thumbnails are kept unless a caller says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ai4mars_nav" / "thumbnails"


class Thumbnails:
    """JPEGs by what they were made of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def jpeg(self, made_of: str, side: int, make: Callable[[], U8]) -> bytes:
        """The picture (h, w) or (h, w, 3) RGB of `make`, at most `side` pixels long.

        `made_of` names the source and its state: another state is another thumbnail.
        """
        name = hashlib.sha256(f"{made_of} {side}".encode()).hexdigest()
        path = self._folder / name[:2] / f"{name[2:34]}.jpg"
        with contextlib.suppress(FileNotFoundError):  # not yet, or it has just made room
            return path.read_bytes()
        content = encoded(shrunk(make(), side))
        self._make_room(path.parent)
        write_atomically(path, lambda part: part.write_bytes(content))
        return content

    def _make_room(self, bucket: Path) -> None:
        """The oldest of a full folder go."""
        kept = list(bucket.glob("*.jpg")) if bucket.is_dir() else []
        if len(kept) < _BUCKET:
            return
        for path in sorted(kept, key=_age)[: len(kept) - _BUCKET + 1]:
            path.unlink(missing_ok=True)


def shrunk(picture: U8, side: int) -> U8:
    """A picture whose longer side is at most `side`; never enlarged."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return picture
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def encoded(picture: U8) -> bytes:
    """(h, w) or (h, w, 3) RGB as a JPEG."""
    ordered = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
    _, coded = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(coded.tobytes())


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process made room, too
        return 0.0
