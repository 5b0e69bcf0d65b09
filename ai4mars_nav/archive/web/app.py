"""The application: the store, the pages over it, and what all pages have in common."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.web import search_routes

HERE = Path(str(files(__package__)))


@dataclass(frozen=True)
class Archive:
    """What the routes work with: `request.app.state.archive`."""

    database: Database
    roots: tuple[Path, ...]
    """Folders whose files may be served, and no others."""
    templates: Jinja2Templates


def create_app(database: Database, roots: tuple[Path, ...]) -> FastAPI:
    """The pages and their API over one store."""
    app = FastAPI(title="ai4mars archive", docs_url=None, redoc_url=None)
    templates = Jinja2Templates(directory=HERE / "templates")
    app.state.archive = Archive(database, roots, templates)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(search_routes.router)
    return app
