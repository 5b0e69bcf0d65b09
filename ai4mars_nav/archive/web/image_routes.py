"""One image: its picture from wherever it lies, what is known of it, what looks like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import cv2
import numpy as np
from fastapi import APIRouter, HTTPException, Request, Response

from ai4mars_nav.archive.catalogue.query import Query, read_query
from ai4mars_nav.archive.catalogue.records import Mark, Record, landmarks_of, record_of, records_of
from ai4mars_nav.archive.web import search_words as words
from ai4mars_nav.archive.web.files import answer, state_of
from ai4mars_nav.archive.web.pictures import classes_of, picture_of, place_of
from ai4mars_nav.archive.web.reliability import Reliability, reliability
from ai4mars_nav.archive.web.roots import NotServed, url_of
from ai4mars_nav.archive.web.thumbnails import SIDES
from ai4mars_nav.dataset.errors import BadInput
from ai4mars_nav.terrain import COLOURS, NAMES, UNKNOWN

router = APIRouter()
NEIGHBOURS, MARKS = 12, 36
_OPACITY = 140


@dataclass(frozen=True)
class Judged:
    """A class of the image, and how far such an answer is to be believed."""

    kind: str
    confidence: float
    model: str
    known: Reliability | None


@router.get("/images/{image}", response_class=Response, include_in_schema=False)
def image_page(request: Request, image: int) -> Response:
    """All that is known of an image; `at` is its place in the search of the address."""
    archive, search = request.app.state.archive, request.app.state.search
    record = record_of(archive.database, _number(image))
    query, at = _came_from(request)
    landmarks = _rare_first(landmarks_of(archive.database, record.id))
    near = search.neighbours.of(record.id, NEIGHBOURS)
    page: Response = archive.templates.TemplateResponse(
        request,
        "image.html",
        {
            "page": "search",
            "record": record,
            "words": words,
            "classes": [
                Judged(one.kind, one.confidence, one.model,
                       reliability(one.model, one.kind, one.confidence))
                for one in record.classes
            ],
            "ground": [
                (name, share, "#" + bytes(COLOURS[k]).hex())
                for k, name in enumerate(NAMES)
                if (share := getattr(record, name.replace(" ", "_"))) is not None
            ],
            "landmarks": landmarks,
            "crops": [(mark, _crop(archive.roots, mark)) for mark in landmarks[:MARKS]],
            "visible": _visible(archive.roots, record),
            "near": list(zip(records_of(archive.database, [one.image for one in near]), near,
                             strict=True)),
            "back": query.address(),
            **_beside(request, query, at),
        },
    )  # fmt: skip
    return page


@router.get("/images/{image}/picture", response_class=Response, include_in_schema=False)
def picture(request: Request, image: int, side: int = 1280) -> Response:
    """The picture as a JPEG, at most 160, 320, 640 or 1280 pixels long."""
    archive, thumbnails = request.app.state.archive, request.app.state.search.thumbnails
    if side not in SIDES:
        raise HTTPException(422, f"side must be one of {', '.join(map(str, SIDES))}")
    record = record_of(archive.database, _number(image))
    try:
        place = place_of(archive.roots, record)
        made_of = f"{place} {state_of(place)} {record.part or ''}"
        return answer(
            request, f"{state_of(place)}-{image}-{side}",
            lambda: thumbnails.jpeg(made_of, side, lambda: picture_of(place, record)),
        )  # fmt: skip
    except NotServed as error:
        raise HTTPException(404, "The picture is below no registered root.") from error
    except BadInput as error:
        raise HTTPException(415, f"{error.problem.kind}: {error.problem.text}") from error


@router.get("/images/{image}/classes.png", response_class=Response, include_in_schema=False)
def overlay(request: Request, image: int) -> Response:
    """The terrain classes of an image in colour, clear where there are none."""
    archive = request.app.state.archive
    record = record_of(archive.database, _number(image))
    try:
        place = place_of(archive.roots, record)
        label = classes_of(archive.roots, place, record)
    except NotServed as error:
        raise HTTPException(404, "There are no classes of this image.") from error
    except BadInput as error:
        raise HTTPException(415, f"{error.problem.kind}: {error.problem.text}") from error
    palette = np.zeros((256, 4), np.uint8)
    palette[: len(NAMES), :3], palette[: len(NAMES), 3] = COLOURS[:, ::-1], _OPACITY
    palette[UNKNOWN] = 0
    _, coded = cv2.imencode(".png", palette[label])
    return Response(
        coded.tobytes(), media_type="image/png", headers={"Cache-Control": "private, max-age=600"}
    )


def _came_from(request: Request) -> tuple[Query, int | None]:
    """The search that led here and the image's place in it, counted from 0."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    places = [value for key, value in pairs if key == "at"]
    query = read_query(pair for pair in pairs if pair[0] != "at")
    if places and places[-1].isascii() and places[-1].isdecimal() and len(places[-1]) < 10:
        return query, int(places[-1])
    return query, None


def _beside(request: Request, query: Query, at: int | None) -> dict[str, Any]:
    """The images before and after this one in the search."""
    if at is None:
        return {"before": None, "after": None, "place": None, "total": None}
    finder = request.app.state.search.finder

    def address(place: int) -> str | None:
        if place < 0:
            return None
        _, ids = finder.search(replace(query, page=place + 1), 1)
        pairs = [*replace(query, page=1).pairs(), ("at", str(place))]
        return f"/images/{ids[0]}?{urlencode(pairs)}" if ids else None

    found, _ = finder.search(query)
    return {"before": address(at - 1), "after": address(at + 1), "place": at, "total": found.total}


def _visible(roots: Sequence[Path], record: Record) -> str:
    """Why the picture cannot be shown; empty where it can."""
    try:
        place_of(roots, record)
    except NotServed as error:
        return str(error)
    return ""


def _rare_first(landmarks: Sequence[Mark]) -> list[Mark]:
    """Craters before what is everywhere; within a kind the surest first."""
    counts = Counter(mark.kind for mark in landmarks)
    return sorted(landmarks, key=lambda mark: (counts[mark.kind], mark.kind))


def _crop(roots: Sequence[Path], mark: Mark) -> str | None:
    """The address of a landmark's own picture."""
    return None if mark.file is None else url_of(roots, Path(mark.file), 160)


def _number(image: int) -> int:
    """Ids of the store have 64 bits."""
    if not 0 < image < 1 << 62:
        raise HTTPException(404, "There is no such image.")
    return image
