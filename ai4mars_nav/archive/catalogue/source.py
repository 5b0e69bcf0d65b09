"""What is ingested: sources made of units, each read at once and no more than once a state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.dataset import journal


@dataclass(frozen=True)
class Read:
    """What a unit says, and what in it could not be used, in words."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


class Source(Protocol):
    """A folder or file; it travels to other processes."""

    @property
    def place(self) -> str:
        """Kind and resolved path: what its units are known by."""
        ...

    @property
    def root(self) -> Path | None:
        """The folder whose images may be shown once it is ingested."""
        ...

    def units(self) -> Iterable[Unit]:
        """All that is there now."""
        ...

    def read(self, unit: Unit) -> Read:
        """One of them."""
        ...

    def odd(self) -> tuple[str, ...]:
        """What is there but belongs to no unit, in words."""
        ...


def unit_of(name: str, *files: Path) -> Unit:
    """A unit made of these files."""
    return Unit(name, journal.stamp((file.name, file) for file in files))
