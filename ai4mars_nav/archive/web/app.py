"""The application: the store, the pages over it, and what all pages have in common."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.labelling.guess import Guesses
from ai4mars_nav.archive.labelling.tables import prepare_labelling
from ai4mars_nav.archive.web import (
    account_routes,
    admin_routes,
    failures,
    label_routes,
    review_routes,
    search_routes,
)
from ai4mars_nav.archive.web.search_state import open_search
from ai4mars_nav.archive.web.security import HEADERS, Guard, Security, visit_of

HERE = Path(str(files(__package__)))


@dataclass(frozen=True)
class Archive:
    """What the routes work with: `request.app.state.archive`."""

    database: Database
    roots: tuple[Path, ...]
    """Folders whose files may be served, and no others."""
    templates: Jinja2Templates
    security: Security


def create_app(
    database: Database,
    roots: tuple[Path, ...],
    security: Security | None = None,
    keep: Path | None = None,
) -> FastAPI:
    """The pages and their API over one store; who may what is `Security()` unless told.

    With `keep`, a folder, the index of the catalogue and the thumbnails are kept there.
    """
    security = security or Security()
    prepare_labelling(database)
    app = FastAPI(title="ai4mars archive", docs_url=None, redoc_url=None)
    templates = Jinja2Templates(directory=HERE / "templates", context_processors=[_visitor])
    app.state.archive = Archive(database, roots, templates, security)
    app.state.search = open_search(database, keep)
    app.state.sign_in = account_routes.SignIn()
    app.state.guesses = Guesses(database)
    app.add_middleware(Guard, security=security)
    failures.add_failures(app, HEADERS)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(search_routes.router, responses=failures.RESPONSES)
    app.include_router(account_routes.router, responses=failures.RESPONSES)
    app.include_router(label_routes.router, responses=failures.RESPONSES)
    app.include_router(review_routes.router, responses=failures.RESPONSES)
    app.include_router(admin_routes.router, responses=failures.RESPONSES)
    return app


def _visitor(request: Request) -> dict[str, Any]:
    """What all pages say of whoever looks at them."""
    visit = visit_of(request)
    return {"account": visit.account, "csrf": visit.csrf}
