"""What a labeller drew on one image, as shapes, and how it becomes a label image."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset import kernels
from ai4mars_nav.dataset.errors import (
    DUPLICATE_PRODUCT,
    LABELLED_TWICE,
    OPEN_POLYGON,
    STRANGE_NAME,
    UNKNOWN_CLASS,
    UNREADABLE,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.images import read_label, write_label
from ai4mars_nav.terrain import NAMES, UNKNOWN

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

_LONGEST = 20_000
"""Rows or columns of an image at most."""
_GAP = 0.05
"""A freehand line is closed if its ends are nearer than this share of its length."""


@dataclass(frozen=True)
class Shape:
    """A closed outline (n, 2) x, y in pixels, or a mask (h, w) with its upper left corner."""

    terrain: int
    outline: F64 | None = None
    mask: NDArray[np.bool_] | None = None
    corner: tuple[int, int] = (0, 0)
    """Column and row of the mask's first pixel."""


@dataclass(frozen=True)
class Drawing:
    """The shapes that a labeller drew on an image of rows x columns; later ones lie on top."""

    product: str
    labeller: str
    size: tuple[int, int]
    shapes: tuple[Shape, ...]
    where: str
    """File and record, for messages."""
    source: str
    """What the export calls the image: two of them for one product are a mistake."""


def rasterise(drawing: Drawing) -> U8:
    """The label (h, w) of a drawing, 255 where nothing was drawn."""
    label = np.full(drawing.size, UNKNOWN, np.uint8)
    for shape in drawing.shapes:
        if shape.outline is not None:
            kernels.fill_polygon(shape.outline, shape.terrain, label)
        if shape.mask is not None:
            column, row = shape.corner
            rows, columns = shape.mask.shape
            label[row : row + rows, column : column + columns][shape.mask] = shape.terrain
    return label


def outline_of(
    points: F64, closed: bool | None, where: str, findings: Findings, freehand: bool = False
) -> F64 | None:
    """The outline (n, 2) of an area, or None with a note where the drawn line does not close.

    `closed` is what the export says of it. Where it says nothing, a polygon tool has closed its
    shape, and a freehand line is closed if its ends nearly meet.
    """
    if len(points) < 3:
        findings.note(Problem(OPEN_POLYGON, where, f"{len(points)} points enclose nothing"))
        return None
    if not np.isfinite(points).all():
        findings.note(Problem(OPEN_POLYGON, where, "a point without coordinates"))
        return None
    gap = float(np.hypot(*(points[0] - points[-1])))
    if closed is None:
        length = np.hypot(*np.diff(points, axis=0).T).sum()
        closed = not freehand or gap <= _GAP * length
    if not closed and gap > 0.0:
        text = f"{len(points)} points, the ends are {gap:.0f} pixels apart"
        findings.note(Problem(OPEN_POLYGON, where, text))
        return None
    return points


def terrain_of(name: str, aliases: Mapping[str, int], where: str, findings: Findings) -> int | None:
    """The class that an export calls `name`; an unknown one is noted."""
    key = _plain(name)
    known = {_plain(n): value for value, n in enumerate(NAMES)} | {
        "bigrocks": NAMES.index("big rock")
    }
    known |= {_plain(alias): value for alias, value in aliases.items()}
    if key not in known:
        text = f"{name!r} is none of {', '.join(NAMES)}; say which it is"
        findings.note(Problem(UNKNOWN_CLASS, where, text))
        return None
    return known[key]


def parse_alias(text: str) -> tuple[str, int]:
    """`their name=our name` as their name and our class."""
    theirs, _, ours = text.rpartition("=")
    names = [_plain(name) for name in NAMES]
    if not theirs or _plain(ours) not in names:
        raise DatasetError(f"{text!r} is not THEIR NAME=OUR NAME, ours are {', '.join(NAMES)}")
    return theirs, names.index(_plain(ours))


def once_each(drawings: Iterable[Drawing], findings: Findings) -> Iterator[Drawing]:
    """The first drawing of each labeller of each image; further ones are noted.

    So is a product that the export has as two different images: the first is taken.
    """
    seen: set[tuple[str, str]] = set()
    sources: dict[str, str] = {}
    for drawing in drawings:
        product, labeller = drawing.product.lower(), drawing.labeller.lower()
        if problem := _odd(drawing):
            findings.note(problem)
        elif sources.setdefault(product, drawing.source) != drawing.source:
            text = f"{drawing.product} is {sources[product]} already, here {drawing.source}"
            findings.note(Problem(DUPLICATE_PRODUCT, drawing.where, text))
        elif (product, labeller) in seen:
            text = f"{drawing.labeller} labelled {drawing.product} before; the first is used"
            findings.note(Problem(LABELLED_TWICE, drawing.where, text))
        else:
            seen.add((product, labeller))
            yield drawing


def _odd(drawing: Drawing) -> Problem | None:
    """What a drawing lacks to become a file."""
    for what, name in (("image", drawing.product), ("labeller", drawing.labeller)):
        if not name.strip():
            return Problem(STRANGE_NAME, drawing.where, f"the {what} has no name")
    if not all(1 <= edge <= _LONGEST for edge in drawing.size):
        text = f"an image of {drawing.size[0]} rows and {drawing.size[1]} columns"
        return Problem(UNREADABLE, drawing.where, text)
    return None


def write_drawing(drawing: Drawing, raw: Path) -> Problem | None:
    """Write the label of a drawing to RAW/<product>/<labeller>.png.

    Another label that is there already is not overwritten: the problem.
    """
    path = raw / file_name(drawing.product) / f"{file_name(drawing.labeller)}.png"
    label = rasterise(drawing)
    if not path.exists():
        write_label(path, label)
    elif not np.array_equal(read_label(path), label):
        text = f"another label of theirs is in {path}; it is kept"
        return Problem(LABELLED_TWICE, drawing.where, text)
    return None


def product_in(path: str) -> str:
    """The product id in a file name, path or address of an image."""
    name = PurePosixPath(path.replace("\\", "/").split("?")[0]).name
    return PurePosixPath(name).stem


def file_name(labeller: str) -> str:
    """A labeller's name as a file name; what had to be replaced is kept apart by a digest."""
    safe = re.sub(r"[^A-Za-z0-9_@.-]", "_", labeller).lstrip(".")
    if safe == labeller:
        return safe
    return f"{safe}-{hashlib.sha256(labeller.encode()).hexdigest()[:6]}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
