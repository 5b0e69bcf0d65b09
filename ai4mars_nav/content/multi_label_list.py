"""Lists of images that show several classes: a CSV with a column a class, or AI4Mars masks."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.label_set import LabelSet
from ai4mars_nav.content.listed import file_of
from ai4mars_nav.content.origin import Origin, origin_of
from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    UNKNOWN_VALUE,
    UNREADABLE,
    Findings,
    Problem,
)

I8 = NDArray[np.int8]

NOT_SAID = -1
"""Label of a class of which nobody said whether the image shows it."""
IMAGE = "image"
"""Header of the column that names the image."""
_CELLS: Mapping[str, int] = {"1": 1, "0": 0, "": NOT_SAID}


@dataclass(frozen=True)
class Shown:
    """An image of a list, its labels (classes,) of 1, 0 or NOT_SAID, and where it comes from."""

    name: str
    """As the list has it."""
    path: Path
    labels: I8
    origin: Origin


def read_shown(
    path: Path, images: Path, label_set: LabelSet, findings: Findings
) -> tuple[Shown, ...]:
    """The images below the folder `images` that a CSV names, with what they show.

    Its header is `image` and the name or code of each class, in any order; cells are 1, 0 or empty
    for not said. A missing image, another value and a second line of an image are noted and left
    out.
    """
    rows = _rows(path)
    columns = _columns(path, rows[0], label_set)
    found: dict[Path, Shown] = {}
    for at, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        where = f"{path}:{at}"
        if len(row) != len(rows[0]):
            raise ContentError(f"{where}: has {len(row)} cells, the header {len(rows[0])}")
        name = row[columns[IMAGE]]
        cells = [row[columns[name]].strip() for name in label_set.names]
        if strange := [cell for cell in cells if cell not in _CELLS]:
            text = f"{strange[0]!r}; a cell is 1, 0 or empty"
            findings.note(Problem(UNKNOWN_VALUE, where, text))
        elif (file := file_of(images, name)) is None:
            findings.note(Problem(UNREADABLE, where, f"{images / name} is not there"))
        elif file in found:
            text = f"{name} was listed before; that line is used"
            findings.note(Problem(DUPLICATE_PRODUCT, where, text))
        else:
            labels = np.array([_CELLS[cell] for cell in cells], np.int8)
            found[file] = Shown(name, file, labels, origin_of(file.stem))
    if not found:
        raise ContentError(f"{path}: no line of it names an image in {images}")
    return tuple(found.values())


def labels_matrix(shown: Sequence[Shown]) -> I8:
    """(n, classes) labels of images."""
    return np.stack([one.labels for one in shown])


def support(labels: I8) -> tuple[int, ...]:
    """How many images show each class, of labels (n, classes)."""
    return tuple(int(count) for count in (labels == 1).sum(axis=0))


def _columns(path: Path, header: Sequence[str], label_set: LabelSet) -> dict[str, int]:
    """Where the image and each class by its name stand in a row."""
    by_word = {IMAGE: IMAGE}
    for one in label_set.classes:
        by_word |= {word: one.name for word in (one.name, one.code) if word}
    columns: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = by_word.get(cell.strip())
        if name is None:
            known = ", ".join(by_word)
            raise ContentError(f"{path}: its header has {cell!r}; there are {known}")
        if name in columns:
            raise ContentError(f"{path}: its header has {name!r} twice")
        columns[name] = at
    if missing := [name for name in (IMAGE, *label_set.names) if name not in columns]:
        raise ContentError(f"{path}: its header has no {missing[0]!r}")
    return columns


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ContentError(f"{path}: cannot be read as a list: {error}") from error
    if len(rows) < 2:
        raise ContentError(f"{path}: has no line but a header; `image` and a column a class")
    return rows
