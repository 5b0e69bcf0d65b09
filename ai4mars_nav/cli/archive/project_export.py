"""`ai4mars archive project export`: the labels of a project as others read them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.archive.store import add_store_argument

if TYPE_CHECKING:
    from ai4mars_nav.archive.database import Database

LAYOUTS = ("raw", "ai4mars", "deepmars", "cvat", "csv")
HELP = "write the labels of a project as training and other programs read them"
DESCRIPTION = """Write the labels of a project into a new folder. raw: RAW/<product>/<labeller>.png
and ratings.csv, which `ai4mars labels` begins with. ai4mars: the official folders with merged
labels, for `ai4mars train`. deepmars: images, a list of `path class` and a class map, for `ai4mars
content train`. cvat: merged labels as annotations.xml. csv: every answer that was ever given.
Example: ai4mars archive project export "gale terrain" --layout ai4mars -o gale"""


def add_arguments(choices: Any) -> None:
    """The command and its options."""
    parser: argparse.ArgumentParser = choices.add_parser(
        "export", help=HELP, description=DESCRIPTION
    )
    parser.add_argument("name", help="of the project")
    parser.add_argument("--layout", choices=LAYOUTS, required=True, help="what is written")
    parser.add_argument("-o", dest="out", type=Path, required=True, help="a new folder")
    add_store_argument(parser)
    parser.set_defaults(project=_export)


def _export(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.labelling.export import export
    from ai4mars_nav.archive.labelling.projects import project_named

    done = export(database, project_named(database, args.name), args.layout, args.out)
    words = f"{args.out}: {done.images} images"
    if done.left_out:
        words += f"; of {done.left_out} more the labels say nothing together"
    print(words, file=sys.stderr)
