"""A result taken away: rows for a table, names, or the PDS products as a bag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ai4mars_nav.archive.catalogue import search
from ai4mars_nav.archive.catalogue.finder import Finder
from ai4mars_nav.archive.catalogue.query import Query
from ai4mars_nav.archive.catalogue.records import Record, records_of
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.pds.convert import ConvertSettings, convert
from ai4mars_nav.pds.find import SUFFIXES
from ai4mars_nav.pds.report import Report

HEADER = (
    "name", "mission", "instrument", "target", "site", "drive", "sol", "time_ns", "north_m",
    "east_m", "heading_deg", "sun_azimuth_deg", "sun_elevation_deg", "soil", "bedrock", "sand",
    "big_rock", "big_rocks", "novelty", "classes", "file",
)  # fmt: skip
_AT_ONCE = 2000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def records(database: Database, finder: Finder, query: Query) -> Iterator[Record]:
    """All images of a search, in its order, as it was when it began."""
    snapshot = finder.snapshot
    found = search.search(snapshot, query)
    ids = search.page(snapshot, replace(query, page=1), found, found.total)
    for first in range(0, len(ids), _AT_ONCE):
        yield from records_of(database, ids[first : first + _AT_ONCE])


def rows_of(database: Database, finder: Finder, query: Query) -> Iterator[Sequence[object]]:
    """The same as rows of HEADER; classes as `wheel 0.97; ground 0.02`."""
    for one in records(database, finder, query):
        classes = "; ".join(f"{seen.kind} {seen.confidence:.4g}" for seen in one.classes)
        row = (
            one.name, one.mission, one.instrument, one.target, one.site, one.drive, one.sol,
            one.time, one.north, one.east, one.heading, one.sun_azimuth, one.sun, one.soil,
            one.bedrock, one.sand, one.big_rock, one.rocks, one.novelty, classes, one.file,
        )  # fmt: skip
        yield tuple(_harmless(value) for value in row)


def bag_of(
    database: Database, finder: Finder, query: Query, bag: Path, allowed: Callable[[Record], bool]
) -> Report:
    """Make a bag of the PDS products among the images of a search that are `allowed`."""
    files = [
        Path(one.file)
        for one in records(database, finder, query)
        if one.file and Path(one.file).suffix.lower() in SUFFIXES and allowed(one)
    ]
    if not files:
        raise ArchiveError("none of these images is a PDS product that a bag can be made of")
    return convert(files, bag, ConvertSettings())


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula, as a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
