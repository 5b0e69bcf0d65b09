"""The labelling page and its API."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Body, Request, Response

from ai4mars_nav.archive.errors import ArchiveError, Missing
from ai4mars_nav.archive.labelling import answers, projects, tasks
from ai4mars_nav.archive.labelling.accounts import Account
from ai4mars_nav.archive.labelling.answers import Given
from ai4mars_nav.archive.labelling.drawn import Drawn, label_of, png_of
from ai4mars_nav.archive.labelling.images import beyond_limit
from ai4mars_nav.archive.labelling.projects import IMAGE, Project
from ai4mars_nav.archive.labelling.tasks import Task
from ai4mars_nav.archive.web.label_api import (
    AnyAnswer,
    Draft,
    ImageAnswer,
    Number,
    PixelAnswer,
    ProgressTold,
    Saved,
    ScaleBar,
    TaskTold,
)
from ai4mars_nav.archive.web.roots import url_of
from ai4mars_nav.archive.web.security import account_of
from ai4mars_nav.terrain import UNKNOWN

router = APIRouter()
NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "There is nothing", "model": None}}
_KEPT = {"cache-control": "private, max-age=3600"}


@router.get("/label", include_in_schema=False)
def projects_page(request: Request) -> Response:
    """The projects that are open, with how far each is."""
    archive, account = request.app.state.archive, account_of(request)
    shown = [
        (project, projects.progress(archive.database, project, account.id))
        for project in projects.list_projects(archive.database)
        if not project.closed
    ]
    page: Response = archive.templates.TemplateResponse(
        request, "projects.html", {"page": "label", "projects": shown}
    )
    return page


@router.get("/label/{number}", include_in_schema=False)
def label_page(request: Request, number: Number) -> Response:
    """The page of one project; its script asks for the rest."""
    archive, account = request.app.state.archive, account_of(request)
    project = projects.project_of(archive.database, number)
    page: Response = archive.templates.TemplateResponse(
        request, "label.html", {"page": "label", "project": _facts(request, project, account)}
    )
    return page


@router.get("/api/projects/{number}/next", response_model=TaskTold, responses=NOTHING)
def next_task(request: Request, number: Number) -> Any:
    """What to label next; 204 when nothing is left."""
    database, account = request.app.state.archive.database, account_of(request)
    project = projects.project_of(database, number)
    task = None if project.closed else tasks.next_task(database, project, account.id, time.time())
    return Response(status_code=204) if task is None else _told(request, project, task, account)


@router.get("/api/projects/{number}/progress")
def get_progress(request: Request, number: Number) -> ProgressTold:
    """How far a project is."""
    database = request.app.state.archive.database
    project = projects.project_of(database, number)
    return ProgressTold.of(projects.progress(database, project, account_of(request).id))


@router.post("/api/tasks/{number}/answer", status_code=201)
def post_answer(request: Request, number: Number, answer: AnyAnswer) -> Saved:
    """Save an answer. The same `client_id` sent again is saved once."""
    database, account = request.app.state.archive.database, account_of(request)
    known = answers.known_answer(database, account.id, str(answer.client_id))
    if known is not None:
        return Saved(answer=known)
    task = tasks.task_of(database, number, account.id)
    project = projects.project_of(database, task.project)
    given = _given(answer, project, task)
    return Saved(answer=answers.save_answer(database, number, account.id, given, time.time()))


@router.post("/api/tasks/{number}/later", status_code=204)
def later(request: Request, number: Number) -> None:
    """Not now: it comes again last."""
    database = request.app.state.archive.database
    tasks.put_off(database, number, account_of(request).id, time.time())


@router.put("/api/tasks/{number}/draft", status_code=204)
def put_draft(request: Request, number: Number, draft: Draft = Body()) -> None:  # noqa: B008
    """Keep unfinished work."""
    content = json.dumps(draft.model_dump())
    database = request.app.state.archive.database
    tasks.save_draft(database, number, account_of(request).id, content, time.time())


@router.get("/api/tasks/{number}/draft", response_model=Draft, responses=NOTHING)
def get_draft(request: Request, number: Number) -> Any:
    """Unfinished work, 204 if there is none."""
    task = tasks.task_of(request.app.state.archive.database, number, account_of(request).id)
    return Response(status_code=204) if task.draft is None else json.loads(task.draft)


PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}


@router.get("/api/tasks/{number}/guess.png", response_class=Response, responses=PNG)
def guess_image(request: Request, number: Number) -> Response:
    """The label that a model gives, 255 where it has no opinion."""
    database = request.app.state.archive.database
    task = tasks.task_of(database, number, account_of(request).id)
    project = projects.project_of(database, task.project)
    if not project.guess or project.kind == IMAGE:
        raise Missing(f"project {project.name} has no model that labels pixels")
    return Response(request.app.state.guesses.label(project, task), 200, _KEPT, "image/png")


@router.get("/api/tasks/{number}/range.png", response_class=Response, responses=PNG)
def range_image(request: Request, number: Number) -> Response:
    """255 where the ground is further away than 30 m."""
    task = tasks.task_of(request.app.state.archive.database, number, account_of(request).id)
    if not task.ranges:
        raise Missing(f"how far the ground in {task.product} is, is not known")
    mask = beyond_limit(Path(task.ranges), (task.height, task.width))
    return Response(png_of(mask), 200, _KEPT, "image/png")


@router.post("/api/answers/{number}/undo")
def undo(request: Request, number: Number) -> TaskTold:
    """Take the last answer back: its task again, with what was answered as its draft."""
    database, account = request.app.state.archive.database, account_of(request)
    task = answers.take_back(database, number, account.id, time.time())
    return _told(request, projects.project_of(database, task.project), task, account)


def _given(answer: ImageAnswer | PixelAnswer, project: Project, task: Task) -> Given:
    """The checked answer, its shapes drawn."""
    if answer.kind != project.kind:
        raise ArchiveError(f"kind: this project is of {project.kind}")
    values = {one.value for one in project.classes}
    content = answer.model_dump(
        mode="json", by_alias=True, exclude={"kind", "client_id", "guess_used", "seconds"}
    )
    label = None
    if isinstance(answer, ImageAnswer):
        if len(set(answer.classes)) != len(answer.classes) or not set(answer.classes) <= values:
            raise ArchiveError("classes: each once, and of this project")
    else:
        if (answer.height, answer.width) != (task.height, task.width):
            raise ArchiveError(
                f"height, width: {answer.height} x {answer.width}, the image has "
                f"{task.height} x {task.width}"
            )
        drawn = [Drawn(s.value, s.type, s.points, s.width) for s in answer.shapes]
        pixels = label_of(drawn, (task.height, task.width), values)
        if (pixels == UNKNOWN).all():
            raise ArchiveError("shapes: no pixel of the image is labelled; put it off instead")
        label = png_of(pixels)
    return Given(str(answer.client_id), content, label, answer.guess_used, answer.seconds)


def _told(request: Request, project: Project, task: Task, account: Account) -> TaskTold:
    archive = request.app.state.archive
    guess: dict[str, float] | str | None = None
    if project.guess and account.guess:
        tasks.note_guess(archive.database, task)
        if project.kind == IMAGE:
            guess = request.app.state.guesses.probabilities(project, task)
        else:
            guess = f"/api/tasks/{task.id}/guess.png"
    bar = None
    if task.bar is not None:
        bar = ScaleBar(pixels=task.bar.pixels, metres=task.bar.metres, corners=task.bar.corners)
    with archive.database.reading() as session:
        progress = projects.progress_in(session, project, account.id)
        last = answers.last_answer_in(session, project.id, account.id)
    return TaskTold(
        task=task.id, image=_image_url(request, task.path), width=task.width, height=task.height,
        product=task.product, guess=guess,
        range=f"/api/tasks/{task.id}/range.png" if task.ranges else None, scale_bar=bar,
        progress=ProgressTold.of(progress), last_answer=last,
    )  # fmt: skip


def _image_url(request: Request, path: str) -> str:
    url = url_of(request.app.state.archive.roots, Path(path))
    if url is None:
        raise ArchiveError(
            f"{Path(path).name} lies in no folder that this server may show: start it with --root"
        )
    return url


def _facts(request: Request, project: Project, account: Account) -> dict[str, Any]:
    """What the page is told of a project."""
    return {
        "id": project.id,
        "name": project.name,
        "kind": project.kind,
        "labeller": account.name,
        "classes": [
            {"value": c.value, "name": c.name, "colour": c.colour, "key": c.key, "help": c.help}
            for c in project.classes
        ],
        "guess": bool(project.guess) and account.guess,
        "tutorial": [
            {
                "image": _image_url(request, lesson.image),
                "text": lesson.text,
                "answer": _image_url(request, lesson.answer)
                if isinstance(lesson.answer, str)
                else lesson.answer,
            }
            for lesson in project.tutorial
        ],
        "scale_bar_metres": None,
    }
