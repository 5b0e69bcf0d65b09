"""The search page and its API."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
