"""What to label next: what a model is least sure of, and what it has not seen the like of.

Both are turned into ranks, 0 for the least and 1 for the most, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling.guess import TerrainGuesser
from ai4mars_nav.archive.labelling.projects import (
    BOTH,
    IMAGE,
    NOVEL,
    ORDERS,
    UNCERTAIN,
    Project,
    set_priorities,
)
from ai4mars_nav.content.classifier import Classifier
from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.features import pooled
from ai4mars_nav.content.origin import instrument_of
from ai4mars_nav.content.pictures import read_picture

F64 = NDArray[np.float64]
NEWEST = 500
"""Images that DEMUD ranks one after the other; the rest go by how far they are from those."""

Tell = Callable[[int, int], None]
"""Told of images done and of all."""


@dataclass(frozen=True)
class Eyes:
    """The models that look where the catalogue does not say it."""

    classifier: Classifier | None = None
    terrain: TerrainGuesser | None = None


def arrange(
    database: Database, project: Project, order: str, eyes: Eyes, tell: Tell | None = None
) -> None:
    """Hand out the images of a project in this order from now on."""
    if order not in ORDERS:
        raise ArchiveError(f"order {order[:40]!r} must be one of {', '.join(ORDERS)}")
    images = _images(database, project)
    priorities: F64 = np.zeros(len(images))
    if order in (UNCERTAIN, BOTH):
        priorities = ranks(_uncertainty(database, project, images, eyes, tell))
    if order in (NOVEL, BOTH):
        priorities = np.maximum(priorities, ranks(_novelty(database, project, images, eyes, tell)))
    numbers = [number for number, _ in images]
    set_priorities(database, project, order, zip(numbers, priorities.tolist(), strict=True))


def ranks(values: F64) -> F64:
    """(n,) from 0 for the least to 1 for the most; equal values share the mean of their ranks."""
    if len(values) < 2:
        return np.zeros(len(values))
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(middle[which] / (len(values) - 1), np.float64)


def _uncertainty(
    database: Database, project: Project, images: Sequence[tuple[int, str]], eyes: Eyes,
    tell: Tell | None,
) -> F64:  # fmt: skip
    """(n,) 1 less how sure a model is of its answer: of the image, or of its pixels on the mean."""
    if project.kind == IMAGE:
        told = _told(
            database, project, images,
            "SELECT p.id, 1.0 - max(k.confidence) FROM project_images p"
            " JOIN images c ON c.name = p.product JOIN image_classes k ON k.image = c.id"
            " WHERE p.project = ? GROUP BY p.id",
        )  # fmt: skip
        if told is not None:
            return told
        classifier = eyes.classifier
        if classifier is None:
            raise ArchiveError("the catalogue has not classified these images: name a --model")

        def unsure(path: Path) -> float:
            shares = classifier.probabilities(read_picture(path), instrument_of(path))
            return float(1.0 - shares.max())

        return _each(images, unsure, tell)
    terrain = eyes.terrain
    if terrain is None:
        raise ArchiveError("how sure a model is of pixels is in no catalogue: name a terrain model")
    return _each(images, lambda path: 1.0 - terrain.confidences(read_picture(path))[1], tell)


def _novelty(
    database: Database, project: Project, images: Sequence[tuple[int, str]], eyes: Eyes,
    tell: Tell | None,
) -> F64:  # fmt: skip
    """(n,) how new each image is beside the others: DEMUD's, from the catalogue or by a model."""
    told = _told(
        database, project, images,
        "SELECT p.id, c.novelty FROM project_images p JOIN images c ON c.name = p.product"
        " WHERE p.project = ? AND c.novelty IS NOT NULL",
    )  # fmt: skip
    if told is not None:
        return told
    if eyes.classifier is None:
        raise ArchiveError("the catalogue does not tell how new these images are: name a --model")
    features = []
    for done, (_, path) in enumerate(images, start=1):
        picture = read_picture(Path(path))
        features.append(pooled(eyes.classifier.seen(picture)))
        if tell is not None:
            tell(done, len(images))
    return newness(np.stack(features))


def newness(features: F64) -> F64:
    """(n,) of (n, d): the `NEWEST` in DEMUD's order, then the others by what is left of them."""
    demud = Demud()
    first = demud.rank(features, min(NEWEST, len(features)))
    demud.learn_all(features[first.order])
    rest = np.array([demud.novelty(one) for one in features])
    # whatever was chosen comes before all that was not, in the order of the choice
    above = rest.max(initial=0.0) + 1.0
    rest[first.order] = above + np.arange(len(first.order))[::-1]
    return rest


def _told(
    database: Database, project: Project, images: Sequence[tuple[int, str]], query: str
) -> F64 | None:
    """(n,) what the catalogue says of the images; None unless it says it of each."""
    prepare(database)
    with database.reading() as session:
        found = {int(number): float(value) for number, value in session.run(query, project.id)}
    if any(number not in found for number, _ in images):
        return None
    return np.array([found[number] for number, _ in images])


def _each(
    images: Sequence[tuple[int, str]], value: Callable[[Path], float], tell: Tell | None
) -> F64:
    values = np.empty(len(images))
    for at, (_, path) in enumerate(images):
        values[at] = value(Path(path))
        if tell is not None:
            tell(at + 1, len(images))
    return values


def _images(database: Database, project: Project) -> list[tuple[int, str]]:
    """Number and path of each image of a project."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id, path FROM project_images WHERE project = ? ORDER BY id", project.id
        )
    return [(int(number), str(path)) for number, path in rows]
