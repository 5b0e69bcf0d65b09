"""Looks at the catalogued images that no classifier has looked at yet, for their vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.records import Record, records_of
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.vectors import compact
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.features import pooled
from ai4mars_nav.dataset.errors import BadInput

_BATCH = 64
"""Images of one transaction: what a kill costs at most."""

F64 = NDArray[np.float64]
ReadPicture = Callable[[Record], NDArray[np.uint8]]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Looked:
    """What became of the images."""

    images: int
    problems: tuple[str, ...]


def look(database: Database, model: Path, read: ReadPicture, tell: Tell | None = None) -> Looked:
    """Write a vector of each image that has none of this model; killed at any time, it goes on."""
    prepare(database)
    classifier = open_classifier(model)
    name = f"{classifier.sidecar.name} {classifier.sidecar.model.sha256[:12]}"
    with database.writing() as session:
        session.run(
            "INSERT INTO catalogue_names (facet, name) VALUES ('look', ?)"
            " ON CONFLICT (facet, name) DO NOTHING",
            name,
        )
        ((code,),) = session.run(
            "SELECT id FROM catalogue_names WHERE facet = 'look' AND name = ?", name
        )
    todo = _todo(database, code)
    done, problems = 0, []
    for first in range(0, len(todo), _BATCH):
        ids, features = [], []
        for record in records_of(database, todo[first : first + _BATCH]):
            try:
                seen = classifier.look(read(record)).seen
            except (BadInput, ArchiveError) as error:
                problems.append(str(error))
                continue
            ids.append(record.id)
            features.append(pooled(seen))
        if ids:
            _write(database, code, ids, np.stack(features))
        done += len(ids)
        if tell is not None:
            tell(min(first + _BATCH, len(todo)), len(todo))
    return Looked(done, tuple(problems))


def _todo(database: Database, model: int) -> list[int]:
    with database.reading() as session:
        rows = session.run(
            "SELECT i.id FROM images i LEFT JOIN image_vectors v ON v.image = i.id AND v.model = ?"
            " WHERE v.image IS NULL AND i.file IS NOT NULL ORDER BY i.id",
            model,
        )
    return [int(at) for (at,) in rows]


def _write(
    database: Database,
    model: int,
    ids: list[int],
    features: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    with database.writing() as session:
        ((revision,),) = session.run(
            "UPDATE catalogue_state SET revision = revision + 1 RETURNING revision"
        )
        session.run_many(
            "INSERT INTO image_vectors VALUES (?, ?, ?, ?) ON CONFLICT (image, model)"
            " DO UPDATE SET revision = excluded.revision, numbers = excluded.numbers",
            [
                (at, model, revision, one.tobytes())
                for at, one in zip(ids, compact(features), strict=True)
            ],
        )
