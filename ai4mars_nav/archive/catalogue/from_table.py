"""The table that `ai4mars content classify` writes: classes of images, and landmarks of crops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.entry import Answer, Entry, Landmark
from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.origin import HIRISE
from ai4mars_nav.content.parquet_read import Parquet, read_parquet
from ai4mars_nav.content.table import FORMAT

LEAST = 0.05
"""Probability below which a class is not kept: of 25 classes, 23 are next to nothing."""
JOURNAL = "_journal.jsonl"
_TEXTS = ("image", "product", "instrument", "group", "class", "model")


@dataclass(frozen=True)
class TableSource:
    """The parts of a table that count; `images` is the folder that its paths are below."""

    folder: Path
    images: Path | None = None

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"table {self.folder}"

    @property
    def root(self) -> Path | None:
        """See `Source`."""
        return self.images

    def units(self) -> Iterator[Unit]:
        """See `Source`. A part counts if its line in the journal names images."""
        lines = (self.folder / JOURNAL).read_text(encoding="utf-8").splitlines(keepends=True)
        try:
            records = [json.loads(line) for line in lines if line.endswith("\n")]
            format_ = records[0]["format"]
            counting = {one["key"]: bool(one["images"]) for one in records[1:]}
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ArchiveError(f"{self.folder / JOURNAL}: not a table's journal") from error
        if format_ != FORMAT:
            raise ArchiveError(f"{self.folder}: its format is not {FORMAT}")
        for part, counts in counting.items():
            if counts and (path := self.folder / part).is_file():
                yield unit_of(part, path)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        try:
            table = read_parquet(self.folder / unit.name, (*_TEXTS, "probability"))
            return Read(tuple(self._entries(table)))
        except (ContentError, KeyError) as error:
            return Read((), (f"{self.folder / unit.name}: {error}",))

    def _entries(self, table: Parquet) -> Iterator[Entry]:
        """The images of a part, whose rows lie together, a class each in one order."""
        texts, shares = table.texts, _decimal(table.numbers["probability"])
        classes = _classes(table)
        for first in range(0, table.rows, len(classes)):
            image, product = texts["image"][first], texts["product"][first]
            model = texts["model"][first]
            mine = shares[first : first + len(classes)]
            file = None if self.images is None else str(self.images / image)
            if texts["instrument"][first] == HIRISE:
                best = int(mine.argmax())
                mark = Landmark(product, classes[best], float(mine[best]), file=file)
                whole = named(f"{texts['group'][first]}_RED", product)
                yield replace(whole, model=model, landmarks=(mark,))
                continue
            said = tuple(Answer(classes[k], float(mine[k])) for k in np.flatnonzero(mine >= LEAST))
            about = named(product, f"{(self.images or self.folder).name}/{image}")
            yield replace(about, model=model, answers=said, file=file)


def _decimal(shares: NDArray[np.float32]) -> NDArray[np.float64]:
    """0.9 in four bytes is a little less; what was meant is 0.9."""
    return np.asarray(np.round(shares.astype(np.float64), 6), np.float64)


def _classes(table: Parquet) -> list[str]:
    """The classes of each image, which are those of the first."""
    images, kinds = table.texts["image"], table.texts["class"]
    count = 0
    while count < table.rows and images[count] == images[0]:
        count += 1
    if count == 0 or table.rows % count:
        raise ContentError(f"{table.rows} rows are not {count} classes an image")
    return [kinds[row] for row in range(count)]
