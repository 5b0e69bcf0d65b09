"""The plain twin of `search.py`: the store itself, one image after the other. Tests call it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ai4mars_nav.archive.catalogue.build import name_bytes
from ai4mars_nav.archive.catalogue.query import CHOSEN, PAGE, SURE, Query, percent
from ai4mars_nav.archive.catalogue.tables import FACETS, NUMBERS
from ai4mars_nav.archive.catalogue.text import meets, own_name_meets
from ai4mars_nav.archive.database import Database

_SHARES = ("soil", "bedrock", "sand", "big_rock")


@dataclass(frozen=True)
class Image:
    """One image with its names in words."""

    id: int
    name: str
    time: int | None
    facets: Mapping[str, str]
    numbers: Mapping[str, float | None]
    classes: Mapping[str, int]
    landmarks: Mapping[str, int]


def images_of(database: Database) -> list[Image]:
    """All images of a store."""
    with database.reading() as session:
        names = {row[0]: str(row[1]) for row in session.run("SELECT id, name FROM catalogue_names")}
        plain = ", ".join((*FACETS, "sol", *NUMBERS))
        rows = session.run(f"SELECT id, name, time, {plain} FROM images ORDER BY id")
        answers = session.run("SELECT image, kind, confidence FROM image_classes")
        landmarks = session.run("SELECT image, kind, confidence FROM image_landmarks")
    classes: dict[int, dict[str, int]] = {}
    for image, kind, confidence in answers:
        known = classes.setdefault(image, {})
        known[names[kind]] = max(known.get(names[kind], 0), percent(confidence))
    marks: dict[int, Counter[str]] = {}
    for image, kind, confidence in landmarks:
        if confidence >= SURE:
            marks.setdefault(image, Counter())[names[kind]] += 1
    return [
        Image(
            row[0], row[1], row[2],
            {facet: names.get(code, "") for facet, code in zip(FACETS, row[3:], strict=False)},
            dict(zip(("sol", *NUMBERS), row[3 + len(FACETS) :], strict=True)),
            classes.get(row[0], {}), marks.get(row[0], {}),
        )
        for row in rows
    ]  # fmt: skip


def search(images: Iterable[Image], query: Query) -> tuple[list[int], dict[str, dict[Any, int]]]:
    """The ids of all that is found, in order, and the counts of all facets and of sols."""
    counts: dict[str, Counter[Any]] = {facet: Counter() for facet in (*CHOSEN, "sol")}
    found = []
    for image in images:
        if not _in_ranges(image, query) or not _meets_words(image, query):
            continue
        fails = [facet for facet in counts if not _passes(image, query, facet)]
        for facet in counts:
            if not [other for other in fails if other != facet]:
                counts[facet].update(_values(image, query, facet))
        if not fails:
            found.append(image)
    found.sort(key=lambda image: _key(image, query))
    return [image.id for image in found], {facet: dict(n) for facet, n in counts.items()}


def page(ids: list[int], query: Query, size: int = PAGE) -> list[int]:
    """One page of all that was found."""
    return ids[(query.page - 1) * size : query.page * size]


def _values(image: Image, query: Query, facet: str) -> list[Any]:
    """What an image has of a facet, as it is counted."""
    if facet == "class":
        return [name for name, sure in image.classes.items() if sure >= query.confidence]
    if facet == "landmark":
        return [name for name, n in image.landmarks.items() if n >= query.landmarks]
    value = image.numbers["sol"] if facet == "sol" else image.facets[facet]
    return [] if value in (None, "") else [value]


def _passes(image: Image, query: Query, facet: str) -> bool:
    if facet == "sol":
        return _inside(image.numbers["sol"], *query.ranges.get("sol", (None, None)))
    chosen = query.chosen.get(facet)
    return not chosen or any(value in chosen for value in _values(image, query, facet))


def _in_ranges(image: Image, query: Query) -> bool:
    return all(
        _inside(_as_kept(name, image.numbers[name]), *ends)
        for name, ends in query.ranges.items()
        if name != "sol"
    )


def _as_kept(name: str, value: float | None) -> float | None:
    """Shares are kept in whole percent, all numbers in four bytes."""
    if value is None:
        return None
    return float(np.float32(percent(value) if name in _SHARES else value))


def _inside(value: float | None, lowest: float | None, highest: float | None) -> bool:
    if lowest is None and highest is None:
        return True
    if value is None:
        return False
    low = -math.inf if lowest is None else float(np.float32(lowest))
    high = math.inf if highest is None else float(np.float32(highest))
    return low <= value <= high


def _meets_words(image: Image, query: Query) -> bool:
    names = [*image.facets.values(), *_values(image, query, "class")]
    names += _values(image, query, "landmark")
    return all(
        own_name_meets(name_bytes(image.name), word)
        or any(name and meets(name, word) for name in names)
        for word in query.words
    )


def _key(image: Image, query: Query) -> tuple[Any, ...]:
    """What sorts the images: what is not known last, ties by id."""
    if query.sort == "name":
        return (name_bytes(image.name), image.id)
    if query.sort == "confidence":
        chosen = query.chosen.get("class")
        sure = [
            image.classes[name]
            for name in _values(image, query, "class")
            if not chosen or name in chosen
        ]
        return (-max(sure, default=0), image.id)
    if query.sort == "novelty":
        novelty = image.numbers["novelty"]
        return (novelty is None, -np.float32(novelty or 0.0), image.id)
    if image.time is None:
        return (1, 0, image.id)
    newest = query.sort == "newest"
    return (0, -image.time if newest else image.time, image.id if newest else -image.id)
