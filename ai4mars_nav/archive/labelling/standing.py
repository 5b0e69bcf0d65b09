"""The answers that were given, as reviews and exports read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ai4mars_nav.archive.database import Database, Row, Session
from ai4mars_nav.archive.labelling.projects import Project

STANDS, TAKEN_BACK, DROPPED = "stands", "taken back", "dropped"

_QUERY = (
    "SELECT a.id, c.name, a.content, a.label, a.guess_shown, a.guess_used, a.seconds, a.given,"
    " a.taken_back, a.dropped, (SELECT r.rating FROM ratings r WHERE r.answer = a.id"
    " ORDER BY r.id DESC LIMIT 1) FROM answers a JOIN tasks t ON t.id = a.task"
    " JOIN accounts c ON c.id = a.account WHERE t.image = ? ORDER BY a.id"
)


@dataclass(frozen=True)
class Labelled:
    """An image of a project."""

    id: int
    product: str
    path: str
    height: int
    width: int
    ranges: str


@dataclass(frozen=True)
class Answer:
    """One answer of one labeller."""

    id: int
    labeller: str
    content: dict[str, Any]
    label: bytes | None
    guess_shown: bool
    guess_used: bool
    seconds: float
    given: float
    state: str
    rating: int | None

    @property
    def classes(self) -> tuple[int, ...]:
        """What a whole image shows."""
        return tuple(self.content["classes"])


def classes_in(content: str) -> tuple[int, ...]:
    """The classes that a stored answer gives a whole image."""
    return tuple(json.loads(content)["classes"])


def images_of(database: Database, project: Project) -> list[Labelled]:
    """The images of a project that anybody has labelled, by product."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id, product, path, height, width, ranges FROM project_images i"
            " WHERE project = ? AND EXISTS (SELECT 1 FROM tasks t JOIN answers a ON a.task = t.id"
            " WHERE t.image = i.id) ORDER BY product",
            project.id,
        )
    return [Labelled(*row) for row in rows]


def answers_in(session: Session, image: int) -> list[Answer]:
    """All answers to an image, also those that were taken back or dropped, as they came."""
    return [_answer(row) for row in session.run(_QUERY, image)]


def answers_of(database: Database, image: int) -> list[Answer]:
    """The same in a block of its own."""
    with database.reading() as session:
        return answers_in(session, image)


def standing(answers: list[Answer]) -> list[Answer]:
    """Those that stand."""
    return [one for one in answers if one.state == STANDS]


def all_of(database: Database, project: Project) -> Iterator[tuple[Labelled, list[Answer]]]:
    """Each labelled image of a project with all of its answers, one after the other."""
    for image in images_of(database, project):
        yield image, answers_of(database, image.id)


def _answer(row: Row) -> Answer:
    number, name, content, label, shown, used, seconds, given, taken_back, dropped, rating = row
    state = TAKEN_BACK if taken_back is not None else DROPPED if dropped else STANDS
    return Answer(
        number, name, json.loads(content), None if label is None else bytes(label), bool(shown),
        bool(used), seconds, given, state, rating,
    )  # fmt: skip
