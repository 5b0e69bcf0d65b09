"""`ai4mars archive look`: what the catalogued images look like, for neighbours by appearance."""

from __future__ import annotations

import argparse
import sys

from ai4mars_nav.cli.archive.ingest import Shown
from ai4mars_nav.cli.archive.store import add_store_argument
from ai4mars_nav.cli.content.images import add_model_argument

HELP = "look at catalogued images, so that the page can show what looks alike"
DESCRIPTION = """Run a classifier over every image of the catalogue that it has not looked at yet,
and keep a short vector of what its last layer saw. The page of an image then shows those that look
like it. Killed at any time, the same command goes on.
Example: ai4mars archive look --model mslnet --store mars.db"""
_NAMED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive look`."""
    add_store_argument(parser)
    add_model_argument(parser, "--model")
    parser.set_defaults(model="mslnet")


def run(args: argparse.Namespace) -> int:
    """Look at what is left to look at."""
    from ai4mars_nav.archive.catalogue.ingest import roots_of
    from ai4mars_nav.archive.catalogue.look import look
    from ai4mars_nav.archive.database import open_database
    from ai4mars_nav.archive.web.pictures import colours_of, place_of
    from ai4mars_nav.share import content_model_file

    database = open_database(args.store)
    try:
        roots = roots_of(database)
        looked = look(
            database,
            content_model_file(args.model),
            lambda record: colours_of(place_of(roots, record), record),
            Shown("look").show,
        )
    finally:
        database.close()
    print(f"{looked.images} images looked at, {len(looked.problems)} could not be", file=sys.stderr)
    for problem in looked.problems[:_NAMED]:
        print(f"  {problem}", file=sys.stderr)
    return 0
