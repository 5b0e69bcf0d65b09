"""`/files/{root}/{path}`: images below the registered roots, whole or as thumbnails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from ai4mars_nav.archive.web.roots import NotServed, kind_of, served
from ai4mars_nav.archive.web.thumbnails import SIDES
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import BadInput

LARGEST = 64 << 20
"""Bytes of the largest file that is sent whole."""
_CACHED = "private, max-age=3600"

router = APIRouter()


@router.get("/files/{root}/{path:path}", response_class=Response)
def file(request: Request, root: int, path: str, side: int | None = None) -> Response:
    """An image of a root, or its thumbnail with ?side=160, 320, 640 or 1280."""
    roots, thumbnails = request.app.state.archive.roots, request.app.state.search.thumbnails
    try:
        real = served(roots, root, path)
        tag = state_of(real)
        if side is None:
            return answer(request, tag, lambda: _whole(real))
        if side not in SIDES:
            raise HTTPException(422, f"side must be one of {', '.join(map(str, SIDES))}")
        return answer(
            request, f"{tag} {side}",
            lambda: thumbnails.jpeg(f"{real} {tag}", side, lambda: read_picture(real)),
        )  # fmt: skip
    except NotServed as error:
        raise HTTPException(404, "There is no such image.") from error
    except BadInput as error:
        raise HTTPException(415, f"{path}: {error.problem.kind}: {error.problem.text}") from error


def state_of(path: Path) -> str:
    """What tells this file from a later one of its name."""
    stat = path.stat()
    return f"{stat.st_size:x}-{stat.st_mtime_ns:x}"


def answer(request: Request, tag: str, make: Callable[[], bytes]) -> Response:
    """An image with its cache headers; 304 where the browser has it."""
    headers = {
        "ETag": f'"{tag.replace(" ", "-")}"',
        "Cache-Control": _CACHED,
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = make()
    return Response(content, media_type=kind_of(content), headers=headers)


def _whole(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise NotServed(f"{path} is over {LARGEST} bytes")
    return path.read_bytes()
