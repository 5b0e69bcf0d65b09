"""`ai4mars labels export`: labels as CVAT XML, to be corrected there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import add_bad_argument, report

HELP = "write labels as CVAT XML, to be corrected there"
DESCRIPTION = """Write a folder of labels (<product id>.png, as `ai4mars labels merge` makes them)
as annotations.xml of "CVAT for images 1.1": one mask for each connected area of a class. Upload it
to a CVAT task that has the images; what is exported from there comes back by `ai4mars labels import
--format cvat`, pixel by pixel the same where nothing was changed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels export`."""
    parser.add_argument("labels", metavar="LABELS", type=Path, help="folder of <product id>.png")
    parser.add_argument("-o", dest="out", type=Path, required=True, help="annotations.xml to write")
    parser.add_argument(
        "--suffix", default=".jpg", help="of the image files in the CVAT task (%(default)s)"
    )
    add_bad_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the XML."""
    from ai4mars_nav.dataset.cvat import write_cvat
    from ai4mars_nav.dataset.errors import DatasetError, Findings
    from ai4mars_nav.dataset.images import files_in, label_or_note, once_each

    findings = Findings(args.on_bad == "skip")
    paths = files_in(args.labels, (".png",))
    by_product = once_each(paths, lambda path: path.stem.removesuffix("_merged"), findings)
    labels = [
        (f"{product}{args.suffix}", label)
        for product, path in by_product.items()
        if (label := label_or_note(path, findings)) is not None
    ]
    if not labels:
        raise DatasetError(f"{args.labels}: no labels (<product id>.png) to write")
    count = write_cvat(args.out, labels)
    report(findings.problems, args.out.with_suffix(".problems.csv"))
    print(f"{args.out}: {count} images", file=sys.stderr)
    return 0
