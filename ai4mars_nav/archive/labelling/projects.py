"""Projects: images that are to be labelled with some classes, each by several people."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ai4mars_nav.archive.database import Database, Row, Session
from ai4mars_nav.archive.errors import ArchiveError, Conflict, Missing
from ai4mars_nav.archive.labelling.classes import LabelClass, terrain_classes
from ai4mars_nav.archive.labelling.images import Bar, ToLabel
from ai4mars_nav.dataset.drawing import file_name
from ai4mars_nav.dataset.merge import MOST_LABELS, MergeSettings

IMAGE, PIXELS = "image", "pixels"
KINDS = (IMAGE, PIXELS)
RANDOM, UNCERTAIN, NOVEL, BOTH = "random", "uncertain", "novel", "both"
ORDERS = (RANDOM, UNCERTAIN, NOVEL, BOTH)
"""Which image comes first: any; what a model knows least about; what it has not seen the like of;
what is high in either."""

_COLUMNS = (
    "id, name, kind, classes, labels_needed, min_labels, min_agreement, arranged, guess, "
    "tutorial, closed"
)


@dataclass(frozen=True)
class Lesson:
    """One example of the tutorial."""

    image: str
    """Path of the picture."""
    text: str
    answer: tuple[int, ...] | str | None
    """Class values that are right, path of a label image, None where nothing is to be answered."""


@dataclass(frozen=True)
class Plan:
    """What a project is to be."""

    name: str
    kind: str
    classes: tuple[LabelClass, ...]
    labels_needed: int
    """Of each image."""
    rule: MergeSettings
    """How its labels become one."""
    arranged: str = RANDOM
    guess: str = ""
    """Model whose opinion labellers are shown; empty for none."""
    tutorial: tuple[Lesson, ...] = ()


@dataclass(frozen=True)
class Project(Plan):
    """A project of the store."""

    id: int = 0
    closed: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a project is."""

    images: int
    done: int
    """Images with all the labels that they need."""
    labels: int
    labels_needed: int
    """Of each image."""
    mine: int
    """Images that whoever asked has labelled."""


def check_plan(plan: Plan) -> None:
    """An error where a plan cannot work."""
    name = plan.name
    if not 1 <= len(name) <= 80 or not name.isprintable() or name != name.strip():
        raise ArchiveError(f"{name[:90]!r} is no name of a project: 1 to 80 characters")
    for what, value, choices in (("kind", plan.kind, KINDS), ("order", plan.arranged, ORDERS)):
        if value not in choices:
            raise ArchiveError(f"{name}: {what} {value[:40]!r} must be one of {', '.join(choices)}")
    if plan.kind == PIXELS and len(plan.classes) > len(terrain_classes()):
        raise ArchiveError(
            f"{name}: {len(plan.classes)} classes; labels of pixels are the terrain's "
            f"{len(terrain_classes())}, which is what merging and training know"
        )
    if not 1 <= plan.labels_needed <= MOST_LABELS:
        raise ArchiveError(f"{name}: {plan.labels_needed} labels an image; 1 to {MOST_LABELS}")
    if not 1 <= plan.rule.min_labels <= plan.labels_needed:
        raise ArchiveError(
            f"{name}: {plan.rule.min_labels} labellers must agree, of {plan.labels_needed}"
        )
    known = {one.value for one in plan.classes}
    for lesson in plan.tutorial:
        if isinstance(lesson.answer, tuple) and not set(lesson.answer) <= known:
            raise ArchiveError(f"{name}: the tutorial's {lesson.image} has an unknown class")


def check_same(project: Project, plan: Plan) -> None:
    """An error where images cannot be added to a project under this plan."""
    for what in ("kind", "classes"):
        if getattr(project, what) != getattr(plan, what):
            raise Conflict(f"project {project.name} is there already, with other {what}")


def add_project(database: Database, plan: Plan, images: Sequence[ToLabel], now: float) -> Project:
    """Make a project of checked images."""
    check_plan(plan)
    if not images:
        raise ArchiveError(f"{plan.name}: no image to label")
    with database.writing() as session:
        if session.run("SELECT 1 FROM projects WHERE name = ?", plan.name):
            raise Conflict(f"there is a project {plan.name} already")
        ((number,),) = session.run(
            "INSERT INTO projects (name, kind, classes, labels_needed, min_labels, min_agreement,"
            " arranged, guess, tutorial, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " RETURNING id",
            plan.name, plan.kind, json.dumps([asdict(one) for one in plan.classes]),
            plan.labels_needed, plan.rule.min_labels, plan.rule.min_agreement, plan.arranged,
            plan.guess, json.dumps([asdict(one) for one in plan.tutorial]), now,
        )  # fmt: skip
        _insert_images(session, number, images)
    return project_of(database, number)


def add_images(database: Database, project: Project, images: Sequence[ToLabel]) -> int:
    """Add the images that the project has not yet; how many there were."""
    with database.writing() as session:
        rows = session.run("SELECT product FROM project_images WHERE project = ?", project.id)
        known = {str(row[0]).lower() for row in rows}
        new = [image for image in images if image.product.lower() not in known]
        _insert_images(session, project.id, new)
    return len(new)


def project_of(database: Database, number: int) -> Project:
    """The project of a number."""
    with database.reading() as session:
        return project_in(session, number)


def project_in(session: Session, number: int) -> Project:
    """The same within a block."""
    rows = session.run(f"SELECT {_COLUMNS} FROM projects WHERE id = ?", number)
    if not rows:
        raise Missing(f"there is no project {number}")
    return _project(rows[0])


def project_named(database: Database, name: str) -> Project:
    """The project of a name."""
    with database.reading() as session:
        rows = session.run(f"SELECT {_COLUMNS} FROM projects WHERE name = ?", name)
    if not rows:
        raise Missing(f"there is no project {name[:90]}")
    return _project(rows[0])


def list_projects(database: Database) -> list[Project]:
    """All projects, by name."""
    with database.reading() as session:
        return list(map(_project, session.run(f"SELECT {_COLUMNS} FROM projects ORDER BY name")))


def set_closed(database: Database, project: Project, now: float | None) -> None:
    """Hand out no more tasks of it from `now` on; None opens it again."""
    with database.writing() as session:
        session.run("UPDATE projects SET closed = ? WHERE id = ?", now, project.id)


def set_priorities(
    database: Database, project: Project, order: str, priorities: Iterable[tuple[int, float]]
) -> None:
    """Hand out images in another order: (image, priority), the highest first."""
    with database.writing() as session:
        session.run("UPDATE projects SET arranged = ? WHERE id = ?", order, project.id)
        session.run_many(
            "UPDATE project_images SET priority = ? WHERE id = ? AND project = ?",
            [(priority, image, project.id) for image, priority in priorities],
        )


def progress_in(session: Session, project: Project, account: int) -> Progress:
    """How far it is, for one account."""
    counts = session.run(
        "SELECT wanted, count(*), sum(answers) FROM project_images WHERE project = ?"
        " GROUP BY wanted",
        project.id,
    )
    ((mine,),) = session.run(
        "SELECT count(*) FROM tasks WHERE account = ? AND project = ? AND state = 'done'",
        account, project.id,
    )  # fmt: skip
    images = sum(int(row[1]) for row in counts)
    done = sum(int(row[1]) for row in counts if not row[0])
    labels = sum(int(row[2]) for row in counts)
    return Progress(images, done, labels, project.labels_needed, int(mine))


def progress(database: Database, project: Project, account: int) -> Progress:
    """How far it is, for one account."""
    with database.reading() as session:
        return progress_in(session, project, account)


def _insert_images(session: Session, project: int, images: Iterable[ToLabel]) -> None:
    seen: dict[str, str] = {}
    rows = []
    for image in images:
        # what differs only in spelling would be one folder of labels
        key = file_name(image.product).lower()
        if key in seen:
            raise ArchiveError(
                f"{image.path}: {seen[key]} is of the same product; a project has each once"
            )
        seen[key] = image.path
        bar = "" if image.bar is None else json.dumps(asdict(image.bar))
        rows.append((project, image.product, image.path, image.height, image.width, image.ranges,
                     bar, secrets.randbelow(2**31), 0.0))  # fmt: skip
    session.run_many(
        "INSERT INTO project_images (project, product, path, height, width, ranges, bar, shuffle,"
        " priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _project(row: Row) -> Project:
    number, name, kind, classes, needed, labels, agreement, arranged, guess, tutorial, closed = row
    lessons = tuple(map(_lesson, json.loads(tutorial)))
    return Project(
        name, kind, tuple(LabelClass(**one) for one in json.loads(classes)), int(needed),
        MergeSettings(int(labels), float(agreement)), arranged, guess, lessons,
        int(number), closed is not None,
    )  # fmt: skip


def _lesson(one: dict[str, Any]) -> Lesson:
    answer = one["answer"]
    return Lesson(one["image"], one["text"], tuple(answer) if isinstance(answer, list) else answer)


def bar_of(text: str) -> Bar | None:
    """The scale bar of an image as the store has it."""
    return Bar(**json.loads(text)) if text else None
