"""What the search page keeps between requests: `request.app.state.search`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.archive.catalogue.finder import Finder
from ai4mars_nav.archive.catalogue.usage import Usage
from ai4mars_nav.archive.catalogue.vectors import Neighbours
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.web.thumbnails import Thumbnails, default_thumbnails


@dataclass(frozen=True)
class Search:
    """The catalogue as it is asked, small pictures, what was asked for, what looks alike."""

    finder: Finder
    thumbnails: Thumbnails
    usage: Usage
    neighbours: Neighbours


def open_search(database: Database, keep: Path | None) -> Search:
    """With `keep` the index and the thumbnails are kept in that folder."""
    index = None if keep is None else keep / "columns"
    small = default_thumbnails() if keep is None else keep / "thumbnails"
    return Search(Finder(database, index), Thumbnails(small), Usage(database), Neighbours(database))
