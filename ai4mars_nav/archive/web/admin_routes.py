"""What admins do in the browser: accounts, invitations, projects."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import accounts, guess, images, invitations, projects
from ai4mars_nav.archive.labelling.classes import LabelClass, parse_classes, terrain_classes
from ai4mars_nav.archive.labelling.projects import PIXELS, Plan
from ai4mars_nav.archive.web.security import account_of
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.dataset.errors import DatasetError, Findings
from ai4mars_nav.dataset.merge import MergeSettings
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.settings import SettingsError

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=300)]
_CLASSES_BYTES = 100_000
"""Of an uploaded file of classes."""


@router.get("/admin")
def admin_page(request: Request) -> Response:
    """Accounts and projects."""
    return _page(request, {})


@router.post("/admin/invitations")
def invite(request: Request, role: Text) -> Response:
    """A code for somebody new, shown once."""
    database = request.app.state.archive.database
    code = invitations.invite(database, account_of(request), role, time.time())
    return _page(request, {"code": code, "role": role})


@router.post("/admin/accounts/{name}")
def change_account(request: Request, name: str, role: Text) -> Response:
    """Give an account another role, or close it."""
    database = request.app.state.archive.database
    account = accounts.account_named(database, name)
    if role == "closed":
        accounts.close_account(database, account, time.time())
    else:
        accounts.set_role(database, account, role)
    return RedirectResponse("/admin", 303)


@router.post("/admin/projects/{number}")
def change_project(request: Request, number: int, state: Text) -> Response:
    """Close a project, or open it again."""
    database = request.app.state.archive.database
    project = projects.project_of(database, number)
    projects.set_closed(database, project, time.time() if state == "closed" else None)
    return RedirectResponse("/admin", 303)


@router.post("/admin/projects")
def add_project(
    request: Request,
    name: Text,
    kind: Text,
    root: Annotated[int, Form(ge=0)],
    labels_needed: Annotated[int, Form()],
    folder: Text = "",
    model: Text = "",
    ranges: Text = "",
    classes: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Make a project of the images of a folder below a root."""
    database = request.app.state.archive.database
    try:
        chosen = _classes(kind, classes)
        rule = MergeSettings(min(3, max(1, labels_needed)), 0.65)
        plan = Plan(name.strip(), kind, chosen, labels_needed, rule, guess=model)
        projects.check_plan(plan)
        if model:
            guess.check_guess(kind, tuple(one.name for one in chosen), model)
        paths = images.find_paths(_below(request, root, folder))
        known = _below(request, root, ranges) if ranges else None
        found = list(images.read_images(paths, known, Findings(skip=False)))
        projects.add_project(database, plan, found, time.time())
    except (ArchiveError, DatasetError, ContentError, PerceptionError, SettingsError) as error:
        return _page(request, {"words": str(error)}, 422)
    return RedirectResponse("/admin", 303)


def _classes(kind: str, upload: UploadFile | None) -> tuple[LabelClass, ...]:
    if upload is None or not upload.filename:
        if kind == PIXELS:
            return terrain_classes()
        raise ArchiveError("a project of whole images needs a file of classes")
    raw = upload.file.read(_CLASSES_BYTES + 1)
    if len(raw) > _CLASSES_BYTES:
        raise ArchiveError(f"the file of classes has over {_CLASSES_BYTES} bytes")
    try:
        return parse_classes(raw.decode("utf-8-sig"), "the file of classes")
    except UnicodeDecodeError as error:
        raise ArchiveError("the file of classes is no text in UTF-8") from error


def _below(request: Request, root: int, folder: str) -> Path:
    """A folder below a registered root, links followed."""
    roots = request.app.state.archive.roots
    if root >= len(roots) or "\0" in folder:
        raise ArchiveError("there is no such root")
    path: Path = (roots[root] / folder.strip().lstrip("/")).resolve()
    if not path.is_relative_to(roots[root]) or not path.is_dir():
        raise ArchiveError(f"{folder!r} is no folder below this root")
    return path


def _page(request: Request, shown: dict[str, Any], status: int = 200) -> Response:
    archive = request.app.state.archive
    known = projects.list_projects(archive.database)
    page: Response = archive.templates.TemplateResponse(
        request,
        "admin.html",
        {
            "page": "admin",
            "accounts": accounts.list_accounts(archive.database),
            "projects": [(one, projects.progress(archive.database, one, 0)) for one in known],
            "roles": accounts.ROLES,
            "roots": list(enumerate(archive.roots)),
            **shown,
        },
        status_code=status,
    )
    return page
