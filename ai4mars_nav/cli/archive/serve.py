"""`ai4mars archive serve`: the pages, until they are told to end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.archive.store import add_store_argument

if TYPE_CHECKING:
    from ai4mars_nav.archive.web.security import Security

HELP = "serve the search and the labelling page"
DESCRIPTION = """Serve the catalogue in STORE as web pages: search and labelling. Only this machine
is answered unless --host says otherwise; then everybody has to sign in, and passwords want
--certificate and --key. Ctrl-C ends it; what was once saved stays saved. The first account is made
by `ai4mars archive account add NAME --role admin`.
Example: ai4mars archive serve --store mars.db --root deliveries"""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive serve`."""
    add_store_argument(parser)
    parser.add_argument(
        "--root", metavar="FOLDER", type=Path, action="append", default=[],
        help="a folder whose images may be shown, instead of all that were ingested; "
        "may be given again",
    )  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8040, help="port to listen on (8040)")
    parser.add_argument(
        "--require-login", action="store_true", help="the catalogue, too, is for accounts alone"
    )
    parser.add_argument(
        "--name", action="append", default=[],
        help="host name by which browsers ask for this server; may be given again",
    )  # fmt: skip
    parser.add_argument("--certificate", type=Path, help="of the server, in PEM: speak TLS")
    parser.add_argument("--key", type=Path, help="of the certificate, in PEM")


def run(args: argparse.Namespace) -> int:
    """Serve until told to end."""
    import uvicorn

    from ai4mars_nav.archive.catalogue.ingest import roots_of
    from ai4mars_nav.archive.catalogue.kept import index_folder
    from ai4mars_nav.archive.database import open_database
    from ai4mars_nav.archive.web.app import create_app

    security = _security(args)
    database = open_database(args.store)
    try:
        roots = tuple(root.resolve() for root in args.root) or roots_of(database)
        app = create_app(database, roots, security, index_folder(args.store))
        # browsers keep a line for a minute or two: who closes it first loses a request now and then
        # a client must not choose the address by which its tries are counted (proxy_headers)
        uvicorn.run(
            app, host=args.host, port=args.port, log_level="warning", server_header=False,
            proxy_headers=False, timeout_keep_alive=180,
            ssl_certfile=args.certificate, ssl_keyfile=args.key,
        )  # fmt: skip
        app.state.search.usage.write()
    finally:
        database.close()
    return 0


def _security(args: argparse.Namespace) -> Security:
    """What the options ask for; what would be open to the network without a password is refused."""
    from ai4mars_nav.archive.errors import ArchiveError
    from ai4mars_nav.archive.web.security import Security

    if (args.certificate is None) != (args.key is None):
        raise ArchiveError("--certificate and --key go together")
    if args.host in LOOPBACK:
        names = (*LOOPBACK, *args.name)
        return Security(args.require_login, names, secure=args.key is not None)
    if not args.require_login:
        raise ArchiveError(
            f"--host {args.host}: other machines can ask, so say --require-login, too"
        )
    if args.key is None:
        print(
            f"ai4mars archive: {args.host} is served without TLS: passwords and labels can be read "
            "on the way. Give --certificate and --key, or stand behind a proxy that has them.",
            file=sys.stderr,
        )
    names = (*args.name, args.host) if args.name else ()
    return Security(True, names, secure=args.key is not None)
