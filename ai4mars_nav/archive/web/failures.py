"""What goes wrong, in words: JSON for scripts and pictures, a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from ai4mars_nav.archive.errors import ArchiveError, Conflict, Missing, StoreFault
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.settings import SettingsError

FOR_SCRIPTS = ("/api/", "/files/")
"""Beginnings of paths that no person opens."""


class Problem(BaseModel):
    """Why a request was not done."""

    detail: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": words}
    for code, words in {
        400: "The request cannot be understood",
        401: "Nobody is signed in",
        403: "Whoever is signed in may not do this, or the X-CSRF-Token is missing",
        404: "It is not there",
        409: "The store is in another state than this expects",
        413: "The request is too long",
        415: "It is no picture that can be read",
        422: "A value cannot be used",
        429: "Too many requests: wait for the seconds of Retry-After",
        503: "The store or a model cannot be used just now",
    }.items()
}
"""For the schema of every route."""


def answer(
    request: Request, status: int, words: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that says what went wrong."""
    if request.scope["path"].startswith(FOR_SCRIPTS):
        return JSONResponse({"detail": words}, status, headers)
    archive = request.app.state.archive
    title = HTTPStatus(status).phrase
    page: Response = archive.templates.TemplateResponse(
        request, "failure.html", {"title": title, "words": words}, status_code=status,
        headers=headers,
    )  # fmt: skip
    return page


def sign_in_first(request: Request) -> Response:
    """To the page to sign in and back, or a 401."""
    if request.method != "GET" or request.scope["path"].startswith(FOR_SCRIPTS):
        return answer(request, 401, "sign in first")
    query = request.scope["query_string"].decode("latin-1")
    back = request.scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"/account/in?{urlencode({'back': back})}", 303)


def add_failures(app: FastAPI, headers: Mapping[str, str]) -> None:
    """Give errors their answers; `headers` go with those of faults of our own."""

    def refused(request: Request, error: Exception) -> Response:
        status = next(code for kind, code in _STATUS if isinstance(error, kind))
        return answer(request, status, str(error))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, 422, "; ".join(map(_in_words, error.errors()[:5])))

    def by_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(request, error.status_code, str(error.detail), error.headers)

    def fault(request: Request, error: Exception) -> Response:  # noqa: ARG001
        return answer(request, 500, "a fault of this program; its log says more", headers)

    for kind, _ in _STATUS:
        app.add_exception_handler(kind, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, by_status)
    app.add_exception_handler(Exception, fault)


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Missing, 404), (Conflict, 409), (StoreFault, 503), (ArchiveError, 422), (DatasetError, 422),
    # a model that a project names and that is not here, or not what its sidecar says
    (ContentError, 503), (PerceptionError, 503), (SettingsError, 503),
)  # fmt: skip


def _in_words(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    return f"{where}: {error['msg']}"
