"""Columns out of the store: all of it, or what has changed since a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue import columns
from ai4mars_nav.archive.catalogue.columns import Columns, Lists, Snapshot
from ai4mars_nav.archive.catalogue.query import SURE, percent
from ai4mars_nav.archive.catalogue.tables import FACETS, NUMBERS
from ai4mars_nav.archive.database import Database, Row, Session
from ai4mars_nav.archive.errors import ArchiveError

_ROWS = 50_000
"""Images that are read at once."""
_IMAGE = f"id, name, {', '.join(FACETS)}, sol, time, {', '.join(NUMBERS)}"
_PERCENT = ("soil", "bedrock", "sand", "big_rock")
VOCABULARIES = (*FACETS, "class", "landmark")

Tell = Callable[[int], None]
"""Is told how many images have been read."""


def current(database: Database, known: Snapshot | None, tell: Tell | None = None) -> Snapshot:
    """The store as it is now; of `known`, an earlier snapshot of it, only what changed is read."""
    with database.reading() as session:
        ((store, revision),) = session.run("SELECT store, revision FROM catalogue_state")
        if known is not None and known.store != store:
            known = None
        if known is not None and known.revision == revision:
            return known
        codes, vocabulary = _vocabulary(session)
        since = 0 if known is None else known.revision
        parts = [columns.no_columns(len(NUMBERS))]
        for rows in _images(session, since):
            parts.append(_columns(session, rows, codes))
            if tell is not None:
                tell(sum(map(len, parts)))
    fresh = _all(parts)
    whole = fresh if known is None else columns.joined(known.columns, fresh)
    orders = columns.orders_of(whole)
    return Snapshot(str(store), int(revision), whole, orders, vocabulary)


def _vocabulary(session: Session) -> tuple[dict[str, dict[int, int]], dict[str, tuple[str, ...]]]:
    """Of each facet, the code of each name's number, and the names in the order of the codes.

    Numbers only rise, so the codes of an earlier snapshot stay what they were.
    """
    codes: dict[str, dict[int, int]] = {facet: {} for facet in VOCABULARIES}
    names: dict[str, list[str]] = {facet: [] for facet in VOCABULARIES}
    for at, facet, name in session.run("SELECT id, facet, name FROM catalogue_names ORDER BY id"):
        if facet in codes:
            names[facet].append(str(name))
            codes[facet][int(at)] = len(names[facet])
    for facet, known in codes.items():
        if len(known) > columns.HIGHEST:
            raise ArchiveError(f"{facet}: {len(known)} names, at most {columns.HIGHEST} are held")
    return codes, {facet: tuple(known) for facet, known in names.items()}


def _images(session: Session, since: int) -> Iterator[list[Row]]:
    """The images of later revisions, by id, some at a time."""
    last = 0
    # all of them are read by id alone: an index on revisions would only be in the way
    changed = "revision > ? AND" if since else ""
    while True:
        rows = session.run(
            f"SELECT {_IMAGE} FROM images WHERE {changed} id > ? ORDER BY id LIMIT {_ROWS}",
            *((since, last) if since else (last,)),
        )
        if not rows:
            return
        last = int(rows[-1][0])
        yield rows


def _columns(session: Session, rows: Sequence[Row], codes: Mapping[str, dict[int, int]]) -> Columns:
    """Rows of `_IMAGE`, and what is in them."""
    table = list(zip(*rows, strict=True))
    ids = np.array(table[0], np.int64)
    coded = np.zeros((len(rows), 5), np.uint16)
    for at, facet in enumerate(FACETS):
        known = codes[facet]
        coded[:, at] = [0 if number is None else known[number] for number in table[2 + at]]
    coded[:, 4] = [sol_code(sol) for sol in table[6]]
    numbers = np.array(table[8:], np.float64)
    for at, name in enumerate(NUMBERS):
        if name in _PERCENT:
            numbers[at] = np.floor(numbers[at] * 100.0 + 1e-4)
    time = np.array([columns.NO_TIME if t is None else t for t in table[7]], np.int64)
    answers = session.run(
        "SELECT image, kind, MAX(confidence) FROM image_classes WHERE image >= ? AND image <= ?"
        " GROUP BY image, kind ORDER BY image, kind",
        int(ids[0]), int(ids[-1]),
    )  # fmt: skip
    landmarks = session.run(
        "SELECT image, kind, COUNT(*) FROM image_landmarks WHERE image >= ? AND image <= ?"
        " AND confidence >= ? GROUP BY image, kind ORDER BY image, kind",
        int(ids[0]), int(ids[-1]), SURE,
    )  # fmt: skip
    return Columns(
        ids, coded, numbers.astype(np.float32), time,
        _lists(ids, answers, codes["class"], percent),
        _lists(ids, landmarks, codes["landmark"], lambda n: min(int(n), columns.HIGHEST)),
        np.array([name_bytes(name) for name in table[1]], f"S{columns.NAME_BYTES}"),
    )  # fmt: skip


def sol_code(sol: int | None) -> int:
    """The code of a sol: 0 where there is none."""
    return 0 if sol is None or not 0 <= sol < columns.HIGHEST else sol + 1


def name_bytes(name: str) -> bytes:
    """What of a name is looked at when it is searched for."""
    return name.upper().encode()[: columns.NAME_BYTES]


def _lists(
    ids: NDArray[np.int64], rows: Sequence[Row], codes: Mapping[int, int],
    value: Callable[[Any], int],
) -> Lists:  # fmt: skip
    """(image, kind, something) by image, as lists of the images `ids`; others are passed over."""
    images = np.array([row[0] for row in rows], np.int64)
    at = np.searchsorted(ids, images)
    mine = ids[np.minimum(at, len(ids) - 1)] == images
    sizes = np.bincount(at[mine], minlength=len(ids))
    kinds = np.array([codes[row[1]] for row in rows], np.uint16)
    values = np.array([value(row[2]) for row in rows], np.uint16)
    start = columns.starts(sizes.astype(np.int64)).astype(np.uint32)
    return Lists(start, kinds[mine], values[mine])


def _all(parts: Sequence[Columns]) -> Columns:
    """Parts in the order of their ids as one; in pairs, so that little is copied often."""
    level = list(parts)
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [columns.joined(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]
