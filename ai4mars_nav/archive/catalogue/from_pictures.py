"""A folder of pictures: what their names say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ai4mars_nav.archive.catalogue.named import named
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class PictureSource:
    """All PNG and JPEG files of a folder and below."""

    folder: Path

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"pictures {self.folder}"

    @property
    def root(self) -> Path:
        """See `Source`."""
        return self.folder

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        for path in sorted(self.folder.rglob("*")):
            if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("."):
                yield unit_of(path.relative_to(self.folder).as_posix(), path)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`. The picture itself is not opened: thumbnails will tell if it is bad."""
        path = self.folder / unit.name
        if path.stat().st_size == 0:
            return Read((), (f"{path}: empty",))
        entry = named(path.stem, f"{self.folder.name}/{unit.name}")
        return Read((replace(entry, file=str(path)),))
