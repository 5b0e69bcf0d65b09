"""The catalogue as columns: one number an image and facet, in the order of the images' ids.

A snapshot of the store at one revision. It is made from the store, may be deleted at any time, and
is never changed: a later state is other columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]

NO_TIME = np.iinfo(np.int64).min
NAME_BYTES = 64
"""Of a name that are looked at when a product is searched for."""
HIGHEST = 65_534
"""Code of the last name of a facet, and the highest sol."""


@dataclass(frozen=True)
class Lists:
    """Several values an image: those of image i are at start[i] to start[i + 1]."""

    start: U32
    kind: U16
    value: U16
    """Percent of a class, number of landmarks of a class."""

    def of(self, rows: NDArray[np.intp]) -> Lists:
        """The lists of some images, in their order."""
        sizes = (self.start[1:] - self.start[:-1])[rows].astype(np.int64)
        start = starts(sizes)
        at = np.repeat(self.start[rows].astype(np.int64) - start[:-1], sizes)
        at += np.arange(int(start[-1]))
        return Lists(start.astype(np.uint32), self.kind[at], self.value[at])


@dataclass(frozen=True)
class Columns:
    """All that is searched and counted of n images."""

    ids: I64
    codes: U16
    """(n, 5): mission, instrument, target, site, sol + 1; 0 is not known."""
    numbers: F32
    """(len(NUMBERS), n), nan is not known."""
    time: I64
    """Nanoseconds since 1970, NO_TIME where it is not known."""
    answers: Lists
    landmarks: Lists
    names: NDArray[np.bytes_]
    """(n,) of NAME_BYTES, in upper case."""

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, rows: NDArray[np.intp]) -> Columns:
        """Some images, in this order."""
        return Columns(
            self.ids[rows], self.codes[rows], self.numbers[:, rows], self.time[rows],
            self.answers.of(rows), self.landmarks.of(rows), self.names[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Orders:
    """Images by something else than their id, each (n,) of row numbers."""

    newest: U32
    novelty: U32
    name: U32
    sorted_names: NDArray[np.bytes_]
    """The names in the order of `name`."""


@dataclass(frozen=True)
class Snapshot:
    """Columns, their orders, and what the codes stand for."""

    store: str
    revision: int
    columns: Columns
    orders: Orders
    vocabulary: Mapping[str, tuple[str, ...]]
    """The names of each facet: code c stands for the one at c - 1."""


def starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,) where lists of these sizes (n,) begin, one after the other."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def joined(first: Columns, second: Columns) -> Columns:
    """The images of both, in the order of their ids; those of `second` take the place of others."""
    replaced = np.isin(second.ids, first.ids, assume_unique=True)
    if replaced.any():
        gone = np.searchsorted(first.ids, second.ids[replaced])
        first = first.of(np.delete(np.arange(len(first)), gone))
    both = Columns(
        np.concatenate((first.ids, second.ids)),
        np.concatenate((first.codes, second.codes)),
        np.concatenate((first.numbers, second.numbers), axis=1),
        np.concatenate((first.time, second.time)),
        _appended(first.answers, second.answers),
        _appended(first.landmarks, second.landmarks),
        np.concatenate((first.names, second.names)),
    )
    if len(first) and len(second) and first.ids[-1] > second.ids[0]:
        return both.of(np.argsort(both.ids, kind="stable"))
    return both


def orders_of(columns: Columns) -> Orders:
    """What the pages of a result are taken from; ties by id, what is not known last."""
    novelty = -columns.numbers[-1]  # nan stays last
    name = np.argsort(columns.names, kind="stable").astype(np.uint32)
    return Orders(
        # the newest number is the smallest after it is turned round, NO_TIME the largest
        np.argsort(~columns.time, kind="stable").astype(np.uint32),
        np.argsort(novelty, kind="stable").astype(np.uint32),
        name,
        columns.names[name],
    )


def no_columns(numbers: int) -> Columns:
    """Of no image."""
    lists = Lists(np.zeros(1, np.uint32), np.zeros(0, np.uint16), np.zeros(0, np.uint16))
    return Columns(
        np.zeros(0, np.int64), np.zeros((0, 5), np.uint16), np.zeros((numbers, 0), np.float32),
        np.zeros(0, np.int64), lists, lists, np.zeros(0, f"S{NAME_BYTES}"),
    )  # fmt: skip


def _appended(first: Lists, second: Lists) -> Lists:
    return Lists(
        np.concatenate((first.start, second.start[1:] + first.start[-1])).astype(np.uint32),
        np.concatenate((first.kind, second.kind)),
        np.concatenate((first.value, second.value)),
    )
