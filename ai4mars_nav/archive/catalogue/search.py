"""Searches the columns: one pass gives the result and the counts of every facet."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from ai4mars_nav.archive.catalogue import kernels
from ai4mars_nav.archive.catalogue.build import VOCABULARIES
from ai4mars_nav.archive.catalogue.columns import F32, I64, NO_TIME, U8, Snapshot
from ai4mars_nav.archive.catalogue.query import PAGE, Query
from ai4mars_nav.archive.catalogue.tables import FACETS, NUMBERS
from ai4mars_nav.archive.catalogue.text import name_bits, row_bits

Part = TypeVar("Part")

_SOL = len(FACETS)
_SMALL = 1 << 16
"""Rows that one thread does faster than several."""
_THREADS = min(os.cpu_count() or 1, 8)
_POOL = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")


@dataclass(frozen=True)
class Found:
    """What a search found."""

    total: int
    counts: Mapping[str, Mapping[str, int]]
    """Of each facet's values that are in the result, were nothing chosen of this facet."""
    sols: Mapping[int, int]
    """The same of sols."""
    mark: U8
    """(n,) 0 for what was not found."""
    surest: I64


def search(snapshot: Snapshot, query: Query) -> Found:
    """All that a query finds, counted."""
    table = snapshot.columns
    rows = len(table)
    at = _layout(snapshot)
    allow, active = _allowed(snapshot, query, at)
    before = _before(snapshot, query, at)
    kinds, marks = _chosen(snapshot, query, "class"), _chosen(snapshot, query, "landmark")
    wanted = kinds if kinds is not None else np.ones(_size(snapshot, "class"), np.uint8)
    found = np.empty(rows, np.uint8)

    def part(lo: int, hi: int) -> tuple[int, I64, I64]:
        counts, surest = np.zeros(at[-1], np.int64), np.zeros(256, np.int64)
        total = kernels.count(
            lo, hi, table.codes, allow, active, at,
            table.answers.start, table.answers.kind, table.answers.value,
            wanted, kinds is not None, query.confidence,
            table.landmarks.start, table.landmarks.kind, table.landmarks.value,
            wanted if marks is None else marks, marks is not None, query.landmarks,
            before, wanted, counts, surest, found,
        )  # fmt: skip
        return total, counts, surest

    parts = _shared(rows, part)
    counts = np.sum(np.stack([one[1] for one in parts]), axis=0)
    named = {
        facet: _named(snapshot.vocabulary[facet], counts[at[_place(facet)] :])
        for facet in VOCABULARIES
    }
    sols = counts[at[_SOL] : at[_SOL + 1]]
    return Found(
        total=sum(one[0] for one in parts),
        counts=named,
        sols={int(code) - 1: int(sols[code]) for code in np.flatnonzero(sols) if code},
        mark=found,
        surest=np.sum(np.stack([one[2] for one in parts]), axis=0),
    )


def page(snapshot: Snapshot, query: Query, found: Found, size: int = PAGE) -> list[int]:
    """The ids of one page of what was found."""
    skip = (query.page - 1) * size
    rows = np.empty(max(min(size, found.total - skip), 0), np.int64)
    if not len(rows):
        return []
    orders, table = snapshot.orders, snapshot.columns
    if query.sort == "confidence":
        taken = kernels.take_surest(found.mark, found.surest, skip, rows)
    else:
        order = {"novelty": orders.novelty, "name": orders.name}.get(query.sort, orders.newest)
        known = 0
        if query.sort == "oldest":
            known = len(table) - int((table.time == NO_TIME).sum())
        taken = kernels.take(order, known, query.sort == "oldest", found.mark, skip, rows)
    return [int(number) for number in table.ids[rows[:taken]]]


def _place(facet: str) -> int:
    """Where a facet stands among those of one value, classes and landmarks."""
    return {"class": kernels.FACETS, "landmark": kernels.FACETS + 1}.get(
        facet, FACETS.index(facet) if facet in FACETS else _SOL
    )


def _size(snapshot: Snapshot, facet: str) -> int:
    return len(snapshot.vocabulary[facet]) + 1


def _layout(snapshot: Snapshot) -> I64:
    """Where each facet's values begin in one array of all, and its size."""
    sols = int(snapshot.columns.codes[:, _SOL].max(initial=0)) + 1
    sizes = [*(_size(snapshot, facet) for facet in FACETS), sols]
    sizes += [_size(snapshot, "class"), _size(snapshot, "landmark")]
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def _allowed(snapshot: Snapshot, query: Query, at: I64) -> tuple[U8, U8]:
    """Which codes of the facets of one value pass, and which facets ask for anything."""
    allow, active = np.zeros(int(at[-1]), np.uint8), np.zeros(kernels.FACETS, np.uint8)
    for place, facet in enumerate(FACETS):
        chosen = _chosen(snapshot, query, facet)
        if chosen is not None:
            active[place] = 1
            allow[at[place] : at[place + 1]] = chosen
    if "sol" in query.ranges:
        lowest, highest = query.ranges["sol"]
        sols = np.arange(int(at[_SOL + 1] - at[_SOL])) - 1
        inside = sols >= 0
        if lowest is not None:
            inside &= sols >= lowest
        if highest is not None:
            inside &= sols <= highest
        active[_SOL] = 1
        allow[at[_SOL] : at[_SOL + 1]] = inside
    return allow, active


def _chosen(snapshot: Snapshot, query: Query, facet: str) -> U8 | None:
    """Which codes of a facet are chosen; None where nothing is."""
    names = query.chosen.get(facet)
    if not names:
        return None
    on = np.zeros(_size(snapshot, facet), np.uint8)
    on[[code for code, name in enumerate(snapshot.vocabulary[facet], 1) if name in names]] = 1
    return on


def _before(snapshot: Snapshot, query: Query, at: I64) -> U8:
    """(n,) what ranges and words leave; empty where there are none."""
    table = snapshot.columns
    ranges = {name: ends for name, ends in query.ranges.items() if name in NUMBERS}
    words = query.words
    if not ranges and not words:
        return np.zeros(0, np.uint8)
    left = np.ones(len(table), np.uint8)
    for name, (lowest, highest) in ranges.items():
        values = table.numbers[NUMBERS.index(name)]
        low = -np.inf if lowest is None else float(np.float32(lowest))
        high = np.inf if highest is None else float(np.float32(highest))
        limits = partial(_in_range, values, low, high, left)
        _shared(len(table), limits)
    if words:
        bits = np.zeros(int(at[-1]), np.uint16)
        for facet in VOCABULARIES:
            place = _place(facet)
            bits[at[place] : at[place + 1]] = name_bits(snapshot.vocabulary[facet], words)
        named = row_bits(snapshot.orders, words)
        every = (1 << len(words)) - 1
        _shared(len(table), lambda lo, hi: kernels.match_words(
            lo, hi, table.codes, bits, at,
            table.answers.start, table.answers.kind, table.answers.value, query.confidence,
            table.landmarks.start, table.landmarks.kind, table.landmarks.value, query.landmarks,
            named, every, left,
        ))  # fmt: skip
    return left


def _in_range(values: F32, low: float, high: float, left: U8, first: int, last: int) -> None:
    kernels.in_range(first, last, values, low, high, left)


def _named(names: tuple[str, ...], counts: I64) -> dict[str, int]:
    """The counts of names that have any."""
    return {name: int(n) for name, n in zip(names, counts[1 : len(names) + 1], strict=True) if n}


def _shared(rows: int, task: Callable[[int, int], Part]) -> list[Part]:
    """A task over rows lo to hi in all threads; what each gives."""
    parts = 1 if rows < _SMALL else _THREADS
    ends = [rows * part // parts for part in range(parts + 1)]
    if parts == 1:
        return [task(0, rows)]
    return list(_POOL.map(task, ends[:-1], ends[1:]))
