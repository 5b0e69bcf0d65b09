"""The products in files and folders: each one once, what cannot be read named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import Product, read_product

SUFFIXES = (".lbl", ".xml", ".img", ".vic")
"""Of labels and products; of several with one name in a folder, the first kind is read."""


@dataclass(frozen=True)
class LeftOut:
    """A file that is not in a bag, and why."""

    path: Path
    reason: str


def find_files(sources: Iterable[Path]) -> list[Path]:
    """The products named, and those in the folders named and below, sorted by name."""
    found: dict[tuple[Path, str], Path] = {}
    for source in sources:
        for path in _files_of(source):
            key = (path.parent, path.stem.lower())
            known = found.get(key)
            if known is None or _priority(path) < _priority(known):
                found[key] = path
    return sorted(found.values(), key=lambda path: (path.name, str(path)))


def read_products(paths: Iterable[Path]) -> Iterator[Product | LeftOut]:
    """The product of each file, or why it is none."""
    return map(_read, paths)


def _read(path: Path) -> Product | LeftOut:
    try:
        return read_product(path)
    except PdsError as error:
        return LeftOut(path, f"{error.keyword}: {error.text}")


def _files_of(source: Path) -> Iterator[Path]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path
    elif source.is_file():
        yield source
    else:
        raise PdsError(source, "SOURCE", "there is no such file or folder")


def _priority(path: Path) -> int:
    suffix = path.suffix.lower()
    return SUFFIXES.index(suffix) if suffix in SUFFIXES else len(SUFFIXES)
