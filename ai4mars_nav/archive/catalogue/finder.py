"""The catalogue as the pages ask it: the newest snapshot there is, the next one on its way."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from ai4mars_nav.archive.catalogue import kept, search
from ai4mars_nav.archive.catalogue.build import current
from ai4mars_nav.archive.catalogue.columns import Snapshot
from ai4mars_nav.archive.catalogue.query import PAGE, Query
from ai4mars_nav.archive.catalogue.search import Found
from ai4mars_nav.archive.catalogue.tables import prepare, revision_of
from ai4mars_nav.archive.database import Database

_LOOK = 1.0
"""Seconds between looks whether the store has changed."""
_REMEMBERED = 4
"""Searches whose further pages need no new pass."""


class Finder:
    """Searches one store. Several threads may ask at once."""

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        """With `folder` the snapshot is kept there between runs."""
        prepare(database)
        self._database, self._folder = database, folder
        self._making = threading.Lock()
        self._looked = 0.0
        self._remembered: OrderedDict[tuple[str, int, str], Found] = OrderedDict()
        self._kept = None if folder is None else kept.latest(folder)

    def refresh(self) -> Snapshot:
        """The store as it is now."""
        with self._making:
            known = self._kept
            fresh = current(self._database, known)
            if self._folder is not None and fresh is not known:
                fresh = kept.keep(fresh, self._folder)
            self._kept = fresh
        return fresh

    @property
    def snapshot(self) -> Snapshot:
        """The newest there is; if the store has changed since, the next one is begun."""
        known = self._kept
        if known is None:
            return self.refresh()
        if time.monotonic() - self._looked > _LOOK and not self._making.locked():
            self._looked = time.monotonic()
            if revision_of(self._database) != (known.store, known.revision):
                threading.Thread(target=self.refresh, name="index", daemon=True).start()
        return known

    def search(self, query: Query, size: int = PAGE) -> tuple[Found, list[int]]:
        """What is found, and the ids of the page that is asked for."""
        snapshot = self.snapshot
        plain = replace(query, page=1, sort="newest")
        key = (snapshot.store, snapshot.revision, plain.address())
        found = self._remembered.get(key)
        if found is None:
            found = search.search(snapshot, query)
            self._remembered[key] = found
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found, search.page(snapshot, query, found, size)
