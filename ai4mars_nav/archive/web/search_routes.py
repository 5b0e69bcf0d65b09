"""The search page and its API."""

from __future__ import annotations

from fastapi import APIRouter

from ai4mars_nav.archive.web import files

router = APIRouter()
router.include_router(files.router)
