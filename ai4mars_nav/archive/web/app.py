"""The application: the store, the pages over it, and what all pages have in common."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.web import files as file_routes
from ai4mars_nav.archive.web import search_routes
from ai4mars_nav.archive.web.thumbnails import Thumbnails, default_thumbnails

HERE = Path(str(files(__package__)))


@dataclass(frozen=True)
class Archive:
    """What the routes work with: `request.app.state.archive`."""

    database: Database
    roots: tuple[Path, ...]
    """Folders whose files may be served, and no others."""
    templates: Jinja2Templates
    thumbnails: Thumbnails


def create_app(
    database: Database, roots: tuple[Path, ...], thumbnails: Path | None = None
) -> FastAPI:
    """The pages and their API over one store."""
    app = FastAPI(title="ai4mars archive", docs_url=None, redoc_url=None)
    templates = Jinja2Templates(directory=HERE / "templates")
    app.state.archive = Archive(
        database, roots, templates, Thumbnails(thumbnails or default_thumbnails())
    )
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(file_routes.router)
    app.include_router(search_routes.router)
    return app
