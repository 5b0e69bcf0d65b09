"""The review on the spot: how well labels agree, what they say together, and ratings."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError, Missing
from ai4mars_nav.archive.labelling import agreement, standing
from ai4mars_nav.archive.labelling.accounts import Account
from ai4mars_nav.archive.labelling.answers import recount
from ai4mars_nav.archive.labelling.drawn import label_in
from ai4mars_nav.archive.labelling.projects import IMAGE, Project
from ai4mars_nav.archive.labelling.standing import Answer, Labelled
from ai4mars_nav.dataset.agreement import agreement_scores
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.dataset.merge import merge

RATINGS = (1, 2, 3, 4, 5)
"""1 drops a label, as in `ai4mars labels review`."""
DROP = 1
_SINGLE = -1.0
"""Stored for an image whose labels cannot be compared, being fewer than two."""


@dataclass(frozen=True)
class Judged:
    """The labels of one image side by side."""

    image: Labelled
    answers: tuple[Answer, ...]
    """All of them, also those that do not stand."""
    scores: dict[int, float]
    """Agreement of each answer that stands with the others, by its number; nan of a single one."""
    classes: tuple[int, ...]
    """What the image shows, where whole images are labelled."""
    label: U8 | None
    """The merged label (h, w), where pixels are."""


@dataclass(frozen=True)
class Row:
    """An image in the list of a review."""

    image: int
    product: str
    answers: int
    wanted: bool
    agreement: float | None
    """Mean over its labels; None where there are not two, or it was not computed yet."""


@dataclass(frozen=True)
class Hand:
    """What one labeller has given in a project."""

    name: str
    answers: int
    seconds: float
    """Mean of an answer."""
    guess_shown: float
    """Share of the answers."""
    dropped: int


def judge(database: Database, project: Project, image: int) -> Judged:
    """The labels of an image of a project."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id, product, path, height, width, ranges FROM project_images"
            " WHERE id = ? AND project = ?",
            image, project.id,
        )  # fmt: skip
        if not rows:
            raise Missing(f"project {project.name} has no image {image}")
        answers = standing.answers_in(session, image)
    return judged(project, Labelled(*rows[0]), answers)


def judged(project: Project, image: Labelled, answers: list[Answer]) -> Judged:
    """The same of answers that were read already."""
    stand = standing.standing(answers)
    if project.kind == IMAGE:
        said = [frozenset(one.classes) for one in stand]
        scores = agreement.shared_scores(said)
        classes, label = agreement.merged_classes(said, project.rule), None
    else:
        labels = [label_in(one.label) for one in stand if one.label is not None]
        scores, classes, label = [], (), None
        if labels:
            stack = np.stack(labels)
            scores, label = agreement_scores(stack).tolist(), merge(stack, project.rule)
    by_number = {one.id: score for one, score in zip(stand, scores, strict=True)}
    return Judged(image, tuple(answers), by_number, classes, label)


def fill_agreement(database: Database, project: Project, seconds: float) -> int:
    """Compute the agreement of images that changed, for so long; how many are left."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id FROM project_images WHERE project = ? AND agreement IS NULL AND answers > 0"
            " ORDER BY id",
            project.id,
        )
    end = time.monotonic() + seconds
    for done, (image,) in enumerate(rows):
        if time.monotonic() > end:
            return len(rows) - done
        found = judge(database, project, int(image))
        known = [score for score in found.scores.values() if not math.isnan(score)]
        mean = sum(known) / len(known) if known else _SINGLE
        with database.writing() as session:
            # only if nobody has changed the labels meanwhile
            count = sum(one.state == standing.STANDS for one in found.answers)
            session.run(
                "UPDATE project_images SET agreement = ? WHERE id = ? AND answers = ?",
                mean, image, count,
            )  # fmt: skip
    return 0


def rows_of(database: Database, project: Project, begin: int, count: int) -> list[Row]:
    """Labelled images of a project, those that agree least first, then those not to compare."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id, product, answers, wanted, agreement FROM project_images"
            " WHERE project = ? AND answers > 0 ORDER BY CASE WHEN agreement >= 0 THEN 0 ELSE 1"
            " END, agreement, id LIMIT ? OFFSET ?",
            project.id, count, begin,
        )  # fmt: skip
    return [
        Row(row[0], row[1], row[2], bool(row[3]),
            None if row[4] is None or row[4] < 0.0 else row[4])
        for row in rows
    ]  # fmt: skip


def count_labelled(database: Database, project: Project) -> int:
    """Images that have a label."""
    with database.reading() as session:
        rows = session.run(
            "SELECT count(*) FROM project_images WHERE project = ? AND answers > 0", project.id
        )
    return int(rows[0][0])


def hands_of(database: Database, project: Project) -> list[Hand]:
    """Who has given how much, the most first."""
    with database.reading() as session:
        rows = session.run(
            "SELECT c.name, count(*), avg(a.seconds), avg(a.guess_shown * 1.0), sum(a.dropped)"
            " FROM answers a JOIN tasks t ON t.id = a.task JOIN accounts c ON c.id = a.account"
            " WHERE t.project = ? AND a.taken_back IS NULL GROUP BY c.name"
            " ORDER BY count(*) DESC, c.name",
            project.id,
        )
    return [Hand(r[0], int(r[1]), float(r[2]), float(r[3]), int(r[4])) for r in rows]


def alpha_of(database: Database, project: Project) -> float:
    """Krippendorff's alpha of a project that labels whole images; nan where it has none."""
    with database.reading() as session:
        rows = session.run(
            "SELECT t.image, a.content FROM answers a JOIN tasks t ON t.id = a.task"
            " WHERE t.project = ? AND a.taken_back IS NULL AND a.dropped = 0",
            project.id,
        )
    units: defaultdict[int, list[agreement.Said]] = defaultdict(list)
    for image, content in rows:
        units[int(image)].append(frozenset(standing.classes_in(content)))
    return agreement.krippendorff(units.values())


def rate(database: Database, answer: int, by: Account, rating: int, now: float) -> tuple[int, int]:
    """Rate an answer, 1 drops it; its project and image. Earlier ratings stay in the history.

    An image that loses a label so is given to somebody else.
    """
    if rating not in RATINGS:
        raise ArchiveError(f"a rating is {RATINGS[0]} to {RATINGS[-1]}, not {rating}")
    with database.writing() as session:
        rows = session.run(
            "SELECT t.project, t.image FROM answers a JOIN tasks t ON t.id = a.task"
            " WHERE a.id = ? AND a.taken_back IS NULL",
            answer,
        )
        if not rows:
            raise Missing(f"there is no answer {answer} that stands")
        session.run(
            "INSERT INTO ratings (answer, account, rating, given) VALUES (?, ?, ?, ?)",
            answer, by.id, rating, now,
        )  # fmt: skip
        session.run("UPDATE answers SET dropped = ? WHERE id = ?", int(rating == DROP), answer)
        recount(session, int(rows[0][1]))
    return int(rows[0][0]), int(rows[0][1])
