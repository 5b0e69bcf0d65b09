"""Answers: saved once, taken back, and never deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ai4mars_nav.archive.database import Database, Session
from ai4mars_nav.archive.errors import Conflict, Missing
from ai4mars_nav.archive.labelling.tasks import LEASE, Task, open_task_in, task_in


@dataclass(frozen=True)
class Given:
    """What a labeller says of an image."""

    client_id: str
    """Chosen by the page, so that what is sent again after a lost connection is saved once."""
    content: dict[str, Any]
    """As it was sent: classes and note, or shapes."""
    label: bytes | None
    """PNG of the label values, where pixels are labelled."""
    guess_used: bool
    seconds: float


def known_answer(database: Database, account: int, client_id: str) -> int | None:
    """The answer that was saved under this id before."""
    with database.reading() as session:
        return _known(session, account, client_id)


def save_answer(database: Database, number: int, account: int, given: Given, now: float) -> int:
    """Save an answer to a task; its number. It is on disk when this returns."""
    with database.writing() as session:
        before = _known(session, account, given.client_id)
        if before is not None:
            return before
        task = open_task_in(session, number, account)
        ((answer,),) = session.run(
            "INSERT INTO answers (task, account, client_id, content, label, guess_shown,"
            " guess_used, seconds, given) SELECT id, account, ?, ?, ?, guess_shown, ?, ?, ?"
            " FROM tasks WHERE id = ? RETURNING id",
            given.client_id, json.dumps(given.content), given.label, int(given.guess_used),
            given.seconds, now, number,
        )  # fmt: skip
        session.run(
            "UPDATE tasks SET state = 'done', postponed = NULL, draft = NULL WHERE id = ?", number
        )
        recount(session, task.image)
    return int(answer)


def take_back(database: Database, answer: int, account: int, now: float) -> Task:
    """Undo an answer, their last one in its project: its task is theirs again, with the answer as
    the draft. The answer stays in the history."""
    with database.writing() as session:
        rows = session.run(
            "SELECT a.task, a.content, a.taken_back, t.project, t.image FROM answers a"
            " JOIN tasks t ON t.id = a.task WHERE a.id = ? AND a.account = ?",
            answer, account,
        )  # fmt: skip
        if not rows:
            raise Missing(f"there is no answer {answer} of yours")
        task, content, taken_back, project, image = rows[0]
        if taken_back is not None:
            raise Conflict(f"answer {answer} was taken back already")
        if last_answer_in(session, int(project), account) != answer:
            raise Conflict(f"answer {answer} is not your last one, which alone can be taken back")
        session.run("UPDATE answers SET taken_back = ? WHERE id = ?", now, answer)
        session.run(
            "UPDATE tasks SET state = 'open', postponed = NULL, draft = ?, leased = ?,"
            " lease_ends = ? WHERE id = ?",
            content, now, now + LEASE, task,
        )  # fmt: skip
        recount(session, int(image))
        return task_in(session, int(task), account)


def last_answer_in(session: Session, project: int, account: int) -> int | None:
    """Their last answer in a project that stands."""
    rows = session.run(
        "SELECT max(a.id) FROM answers a JOIN tasks t ON t.id = a.task"
        " WHERE t.account = ? AND t.project = ? AND t.state = 'done' AND a.taken_back IS NULL",
        account, project,
    )  # fmt: skip
    return None if rows[0][0] is None else int(rows[0][0])


def recount(session: Session, image: int) -> None:
    """Say anew how many labels an image has, and whether it wants more."""
    session.run(
        "UPDATE project_images SET answers = (SELECT count(*) FROM answers a"
        " JOIN tasks t ON t.id = a.task WHERE t.image = project_images.id"
        " AND a.taken_back IS NULL AND a.dropped = 0), agreement = NULL WHERE id = ?",
        image,
    )
    session.run(
        "UPDATE project_images SET wanted = CASE WHEN answers < (SELECT labels_needed FROM projects"
        " WHERE projects.id = project_images.project) THEN 1 ELSE 0 END WHERE id = ?",
        image,
    )


def _known(session: Session, account: int, client_id: str) -> int | None:
    rows = session.run(
        "SELECT id FROM answers WHERE account = ? AND client_id = ?", account, client_id
    )
    return int(rows[0][0]) if rows else None
