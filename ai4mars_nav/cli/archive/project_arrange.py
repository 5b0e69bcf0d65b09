"""`ai4mars archive project arrange`: what is labelled first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.archive.store import add_store_argument

if TYPE_CHECKING:
    from ai4mars_nav.archive.database import Database

HELP = "choose what is labelled first"
DESCRIPTION = """Hand out the images of a project in random order, or first what a model is least
sure of (uncertain), what is least like the others (novel), or what is high in either (both). The
catalogue is asked first; where it does not know all of the images, the models look at each.
Example: ai4mars archive project arrange "gale terrain" --order both"""
ORDERS = ("random", "uncertain", "novel", "both")


def add_arguments(choices: Any) -> None:
    """The command and its options."""
    parser: argparse.ArgumentParser = choices.add_parser(
        "arrange", help=HELP, description=DESCRIPTION
    )
    parser.add_argument("name", help="of the project")
    parser.add_argument("--order", choices=ORDERS, required=True, help="what comes first")
    parser.add_argument(
        "--model", default="mslnet", help="classifier of whole images (%(default)s)"
    )
    parser.add_argument(
        "--terrain-model", default="terrain-256-int8",
        help="how sure this is of its pixels orders projects of pixels (%(default)s)",
    )  # fmt: skip
    add_store_argument(parser)
    parser.set_defaults(project=_arrange)


def _arrange(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.labelling.arrange import Eyes, arrange
    from ai4mars_nav.archive.labelling.guess import Guesses
    from ai4mars_nav.archive.labelling.projects import project_named
    from ai4mars_nav.cli.labels.over_archive import Progress

    project = project_named(database, args.name)
    guesses = Guesses(database)
    eyes = Eyes()
    if args.order != "random":
        eyes = Eyes(guesses.classifier(args.model), guesses.terrain(args.terrain_model))
    progress: Progress | None = None

    def tell(done: int, count: int) -> None:
        nonlocal progress
        progress = progress or Progress("looked at", count)
        progress.show(done)

    arrange(database, project, args.order, eyes, tell)
    if progress is not None:
        progress.end()
