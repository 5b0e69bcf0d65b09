"""What an image looks like in DIMENSIONS bytes, and which images look alike: an exact search."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.vector_kernels import closeness
from ai4mars_nav.archive.database import Database, Session

I8 = NDArray[np.int8]
F64 = NDArray[np.float64]
DIMENSIONS = 128
_SEED = 2018
_ROWS = 100_000
"""Vectors that are read at once."""


@dataclass(frozen=True)
class Near:
    """An image that looks alike, and how much: the cosine of their vectors, 1 for the same."""

    image: int
    likeness: float


def compact(features: F64) -> I8:
    """(n, d) features of any network to (n, DIMENSIONS): directions are kept, lengths are not.

    A fixed random projection keeps angles to a few hundredths (docs/archive.md).
    """
    turned = features @ _turn(features.shape[1])
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    unit = turned / np.where(lengths > 0.0, lengths, 1.0)
    # the largest part of a unit vector of 128 is hardly ever over 0.35
    return np.asarray(np.clip(np.rint(unit * 360.0), -127, 127), np.int8)


@lru_cache(maxsize=4)
def _turn(length: int) -> F64:
    rng = np.random.default_rng((_SEED, length))
    turn = rng.standard_normal((length, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    return np.asarray(turn, np.float64)


class Neighbours:
    """The vectors of one store in memory; later ones are read when they are asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = threading.Lock()
        self._revision = 0
        self._model = 0
        self._images: NDArray[np.int64] = np.zeros(0, np.int64)
        self._vectors: I8 = np.zeros((0, DIMENSIONS), np.int8)

    def of(self, image: int, count: int) -> list[Near]:
        """The `count` images that look most like this one; none if it was never looked at."""
        images, vectors = self._current()
        at = int(np.searchsorted(images, image))
        if at == len(images) or images[at] != image:
            return []
        found = closeness(vectors, vectors[at])
        kept = min(count + 1, len(found))
        best = np.argpartition(-found, kept - 1)[:kept]
        best = best[np.lexsort((images[best], -found[best]))]
        return [Near(int(images[row]), min(float(found[row]), 1.0)) for row in best if row != at][
            :count
        ]

    def _current(self) -> tuple[NDArray[np.int64], I8]:
        """Images (n,) by id and their vectors, of the model that has looked at most."""
        with self._reading, self._database.reading() as session:
            models = session.run(
                "SELECT model, MAX(revision) FROM image_vectors GROUP BY model"
                " ORDER BY COUNT(*) DESC, model LIMIT 1"
            )
            if models:
                self._read(session, int(models[0][0]), int(models[0][1]))
        return self._images, self._vectors

    def _read(self, session: Session, model: int, revision: int) -> None:
        """Read what came since the last time; of an image, the later vector counts."""
        if model != self._model:
            self._model, self._revision = model, 0
            self._images, self._vectors = self._images[:0], self._vectors[:0]
        if revision == self._revision:
            return
        images, vectors = [self._images], [self._vectors]
        last = 0
        while rows := session.run(
            "SELECT image, numbers FROM image_vectors WHERE model = ? AND revision > ?"
            f" AND image > ? ORDER BY image LIMIT {_ROWS}",
            model, self._revision, last,
        ):  # fmt: skip
            last = int(rows[-1][0])
            images.append(np.array([row[0] for row in rows], np.int64))
            raw = b"".join(bytes(row[1]) for row in rows)
            vectors.append(np.frombuffer(raw, np.int8).reshape(-1, DIMENSIONS))
        every = np.concatenate(images)
        _, first = np.unique(every[::-1], return_index=True)
        kept = len(every) - 1 - first
        self._images, self._vectors = every[kept], np.concatenate(vectors)[kept]
        self._revision = revision
