"""What `ai4mars content landmarks` found in whole images: boxes with their classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ai4mars_nav.archive.catalogue.entry import Entry, Landmark
from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.landmark_table import FORMAT
from ai4mars_nav.content.parquet_read import Parquet, read_parquet

DOCUMENT, TABLE = "landmarks.json", "landmarks.parquet"
_EDGES = ("box_left", "box_top", "box_right", "box_bottom")
_WANTED = ("image", "class", "landmark", "probability", *_EDGES)


@dataclass(frozen=True)
class LandmarkSource:
    """One folder of them; `images` is where the images are, if their names do not say."""

    folder: Path
    images: Path | None = None

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"landmarks {self.folder}"

    @property
    def root(self) -> Path | None:
        """See `Source`."""
        return self.images

    def units(self) -> Iterator[Unit]:
        """See `Source`. All of it is one unit: an image's counts stand in another file."""
        yield unit_of(TABLE, self.folder / DOCUMENT, self.folder / TABLE)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        try:
            about = json.loads((self.folder / DOCUMENT).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                return Read((), (f"{self.folder}: its format is not {FORMAT}",))
            marks = _marks(read_parquet(self.folder / unit.name, _WANTED))
            entries = [
                self._entry(name, one["width"], one["height"], tuple(marks.get(name, ())))
                for name, one in about["images"].items()
            ]
            return Read(tuple(replace(entry, model=about["model"]) for entry in entries))
        except (OSError, ValueError, KeyError, TypeError, ContentError) as error:
            return Read((), (f"{self.folder}: cannot be read as landmarks: {error}",))

    def _entry(self, name: str, width: int, height: int, marks: tuple[Landmark, ...]) -> Entry:
        path = Path(name) if self.images is None else self.images / name
        return replace(
            named(path.stem, f"{self.folder.name}/{name}"),
            file=str(path.resolve()) if path.is_file() else None,
            width=width, height=height, landmarks=marks, all_landmarks=True,
        )  # fmt: skip


def _marks(table: Parquet) -> dict[str, list[Landmark]]:
    """The landmarks of each image."""
    found: dict[str, list[Landmark]] = {}
    numbers = {name: table.numbers[name].tolist() for name in ("landmark", "probability", *_EDGES)}
    for row in range(table.rows):
        left, top, right, bottom = (float(numbers[edge][row]) for edge in _EDGES)
        box = (left, top, right - left, bottom - top)
        sure = round(numbers["probability"][row], 6)
        one = Landmark(f"landmark {numbers['landmark'][row]}", table.texts["class"][row], sure, box)
        found.setdefault(table.texts["image"][row], []).append(one)
    return found
