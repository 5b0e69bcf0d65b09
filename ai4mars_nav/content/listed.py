"""Lists of `path class` lines, as Deep Mars has them, and the images that they name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.content.errors import UNKNOWN_INSTRUMENT, WRONG_CLASS, ContentError
from ai4mars_nav.content.origin import UNKNOWN, Origin, origin_of
from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    UNREADABLE,
    Findings,
    Problem,
)


@dataclass(frozen=True)
class Listed:
    """An image of a list: its file, its class number, and where it comes from."""

    name: str
    """The path as the list has it."""
    path: Path
    kind: int
    origin: Origin


def read_list(path: Path, images: Path, classes: int, findings: Findings) -> tuple[Listed, ...]:
    """The images of a list below the folder `images`, class numbers below `classes`.

    The folder is the one that the paths begin in, or the one in which all of the images lie.
    A missing image, a strange class and a second line of one image are noted and left out.
    """
    found: dict[Path, Listed] = {}
    for at, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        name, number = _parts(path, at, line)
        where = f"{path}:{at}"
        if number >= classes:
            text = f"{name} is of class {number}; there are {classes}, from 0"
            findings.note(Problem(WRONG_CLASS, where, text))
        elif (file := file_of(images, name)) is None:
            findings.note(Problem(UNREADABLE, where, f"{images / name} is not there"))
        elif file in found:
            text = f"{name} was listed before, as class {found[file].kind}; that is used"
            findings.note(Problem(DUPLICATE_PRODUCT, where, text))
        else:
            found[file] = Listed(name, file, number, origin_of(file.stem))
    if not found:
        raise ContentError(f"{path}: no line of it names an image in {images} and a class")
    return tuple(found.values())


def strangers(origins: dict[str, Origin]) -> list[Problem]:
    """Images of no instrument that is known here: they are classified all the same, and named."""
    return [
        Problem(UNKNOWN_INSTRUMENT, name, "its name is no product id of an instrument known here")
        for name, origin in origins.items()
        if origin.instrument == UNKNOWN
    ]


def support(listed: tuple[Listed, ...], classes: int) -> tuple[int, ...]:
    """How many images of each class."""
    counts = Counter(one.kind for one in listed)
    return tuple(counts[kind] for kind in range(classes))


def _parts(path: Path, at: int, line: str) -> tuple[str, int]:
    name, _, number = line.strip().rpartition(" ")
    if not name or not number.isdecimal():
        raise ContentError(f"{path}:{at}: {line!r}; a list has lines of `path class number`")
    return name.strip(), int(number)


def file_of(images: Path, name: str) -> Path | None:
    """The file that a list calls `name`, in the folder of the images or one below it."""
    for path in (images / name, images / Path(name).name):
        if path.is_file():
            return path
    # HiRISE lists its crops without the folder that they lie in
    below = [folder / name for folder in sorted(images.glob("*/"))]
    return next((path for path in below if path.is_file()), None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: cannot be read as a list: {error}") from error
