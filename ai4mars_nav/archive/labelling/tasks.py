"""Who labels what next: leases, "later", drafts.

A task is one image for one labeller. It is leased for a while, so that many at once do not label
an image more often than it needs; work that comes late is taken all the same.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ai4mars_nav.archive.database import Database, Session
from ai4mars_nav.archive.errors import Conflict, Missing
from ai4mars_nav.archive.labelling.images import Bar
from ai4mars_nav.archive.labelling.projects import RANDOM, Project, bar_of

LEASE = 900.0
"""Seconds for which an image is kept for a labeller; saving a draft begins them anew."""
OPEN, DONE, LAPSED = "open", "done", "lapsed"

_TASK = (
    "SELECT t.id, i.id, i.product, i.path, i.height, i.width, i.ranges, i.bar, t.draft, t.project,"
    " t.state, t.guess_shown FROM tasks t JOIN project_images i ON i.id = t.image"
)
_FREE = (
    "i.project = ? AND i.wanted = 1"
    " AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.image = i.id AND t.account = ?"
    " AND t.state <> 'lapsed')"
    " AND i.answers + (SELECT count(*) FROM tasks t WHERE t.image = i.id AND t.state = 'open'"
    " AND t.postponed IS NULL AND t.lease_ends > ?) < ?"
)


@dataclass(frozen=True)
class Task:
    """One image for one labeller."""

    id: int
    image: int
    product: str
    path: str
    height: int
    width: int
    ranges: str
    bar: Bar | None
    draft: str | None
    """Unfinished work as the page left it."""
    project: int
    state: str
    guess_shown: bool


def next_task(database: Database, project: Project, account: int, now: float) -> Task | None:
    """What a labeller does next, None if nothing is left: what they have begun, else an image that
    nobody else has on lease, else what they put off."""
    with database.reading() as session:
        begun = _begun(session, project, account)
        if begun is not None and begun[1] > now + LEASE / 2:
            # asked for again, as by a reload: nothing to write down
            return task_in(session, begun[0], account)
    with database.writing() as session:
        while (begun := _begun(session, project, account)) is not None:
            if begun[1] > now or begun[2] or _has_room(session, begun[3], project, now):
                return _leased(session, begun[0], account, now)
            session.run("UPDATE tasks SET state = 'lapsed' WHERE id = ?", begun[0])
        image = _free_image(session, project, account, now)
        if image is not None:
            ((task,),) = session.run(
                "INSERT INTO tasks (image, project, account, state, leased, lease_ends)"
                " VALUES (?, ?, ?, 'open', ?, ?) ON CONFLICT (image, account) DO UPDATE SET"
                " state = 'open', leased = excluded.leased, lease_ends = excluded.lease_ends,"
                " postponed = NULL RETURNING id",
                image, project.id, account, now, now + LEASE,
            )  # fmt: skip
            return task_in(session, int(task), account)
        put_off = session.run(
            "SELECT t.id FROM tasks t JOIN project_images i ON i.id = t.image"
            " WHERE t.account = ? AND t.project = ? AND t.state = 'open'"
            " AND t.postponed IS NOT NULL AND (i.wanted = 1 OR t.draft IS NOT NULL)"
            " ORDER BY t.postponed LIMIT 1",
            account, project.id,
        )  # fmt: skip
        return _leased(session, int(put_off[0][0]), account, now) if put_off else None


def task_of(database: Database, number: int, account: int) -> Task:
    """A task of an account."""
    with database.reading() as session:
        return task_in(session, number, account)


def task_in(session: Session, number: int, account: int) -> Task:
    """The same within a block; another's task is not there for them."""
    rows = session.run(f"{_TASK} WHERE t.id = ? AND t.account = ?", number, account)
    if not rows:
        raise Missing(f"there is no task {number} of yours")
    first, (draft, project, state, shown) = rows[0][:8], rows[0][8:]
    task, image, product, path, height, width, ranges, bar = first
    return Task(
        task, image, product, path, height, width, ranges, bar_of(bar), draft, project, state,
        bool(shown),
    )  # fmt: skip


def open_task_in(session: Session, number: int, account: int) -> Task:
    """A task that is still to be answered."""
    task = task_in(session, number, account)
    if task.state == DONE:
        raise Conflict(f"task {number} was answered already; take the answer back to change it")
    if task.state == LAPSED:
        raise Conflict(f"task {number} went to others, as nothing was heard of it for long")
    return task


def put_off(database: Database, number: int, account: int, now: float) -> None:
    """Not now: it comes again when nothing else is left; others may have the image meanwhile."""
    with database.writing() as session:
        open_task_in(session, number, account)
        session.run("UPDATE tasks SET postponed = ?, lease_ends = ? WHERE id = ?", now, now, number)


def save_draft(database: Database, number: int, account: int, draft: str, now: float) -> None:
    """Keep unfinished work; the lease begins anew."""
    with database.writing() as session:
        open_task_in(session, number, account)
        session.run(
            "UPDATE tasks SET draft = ?, lease_ends = ? WHERE id = ?", draft, now + LEASE, number
        )


def note_guess(database: Database, task: Task) -> None:
    """The labeller is shown what a model thinks; written down once."""
    if not task.guess_shown:
        with database.writing() as session:
            session.run("UPDATE tasks SET guess_shown = 1 WHERE id = ?", task.id)


def _begun(session: Session, project: Project, account: int) -> tuple[int, float, bool, int] | None:
    """The task they are at: number, end of its lease, whether there is a draft, and its image."""
    rows = session.run(
        "SELECT id, lease_ends, draft IS NOT NULL, image FROM tasks WHERE account = ?"
        " AND project = ? AND state = 'open' AND postponed IS NULL ORDER BY leased DESC LIMIT 1",
        account, project.id,
    )  # fmt: skip
    return (int(rows[0][0]), rows[0][1], bool(rows[0][2]), int(rows[0][3])) if rows else None


def _has_room(session: Session, image: int, project: Project, now: float) -> bool:
    """Whether an image needs one more label than it has and others are at."""
    rows = session.run(
        "SELECT 1 FROM project_images i WHERE i.id = ? AND i.wanted = 1 AND i.answers +"
        " (SELECT count(*) FROM tasks t WHERE t.image = i.id AND t.state = 'open'"
        " AND t.postponed IS NULL AND t.lease_ends > ?) < ?",
        image, now, project.labels_needed,
    )  # fmt: skip
    return bool(rows)


def _free_image(session: Session, project: Project, account: int, now: float) -> int | None:
    wanted = (project.id, account, now, project.labels_needed)
    if project.arranged != RANDOM:
        rows = session.run(
            f"SELECT i.id FROM project_images i WHERE {_FREE}"
            " ORDER BY i.priority DESC, i.shuffle LIMIT 1",
            *wanted,
        )
        return int(rows[0][0]) if rows else None
    # from a place of its own each time, so that every labeller has another order
    start = secrets.randbelow(2**31)
    for where in ("i.shuffle >= ?", "i.shuffle < ?"):
        rows = session.run(
            f"SELECT i.id FROM project_images i WHERE {_FREE} AND {where}"
            " ORDER BY i.shuffle LIMIT 1",
            *wanted, start,
        )  # fmt: skip
        if rows:
            return int(rows[0][0])
    return None


def _leased(session: Session, number: int, account: int, now: float) -> Task:
    session.run(
        "UPDATE tasks SET leased = ?, lease_ends = ?, postponed = NULL WHERE id = ?",
        now, now + LEASE, number,
    )  # fmt: skip
    return task_in(session, number, account)
