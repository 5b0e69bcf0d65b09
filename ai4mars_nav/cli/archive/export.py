"""`ai4mars archive export`: a search, as its address says it, into a file or a bag."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from ai4mars_nav.cli.archive.store import add_store_argument

HELP = "write the images of a search as CSV, product list or bag"
DESCRIPTION = """Write what a search finds. SEARCH is the address of its page, or the part of it
after the question mark. The bag is made of the PDS products among the images, for `ai4mars replay`.
Example: ai4mars archive export "class=wheel&confidence=90" --csv wheels.csv --store mars.db"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive export`."""
    parser.add_argument("search", metavar="SEARCH", help="address of a search")
    add_store_argument(parser)
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--csv", metavar="FILE", type=Path, help="a row an image")
    kinds.add_argument("--products", metavar="FILE", type=Path, help="a product id a line")
    kinds.add_argument("--bag", metavar="FOLDER", type=Path, help="a rosbag2 bag of PDS products")


def run(args: argparse.Namespace) -> int:
    """Search and write."""
    from urllib.parse import parse_qsl

    from ai4mars_nav.archive.catalogue import kept
    from ai4mars_nav.archive.catalogue.export import HEADER, bag_of, rows_of
    from ai4mars_nav.archive.catalogue.finder import Finder
    from ai4mars_nav.archive.catalogue.query import read_query
    from ai4mars_nav.archive.database import open_database

    _, mark, query_text = args.search.rpartition("?")
    query = read_query(parse_qsl(query_text if mark else args.search, keep_blank_values=True))
    database = open_database(args.store)
    try:
        finder = Finder(database, kept.index_folder(args.store) / "columns")
        finder.refresh()
        if args.bag is not None:
            report = bag_of(database, finder, query, args.bag, lambda _: True)
            print("\n".join(report.lines()), file=sys.stderr)
            return 0
        out: Path = args.csv or args.products
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if args.csv:
                writer.writerow(HEADER)
            rows = rows_of(database, finder, query)
            writer.writerows(rows if args.csv else ([row[0]] for row in rows))
    finally:
        database.close()
    return 0
