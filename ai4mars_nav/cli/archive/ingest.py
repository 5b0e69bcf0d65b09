"""`ai4mars archive ingest`: images, classes and terrain into the catalogue."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.archive.store import add_store_argument
from ai4mars_nav.cli.labels.over_archive import Progress, positive

HELP = "bring images, and what is known of them, into the catalogue"
DESCRIPTION = """Bring sources into the catalogue of STORE: what `ai4mars content classify`,
`landmarks` and `novel` wrote, folders of PDS products, AI4Mars folders, bags (recorded or of
`ai4mars pds to-bag`) and pictures;
which of them a SOURCE is follows from what lies in it. What several sources say of one product is
put together. Run again, it adds what is new or has changed; killed at any time, it goes on. Bad
input is named and counted.
Example: ai4mars archive ingest delivery.parquet --images delivery --store mars.db"""
_NAMED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive ingest`."""
    parser.add_argument("sources", metavar="SOURCE", type=Path, nargs="+", help="what to bring in")
    add_store_argument(parser)
    parser.add_argument(
        "--images", metavar="FOLDER", type=Path,
        help="the folder that was classified: where the images of a table are",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=positive, default=1, help="processes that read (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Ingest each source; what was found on standard error."""
    from ai4mars_nav.archive.catalogue.ingest import ingest, sources_of
    from ai4mars_nav.archive.database import open_database

    sources = [one for path in args.sources for one in sources_of(path, args.images)]
    database = open_database(args.store)
    try:
        for source in sources:
            report = ingest(database, source, args.jobs, Shown(source.place).show)
            _say(
                f"{source.place}: {report.images} images read, {report.done_before} parts were "
                f"there already, {len(report.problems)} could not be used"
            )
            for problem in report.problems[:_NAMED]:
                _say(f"  {problem}")
            if len(report.problems) > _NAMED:
                _say(f"  and {len(report.problems) - _NAMED} more")
    finally:
        database.close()
    return 0


class Shown:
    """Progress, once it is known of how much."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar: Progress | None = None

    def show(self, done: int, of: int) -> None:
        """So much has been read."""
        self._bar = self._bar or Progress(self._name, of, "parts")
        self._bar.show(done)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
