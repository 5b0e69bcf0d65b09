"""The search page and its API. The address is the whole state of a search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from ai4mars_nav.archive.catalogue import query as queries
from ai4mars_nav.archive.catalogue.query import CHOSEN, PAGE, RANGES, SORTS, BadQuery, read_query
from ai4mars_nav.archive.catalogue.records import records_of
from ai4mars_nav.archive.catalogue.usage import by_month
from ai4mars_nav.archive.web import files, image_routes, search_export, search_view, usage_chart
from ai4mars_nav.archive.web import search_words as words
from ai4mars_nav.archive.web.failures import RESPONSES
from ai4mars_nav.archive.web.traverse import traverse

router = APIRouter()
router.include_router(files.router)
router.include_router(image_routes.router)
router.include_router(search_export.router)

_LONGEST = 4000
"""Letters of an address that are read."""


class ImageFound(BaseModel):
    """An image of a result."""

    id: int
    name: str
    mission: str
    instrument: str
    sol: int | None
    site: str
    classes: dict[str, float]
    page: str
    """Where it is shown."""


class Result(BaseModel):
    """What a search found."""

    total: int
    address: str
    """The page of this search."""
    counts: dict[str, dict[str, int]]
    images: list[ImageFound]


_REFUSED: dict[int | str, dict[str, Any]] = {422: RESPONSES[422], 429: RESPONSES[429]}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    # a form sends the fields that nobody has filled, too
    either = {"anyOf": [schema, {"type": "string", "maxLength": 0}]}
    return {"name": name, "in": "query", "required": False, "schema": either}


_PARAMETERS = [
    *(
        {**_parameter(facet, {}), "schema": {"type": "array", "items": {"type": "string"}}}
        for facet in CHOSEN
    ),
    *(_parameter(f"{name}_{end}", {"type": "number"}) for name in RANGES for end in ("from", "to")),
    _parameter("confidence", {"type": "integer", "minimum": 0, "maximum": 100}),
    _parameter("landmarks", {"type": "integer", "minimum": 1, "maximum": 10_000}),
    _parameter("page", {"type": "integer", "minimum": 1, "maximum": 10_000_000}),
    _parameter("sort", {"type": "string", "enum": list(SORTS)}),
    _parameter("q", {"type": "string", "maxLength": 200}),
]


def query_of(request: Request) -> queries.Query:
    """The query of a request's address."""
    if len(request.url.query) > _LONGEST:
        raise BadQuery(f"an address of {len(request.url.query)} letters, at most {_LONGEST}")
    return read_query(parse_qsl(request.url.query, keep_blank_values=True))


@router.get("/", response_class=Response, include_in_schema=False)
def search_page(request: Request) -> Response:
    """Facets, and the images that are left."""
    archive, search = request.app.state.archive, request.app.state.search
    query = query_of(request)
    found, ids = search.finder.search(query)
    search.usage.count(query, search.finder.snapshot.vocabulary)
    first = (query.page - 1) * PAGE
    whole: Response = archive.templates.TemplateResponse(
        request,
        "search.html",
        {
            "page": "search",
            "query": query,
            "title": words.title(query, found.total),
            "total": found.total,
            "all": len(search.finder.snapshot.columns),
            "facets": search_view.facets(query, found),
            "chips": search_view.chips(query),
            "bars": search_view.bars(found.sols),
            "sol": search_view.fields(query, ("sol",))[0],
            "ground": search_view.fields(query, search_view.GROUND),
            "place": search_view.fields(query, search_view.PLACE),
            "pages": search_view.pages(query, found.total),
            "sorts": SORTS,
            "images": [
                (at, record) for at, record in enumerate(records_of(archive.database, ids), first)
            ],
            "words": words,
            "plain": replace(query, page=1),
        },
    )
    return whole


@router.get("/api/search", responses=_REFUSED, openapi_extra={"parameters": _PARAMETERS})
def search_api(request: Request) -> Result:
    """The same as JSON: all that the page's address has may be asked here, too."""
    archive, finder = request.app.state.archive, request.app.state.search.finder
    query = query_of(request)
    found, ids = finder.search(query)
    return Result(
        total=found.total,
        address=query.address(),
        counts={facet: dict(counts) for facet, counts in found.counts.items()},
        images=[
            ImageFound(
                id=one.id, name=one.name, mission=one.mission, instrument=one.instrument,
                sol=one.sol, site=one.site,
                classes={seen.kind: seen.confidence for seen in reversed(one.classes)},
                page=f"/images/{one.id}",
            )
            for one in records_of(archive.database, ids)
        ],
    )  # fmt: skip


@router.get("/map", response_class=Response, include_in_schema=False)
def map_page(request: Request) -> Response:
    """Where the images of a search were taken, as the rover went."""
    archive, finder = request.app.state.archive, request.app.state.search.finder
    query = query_of(request)
    found, _ = finder.search(query)
    page: Response = archive.templates.TemplateResponse(
        request,
        "search_map.html",
        {
            "page": "search", "query": query, "chips": search_view.chips(query),
            "title": words.title(query, found.total),
            "traverse": traverse(finder.snapshot, query, found),
        },
    )  # fmt: skip
    return page


@router.get("/usage", response_class=Response, include_in_schema=False)
def usage_page(request: Request) -> Response:
    """How often each class was searched for, by month."""
    archive, search = request.app.state.archive, request.app.state.search
    search.usage.write()
    months = by_month(archive.database)
    page: Response = archive.templates.TemplateResponse(
        request, "search_usage.html", {"page": "search", "chart": usage_chart.chart(months)}
    )
    return page
