"""A manifest of labelled images: files, sha256, sizes and how many pixels each class has."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import read_grey, write_text
from ai4mars_nav.dataset.layout import Frame, check_size, read_frame_label
from ai4mars_nav.terrain import CLASSES, UNKNOWN

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Entry:
    """One labelled image; paths are relative to the root, pixels are counted after masking."""

    product: str
    folder: str
    which: str
    image: str
    image_sha256: str
    label: str
    label_sha256: str
    height: int
    width: int
    soil: int
    bedrock: int
    sand: int
    big_rock: int
    blank: int

    @property
    def pixels(self) -> tuple[int, int, int, int]:
        """Labelled pixels of each class."""
        return (self.soil, self.bedrock, self.sand, self.big_rock)


_NUMBERS = ("height", "width", "soil", "bedrock", "sand", "big_rock", "blank")
_COLUMNS = tuple(field.name for field in fields(Entry))


def describe(root: Path, frame: Frame) -> Entry:
    """The manifest entry of a frame under root; image and label are read and compared."""
    image, label = read_grey_shape(frame.picture.image), read_frame_label(frame)
    check_size(frame.label, label, image)
    counts = count_classes(label)
    return Entry(
        frame.product,
        frame.picture.folder,
        frame.which,
        frame.picture.image.relative_to(root).as_posix(),
        sha256_of(frame.picture.image),
        frame.label.relative_to(root).as_posix(),
        sha256_of(frame.label),
        int(label.shape[0]),
        int(label.shape[1]),
        *(int(counts[c]) for c in CLASSES),
        int(label.size - counts.sum()),  # type: ignore[call-arg]
    )


def read_grey_shape(path: Path) -> tuple[int, ...]:
    """Rows and columns of an image that can be read whole."""
    return read_grey(path).shape


def count_classes(label: NDArray[np.uint8]) -> Counts:
    """Pixels of each class (4,) in label values of any shape."""
    return np.bincount(label.ravel(), minlength=UNKNOWN + 1)[: len(CLASSES)].astype(np.int64)


def composition(entries: Iterable[Entry]) -> NDArray[np.float64]:
    """Share of each class (4,) among the labelled pixels of all entries."""
    return class_shares(sum((np.array(e.pixels, np.int64) for e in entries), np.zeros(4, np.int64)))


def class_shares(counts: Counts) -> NDArray[np.float64]:
    """Share of each class (4,) among labelled pixels, from how many there are of each."""
    total = counts.sum()
    if total == 0:
        raise DatasetError("composition: no labelled pixel in any of the images")
    shares: NDArray[np.float64] = counts / total
    return shares


def label_weights(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The paper's weight of each class in training (4,): 1 - its share."""
    return 1.0 - shares


def write_manifest(path: Path, entries: Sequence[Entry]) -> None:
    """Write the entries as CSV with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in entries:
        writer.writerow([getattr(entry, name) for name in _COLUMNS])
    write_text(path, text.getvalue())


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """The entries of a manifest; another heading or a number that is none is an error."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: the manifest cannot be read: {error}") from error
    rows = csv.reader(io.StringIO(text))
    heading = next(rows, [])
    if tuple(heading) != _COLUMNS:
        raise DatasetError(f"{path}: not a manifest, its columns are not {', '.join(_COLUMNS)}")
    return tuple(_entry(path, line, row) for line, row in enumerate(rows, start=2))


def _entry(path: Path, line: int, row: list[str]) -> Entry:
    if len(row) != len(_COLUMNS):
        raise DatasetError(f"{path}: line {line} has {len(row)} of {len(_COLUMNS)} columns")
    texts, numbers = row[: -len(_NUMBERS)], row[-len(_NUMBERS) :]
    for name, number in zip(_NUMBERS, numbers, strict=True):
        if not number.isdecimal():
            raise DatasetError(f"{path}: line {line}, {name}: {number!r} is not a whole number")
    return Entry(*texts, *map(int, numbers))  # type: ignore[arg-type]


def changed(root: Path, entry: Entry) -> dict[str, str]:
    """What has become of files of an entry under root that are not what it says, by name."""
    digests = {entry.image: entry.image_sha256, entry.label: entry.label_sha256}
    found = {}
    for name, digest in digests.items():
        if not (root / name).is_file():
            found[name] = "is gone"
        elif sha256_of(root / name) != digest:
            found[name] = "has changed"
    return found


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
