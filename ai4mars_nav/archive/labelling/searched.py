"""The pictures that a search of the catalogue finds, to be labelled."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from ai4mars_nav.archive.catalogue.export import records
from ai4mars_nav.archive.catalogue.finder import Finder
from ai4mars_nav.archive.catalogue.query import read_query
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES


def searched_paths(database: Database, address: str) -> list[Path]:
    """The files of all pictures that the search page of this address finds, in its order."""
    query = read_query(parse_qsl(urlsplit(address).query))
    files = [one.file for one in records(database, Finder(database), query) if one.file]
    paths = [Path(file) for file in files if Path(file).suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise ArchiveError(
            f"{address[:300]}: finds no picture ({', '.join(IMAGE_SUFFIXES)}) that can be labelled"
        )
    return paths
