"""A result taken away: CSV, a list of products, or a bag for replay."""

from __future__ import annotations

import csv
import io
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from ai4mars_nav.archive.catalogue.export import HEADER, bag_of, rows_of
from ai4mars_nav.archive.catalogue.query import Query, read_query
from ai4mars_nav.archive.catalogue.records import Record
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.web.pictures import place_of
from ai4mars_nav.archive.web.roots import NotServed
from ai4mars_nav.pds.errors import PdsError

router = APIRouter()

BAG_PRODUCTS = 200
"""Products of a bag that is made while somebody waits; the command line makes larger ones."""


def _query(request: Request) -> Query:
    return replace(read_query(parse_qsl(request.url.query, keep_blank_values=True)), page=1)


@router.get("/export.csv", response_class=Response, include_in_schema=False)
def export_csv(request: Request) -> Response:
    """All images of a search, a row each."""
    database, finder = request.app.state.archive.database, request.app.state.search.finder
    query = _query(request)

    def lines() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(HEADER)
        for number, row in enumerate(rows_of(database, finder, query)):
            writer.writerow(row)
            if number % 1000 == 999:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    return StreamingResponse(lines(), media_type="text/csv", headers=_saved_as("images.csv"))


@router.get("/export.txt", response_class=Response, include_in_schema=False)
def export_products(request: Request) -> Response:
    """The names of all images of a search, a line each."""
    database, finder = request.app.state.archive.database, request.app.state.search.finder
    query = _query(request)
    lines = (f"{row[0]}\n" for row in rows_of(database, finder, query))
    return StreamingResponse(lines, media_type="text/plain", headers=_saved_as("products.txt"))


@router.get("/export.bag", response_class=Response, include_in_schema=False)
def export_bag(request: Request) -> Response:
    """The PDS products of a search as a rosbag2 folder in a tar, for `ai4mars replay`."""
    archive, finder = request.app.state.archive, request.app.state.search.finder
    query = _query(request)
    found, _ = finder.search(query)
    if found.total > BAG_PRODUCTS:
        raise ArchiveError(
            f"{found.total:,} images; a bag of at most {BAG_PRODUCTS} is made here. Narrow the "
            "search, or use `ai4mars archive export --bag`"
        )

    def allowed(record: Record) -> bool:
        try:
            place_of(archive.roots, record)
        except NotServed:
            return False
        return True

    with tempfile.TemporaryDirectory(prefix="ai4mars-bag-") as folder:
        bag = Path(folder) / "bag"
        try:
            bag_of(archive.database, finder, query, bag, allowed)
        except PdsError as error:
            raise ArchiveError(f"no bag can be made of these: {error}") from error
        with tempfile.TemporaryFile() as packed:
            with tarfile.open(fileobj=packed, mode="w") as tar:
                tar.add(bag, arcname="bag")
            packed.seek(0)
            content = packed.read()
    return Response(content, media_type="application/x-tar", headers=_saved_as("bag.tar"))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
