"""The option of all `ai4mars archive` commands: which store."""

from __future__ import annotations

import argparse

DEFAULT_STORE = "archive.db"


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """`--store`, what `open_database` takes."""
    parser.add_argument(
        "--store",
        metavar="STORE",
        default=DEFAULT_STORE,
        help=f"a file, made if it is not there, or postgresql://user@host/name ({DEFAULT_STORE})",
    )
