"""Which files may be shown: images below registered folders, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES

_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""Content type by the first bytes of a file, whatever its name says."""


class NotServed(ArchiveError):
    """A file that is not below a root, or is no image; why is not told to who asked."""


def url_of(roots: Sequence[Path], path: Path, side: int | None = None) -> str | None:
    """Where `/files` serves the file at `path`; None where no root covers it.

    With `side` the thumbnail of so many pixels. Roots are resolved folders.
    """
    real = path.resolve()
    for number, root in enumerate(roots):
        if real.is_relative_to(root):
            name = quote(real.relative_to(root).as_posix())
            return f"/files/{number}/{name}" + (f"?side={side}" if side else "")
    return None


def served(roots: Sequence[Path], number: int, name: str) -> Path:
    """The file `name` of a root: no way out of it by dots, links or hidden names."""
    if not 0 <= number < len(roots):
        raise NotServed(f"there is no root {number}")
    parts = name.split("/")
    if "\0" in name or "\\" in name or any(not p or p.startswith(".") for p in parts):
        raise NotServed(f"{name!r} is not the name of a file below a root")
    try:
        # links are followed first, so that what is judged is what would be read
        real = (roots[number] / name).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise NotServed(f"{name!r} cannot be found: {error}") from error
    return checked(roots, real)


def checked(roots: Sequence[Path], path: Path) -> Path:
    """An image below one of the roots, links followed."""
    real = path.resolve()
    if not any(real.is_relative_to(root) for root in roots):
        raise NotServed(f"{path} is below no registered root")
    if real.suffix.lower() not in IMAGE_SUFFIXES or not real.is_file():
        raise NotServed(f"{path} is no image file")
    return real


def kind_of(content: bytes) -> str:
    """The content type of an image by its own first bytes."""
    for start, kind in _KINDS.items():
        if content.startswith(start):
            return kind
    raise NotServed("not an image, whatever its name says")
