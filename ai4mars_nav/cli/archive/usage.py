"""`ai4mars archive usage`: how often each class was searched for, by month."""

from __future__ import annotations

import argparse
import csv
import sys

from ai4mars_nav.cli.archive.store import add_store_argument

HELP = "print how often each class was searched for, by month"
DESCRIPTION = """Print, as CSV, how many searches of each month asked for each class. Only these
numbers are kept. Example: ai4mars archive usage --store mars.db"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive usage`."""
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print the counts."""
    from ai4mars_nav.archive.catalogue.tables import prepare
    from ai4mars_nav.archive.catalogue.usage import by_month
    from ai4mars_nav.archive.database import open_database

    database = open_database(args.store)
    try:
        prepare(database)
        months = by_month(database)
    finally:
        database.close()
    writer = csv.writer(sys.stdout)
    writer.writerow(("month", "class", "searches"))
    for month, counts in months.items():
        writer.writerows((month, kind, number) for kind, number in counts.items())
    return 0
