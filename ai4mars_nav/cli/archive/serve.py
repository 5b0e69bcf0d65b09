"""`ai4mars archive serve`: the pages, until they are told to end."""

from __future__ import annotations

import argparse
from pathlib import Path

from ai4mars_nav.cli.archive.store import add_store_argument

HELP = "serve the search and the labelling page"
DESCRIPTION = """Serve the catalogue in STORE as web pages: search and labelling. Only this machine
is answered unless --host says otherwise. Ctrl-C ends it; what was once saved stays saved.
Example: ai4mars archive serve --store mars.db --root deliveries"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive serve`."""
    add_store_argument(parser)
    parser.add_argument(
        "--root", metavar="FOLDER", type=Path, action="append", default=[],
        help="a folder whose images may be shown; may be given again",
    )  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8040, help="port to listen on (8040)")


def run(args: argparse.Namespace) -> int:
    """Serve until told to end."""
    import uvicorn

    from ai4mars_nav.archive.database import open_database
    from ai4mars_nav.archive.web.app import create_app

    database = open_database(args.store)
    try:
        app = create_app(database, tuple(root.resolve() for root in args.root))
        uvicorn.run(app, host=args.host, port=args.port, log_level="warning")
    finally:
        database.close()
    return 0
