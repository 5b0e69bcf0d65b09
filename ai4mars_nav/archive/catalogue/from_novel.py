"""What `ai4mars content novel` found to be new: the score of each image that it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.content.novel_table import FORMAT

DOCUMENT = "novel.json"


@dataclass(frozen=True)
class NovelSource:
    """One folder of it; `images` is the folder that was looked through."""

    folder: Path
    images: Path | None = None

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"novelty {self.folder}"

    @property
    def root(self) -> Path | None:
        """See `Source`."""
        return self.images

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        yield unit_of(DOCUMENT, self.folder / DOCUMENT)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        try:
            about = json.loads((self.folder / unit.name).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                return Read((), (f"{self.folder}: its format is not {FORMAT}",))
            base = self.images or self.folder
            entries = (
                replace(
                    named(str(one["product"]), f"{base.name}/{one['image']}"),
                    novelty=float(one["score"]),
                    file=None if self.images is None else str(self.images / str(one["image"])),
                )
                for one in about["newest"]
            )
            return Read(tuple(entries))
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Read((), (f"{self.folder}: cannot be read as novelty: {error}",))
