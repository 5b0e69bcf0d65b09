"""Images out of the store, in words: for cards, the detail page and exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ai4mars_nav.archive.catalogue.tables import FACETS
from ai4mars_nav.archive.database import Database, Session
from ai4mars_nav.archive.errors import Missing

_PLAIN = (
    "drive", "sol", "time", "north", "east", "heading", "sun_azimuth", "sun", "soil", "bedrock",
    "sand", "big_rock", "rocks", "novelty", "width", "height", "file", "part", "label",
)  # fmt: skip
_NAMES = ("id", "name", *FACETS, *_PLAIN)
_MOST = 500
"""Ids of one question."""


@dataclass(frozen=True)
class Seen:
    """A class in an image."""

    kind: str
    confidence: float
    model: str


@dataclass(frozen=True)
class Mark:
    """A landmark in an image."""

    name: str
    kind: str
    confidence: float
    box: tuple[float, float, float, float] | None
    file: str | None


@dataclass(frozen=True)
class Record:
    """One image, as the catalogue knows it."""

    id: int
    name: str
    mission: str
    instrument: str
    target: str
    site: str
    drive: int | None
    sol: int | None
    time: int | None
    north: float | None
    east: float | None
    heading: float | None
    sun_azimuth: float | None
    sun: float | None
    soil: float | None
    bedrock: float | None
    sand: float | None
    big_rock: float | None
    rocks: int | None
    novelty: float | None
    width: int | None
    height: int | None
    file: str | None
    part: str | None
    label: str | None
    classes: tuple[Seen, ...]
    """The surest first."""
    crop: str | None
    """The picture of its surest landmark, where there is any."""

    @property
    def pictured(self) -> bool:
        """Whether there is anything to be looked at."""
        return self.file is not None or self.crop is not None


def records_of(database: Database, ids: Sequence[int]) -> list[Record]:
    """The images of these ids, in this order; those that are gone are left out."""
    found: dict[int, Record] = {}
    with database.reading() as session:
        for first in range(0, len(ids), _MOST):
            found |= {one.id: one for one in _records(session, ids[first : first + _MOST])}
    return [found[at] for at in ids if at in found]


def record_of(database: Database, image: int) -> Record:
    """One image."""
    found = records_of(database, [image])
    if not found:
        raise Missing(f"there is no image {image} in the catalogue")
    return found[0]


def landmarks_of(database: Database, image: int) -> list[Mark]:
    """The landmarks of an image, the surest first."""
    with database.reading() as session:
        rows = session.run(
            "SELECT l.name, n.name, l.confidence, l.box_left, l.box_top, l.box_width,"
            " l.box_height, l.file FROM image_landmarks l JOIN catalogue_names n ON n.id = l.kind"
            " WHERE l.image = ? ORDER BY l.confidence DESC, l.name",
            image,
        )
    return [
        Mark(name, kind, sure, None if left is None else (left, top, width, height), file)
        for name, kind, sure, left, top, width, height, file in rows
    ]


def _records(session: Session, ids: Sequence[int]) -> Iterable[Record]:
    marks = ", ".join("?" * len(ids))
    joins = " ".join(
        f"LEFT JOIN catalogue_names n{k} ON n{k}.id = i.{f}" for k, f in enumerate(FACETS)
    )
    facets = ", ".join(f"COALESCE(n{k}.name, '')" for k in range(len(FACETS)))
    plain = ", ".join(f"i.{column}" for column in _PLAIN)
    rows = session.run(
        f"SELECT i.id, i.name, {facets}, {plain} FROM images i {joins} WHERE i.id IN ({marks})",
        *ids,
    )
    classes: dict[int, list[Seen]] = {}
    said: list[Any] = session.run(
        "SELECT c.image, k.name, c.confidence, m.name FROM image_classes c"
        " JOIN catalogue_names k ON k.id = c.kind JOIN catalogue_names m ON m.id = c.model"
        f" WHERE c.image IN ({marks}) ORDER BY c.confidence DESC, k.name",
        *ids,
    )
    for image, kind, confidence, model in said:
        classes.setdefault(image, []).append(Seen(kind, confidence, model))
    marked = session.run(
        f"SELECT image, file FROM image_landmarks WHERE image IN ({marks}) AND file IS NOT NULL"
        " ORDER BY confidence, name DESC",
        *ids,
    )
    crops: dict[int, str] = dict(marked)  # of several, the last
    for row in rows:
        plain_values: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
        seen = tuple(classes.get(row[0], ()))
        yield Record(**plain_values, classes=seen, crop=crops.get(row[0]))
