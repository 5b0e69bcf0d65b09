"""How often each class is searched for, by month: numbers alone, nothing of who asked.

As in the paper, a query counts for a class that is chosen, or that a word of its text means.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone

from ai4mars_nav.archive.catalogue.query import Query
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.text import meets
from ai4mars_nav.archive.database import Database

_SECONDS = 10.0
"""Between writes: a search must not wait for one. What a kill costs at most."""


class Usage:
    """Counts queries, and writes the counts every few seconds."""

    def __init__(self, database: Database) -> None:
        prepare(database)
        self._database = database
        self._counting, self._writing = threading.Lock(), threading.Lock()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._written = time.monotonic()

    def count(self, query: Query, vocabulary: Mapping[str, Sequence[str]]) -> None:
        """One more query for each class that it asks for; further pages are no new query."""
        if query.page > 1:
            return
        month = datetime.now(timezone.utc).strftime("%Y-%m")
        with self._counting:
            self._asked.update((month, kind) for kind in classes_asked(query, vocabulary))
            late = time.monotonic() - self._written > _SECONDS
        if late:
            threading.Thread(target=self.write, name="usage", daemon=True).start()

    def write(self) -> None:
        """Put what was counted into the store."""
        with self._counting:
            self._written = time.monotonic()
        # who reads the counts afterwards waits for a write that is on its way
        with self._writing:
            with self._counting:
                asked, self._asked = self._asked, Counter()
            if asked:
                self._add(asked)

    def _add(self, asked: Counter[tuple[str, str]]) -> None:
        with self._database.writing() as session:
            session.run_many(
                "INSERT INTO catalogue_queries VALUES (?, ?, ?) ON CONFLICT (month, kind)"
                " DO UPDATE SET asked = catalogue_queries.asked + excluded.asked",
                [(month, kind, number) for (month, kind), number in sorted(asked.items())],
            )


def classes_asked(query: Query, vocabulary: Mapping[str, Sequence[str]]) -> set[str]:
    """The classes, of images and of landmarks, that a query is about."""
    asked: set[str] = set()
    for facet in ("class", "landmark"):
        names = vocabulary[facet]
        asked |= query.chosen.get(facet, frozenset()) & set(names)
        asked |= set(_meant(names, query.words))
    return asked


def by_month(database: Database) -> dict[str, dict[str, int]]:
    """Queries of each class of each month, the months in order."""
    with database.reading() as session:
        rows = session.run("SELECT month, kind, asked FROM catalogue_queries ORDER BY month, kind")
    found: dict[str, dict[str, int]] = {}
    for month, kind, number in rows:
        found.setdefault(str(month), {})[str(kind)] = int(number)
    return found


def _meant(names: Sequence[str], words: Iterable[str]) -> list[str]:
    return [name for name in names if any(meets(name, word) for word in words)]
