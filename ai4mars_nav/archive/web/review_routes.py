"""The review: what agrees least, each label beside the image, ratings."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from fastapi import APIRouter, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from ai4mars_nav.archive.errors import Missing
from ai4mars_nav.archive.labelling import projects, reviewing
from ai4mars_nav.archive.labelling.classes import terrain_classes
from ai4mars_nav.archive.labelling.drawn import label_in
from ai4mars_nav.archive.labelling.projects import IMAGE
from ai4mars_nav.archive.web.label_api import Number
from ai4mars_nav.archive.web.roots import url_of
from ai4mars_nav.archive.web.security import account_of
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.dataset.review import overlay
from ai4mars_nav.terrain import CLASSES, UNKNOWN

router = APIRouter(include_in_schema=False)
_PAGE = 50
"""Images in a list."""
_PATIENCE = 1.0
"""Seconds that a list may take to compute the agreement of what changed."""


@router.get("/review")
def projects_page(request: Request) -> Response:
    """All projects."""
    archive, account = request.app.state.archive, account_of(request)
    shown = [
        (one, projects.progress(archive.database, one, account.id))
        for one in projects.list_projects(archive.database)
    ]
    return _page(request, "review_projects.html", {"projects": shown})


@router.get("/review/{number}")
def images_page(
    request: Request, number: Number, begin: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> Response:
    """One project: how far it is, who gave what, and its images, the most disputed first."""
    archive, account = request.app.state.archive, account_of(request)
    project = projects.project_of(archive.database, number)
    left = reviewing.fill_agreement(archive.database, project, _PATIENCE)
    alpha = math.nan
    if project.kind == IMAGE:
        alpha = reviewing.alpha_of(archive.database, project)
    shown = {
        "project": project,
        "progress": projects.progress(archive.database, project, account.id),
        "hands": reviewing.hands_of(archive.database, project),
        "rows": reviewing.rows_of(archive.database, project, begin, _PAGE),
        "left": left,
        "alpha": None if math.isnan(alpha) else alpha,
        "begin": begin,
        "count": reviewing.count_labelled(archive.database, project),
        "step": _PAGE,
    }
    return _page(request, "review_images.html", shown)


@router.get("/review/{number}/images/{image}")
def image_page(request: Request, number: Number, image: Number) -> Response:
    """One image, the labels that it was given beside each other, and what they say together."""
    archive = request.app.state.archive
    project = projects.project_of(archive.database, number)
    found = reviewing.judge(archive.database, project, image)
    shares = None
    if found.label is not None:
        shares = [(found.label == value).mean() for value in (*CLASSES, UNKNOWN)]
    shown = {
        "project": project,
        "found": found,
        "names": {one.value: one.name for one in project.classes},
        # as the overlays are drawn
        "colours": {one.value: one.colour for one in terrain_classes()},
        "url": url_of(archive.roots, Path(found.image.path)),
        "shares": shares,
        "ratings": reviewing.RATINGS,
        "version": f"{len(found.answers)}-{max((one.id for one in found.answers), default=0)}",
        "isnan": math.isnan,
    }
    return _page(request, "review_image.html", shown)


@router.get("/review/{number}/images/{image}/merged.png")
def merged_overlay(request: Request, number: Number, image: Number) -> Response:
    """The merged label on its image."""
    database = request.app.state.archive.database
    found = reviewing.judge(database, projects.project_of(database, number), image)
    if found.label is None:
        raise Missing(f"image {image} has no label of pixels")
    return _overlay(Path(found.image.path), found.label)


@router.get("/review/{number}/images/{image}/answers/{answer}.png")
def answer_overlay(request: Request, number: Number, image: Number, answer: Number) -> Response:
    """One label on its image."""
    database = request.app.state.archive.database
    found = reviewing.judge(database, projects.project_of(database, number), image)
    label = next((one.label for one in found.answers if one.id == answer), None)
    if label is None:
        raise Missing(f"image {image} has no label of pixels {answer}")
    return _overlay(Path(found.image.path), label_in(label))


@router.post("/review/answers/{answer}")
def rate(request: Request, answer: Number, rating: Annotated[int, Form()]) -> Response:
    """Rate a label; back to its image."""
    database = request.app.state.archive.database
    project, image = reviewing.rate(database, answer, account_of(request), rating, time.time())
    return RedirectResponse(f"/review/{project}/images/{image}#a{answer}", 303)


def _overlay(path: Path, label: U8) -> Response:
    beside = overlay(read_picture(path), label)
    shown = np.ascontiguousarray(beside[:, beside.shape[1] // 2 :, ::-1])
    done, coded = cv2.imencode(".png", shown)
    assert done, "OpenCV writes PNG"
    return Response(coded.tobytes(), media_type="image/png")


def _page(request: Request, name: str, shown: dict[str, Any]) -> Response:
    page: Response = request.app.state.archive.templates.TemplateResponse(
        request, name, {"page": "review", **shown}
    )
    return page
