"""Entries into the store: a batch is one transaction, with the units that it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ai4mars_nav.archive.catalogue.entry import Entry, together
from ai4mars_nav.archive.catalogue.tables import FACETS
from ai4mars_nav.archive.database import Database, Session

_ASKED = 500
"""Names of one question: SQLite takes up to 999 values."""
_PLAIN = (
    "drive", "sol", "time", "north", "east", "heading", "sun_azimuth", "sun", "soil", "bedrock",
    "sand", "big_rock", "rocks", "novelty", "width", "height", "file", "part", "label",
)  # fmt: skip
_COLUMNS = (*FACETS, *_PLAIN)
_plain = attrgetter(*_PLAIN)
_facets = attrgetter(*FACETS)
_INSERT = (
    f"INSERT INTO images (id, revision, name, {', '.join(_COLUMNS)})"
    f" VALUES ({', '.join('?' * (3 + len(_COLUMNS)))})"
)
_OF_NAME = (*FACETS, "drive", "sol", "time", "file")


def _update(by_name: bool) -> str:
    """The statement for an image that is there: gaps stay as they were."""
    pairs = (
        f"{c} = COALESCE({c}, ?)" if by_name and c in _OF_NAME else f"{c} = COALESCE(?, {c})"
        for c in _COLUMNS
    )
    return f"UPDATE images SET revision = ?, {', '.join(pairs)} WHERE id = ?"


@dataclass(frozen=True)
class Unit:
    """A piece of a source that is read at once: a file, a part of a table, a bag."""

    name: str
    stamp: str
    """What tells this state of it from a later one."""


@dataclass(frozen=True)
class Batch:
    """Some units of a source and what they say."""

    source: str
    units: tuple[tuple[Unit, int, tuple[str, ...]], ...]
    """Each with the number of its images and its problems in words."""
    entries: tuple[Entry, ...]


def stamps_of(database: Database, source: str) -> dict[str, str]:
    """The units of a source that are in the catalogue, and their state then."""
    with database.reading() as session:
        rows = session.run("SELECT unit, stamp FROM catalogue_units WHERE source = ?", source)
    return {str(unit): str(stamp) for unit, stamp in rows}


def put(database: Database, batch: Batch) -> None:
    """Write a batch: all of it is in the store when this returns, or none of it."""
    entries: dict[str, Entry] = {}
    for entry in batch.entries:
        known = entries.get(entry.name)
        entries[entry.name] = entry if known is None else together(known, entry)
    with database.writing() as session:
        if entries:
            _put_entries(session, list(entries.values()))
        session.run_many(
            "INSERT INTO catalogue_units VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, unit)"
            " DO UPDATE SET stamp = excluded.stamp, images = excluded.images,"
            " problems = excluded.problems",
            [
                (batch.source, unit.name, unit.stamp, images, json.dumps(problems))
                for unit, images, problems in batch.units
            ],
        )


def _put_entries(session: Session, entries: Sequence[Entry]) -> None:
    ((revision,),) = session.run(
        "UPDATE catalogue_state SET revision = revision + 1 RETURNING revision"
    )
    codes = _Codes(session)
    known = dict(_known(session, [entry.name for entry in entries]))
    ((highest,),) = session.run("SELECT COALESCE(MAX(id), 0) FROM images")
    new, ids = [], []
    changed: dict[bool, list[Any]] = {False: [], True: []}
    for entry in entries:
        values = (*map(codes.of, FACETS, _facets(entry)), *_plain(entry))
        if (at := known.get(entry.name)) is not None:
            changed[entry.by_name].append((revision, *values, at))
        else:
            highest = at = highest + 1
            new.append((at, revision, entry.name, *values))
        ids.append(at)
    for by_name, rows in changed.items():
        session.run_many(_update(by_name), rows)
    session.run_many(_INSERT, new)
    numbered = list(zip(ids, entries, strict=True))
    _put_answers(session, codes, numbered, set(known.values()))
    _put_landmarks(session, codes, numbered)


def _put_answers(
    session: Session, codes: _Codes, entries: Sequence[tuple[int, Entry]], known: set[int]
) -> None:
    """What a model says of an image takes the place of all that it said before."""
    answered = [
        (at, codes.of("model", entry.model), entry.answers)
        for at, entry in entries
        if entry.answers is not None
    ]
    session.run_many(
        "DELETE FROM image_classes WHERE image = ? AND model = ?",
        [(at, model) for at, model, _ in answered if at in known],
    )
    session.run_many(
        "INSERT INTO image_classes VALUES (?, ?, ?, ?)",
        [
            (at, model, codes.of("class", one.kind), one.confidence)
            for at, model, answers in answered
            for one in answers
        ],
    )


def _put_landmarks(session: Session, codes: _Codes, entries: Sequence[tuple[int, Entry]]) -> None:
    session.run_many(
        "DELETE FROM image_landmarks WHERE image = ?",
        [(at,) for at, entry in entries if entry.all_landmarks],
    )
    session.run_many(
        "INSERT INTO image_landmarks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (image, name)"
        " DO UPDATE SET kind = excluded.kind, confidence = excluded.confidence,"
        " box_left = excluded.box_left, box_top = excluded.box_top,"
        " box_width = excluded.box_width, box_height = excluded.box_height, file = excluded.file",
        [
            (at, one.name, codes.of("landmark", one.kind), one.confidence,
             *(one.box or (None,) * 4), one.file)
            for at, entry in entries
            for one in entry.landmarks
        ],
    )  # fmt: skip


class _Codes:
    """The numbers of names; new ones are written with the transaction that needs them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        rows = session.run("SELECT facet, name, id FROM catalogue_names")
        self._known: dict[tuple[str, str], int] = {(facet, name): at for facet, name, at in rows}

    def of(self, facet: str, name: str) -> int | None:
        """The number of a name of a facet; None for no name."""
        if not name:
            return None
        code = self._known.get((facet, name))
        if code is None:
            ((code,),) = self._session.run(
                "INSERT INTO catalogue_names (facet, name) VALUES (?, ?) RETURNING id", facet, name
            )
            self._known[facet, name] = int(code)
        return int(code)


def _known(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Names that are in the store, and their images' numbers."""
    for first in range(0, len(names), _ASKED):
        asked: Any = names[first : first + _ASKED]
        marks = ", ".join("?" * len(asked))
        rows = session.run(f"SELECT name, id FROM images WHERE name IN ({marks})", *asked)
        yield from ((str(name), int(at)) for name, at in rows)
