"""`ai4mars labels gold`: the experts' labels of each image to one, where they agree in full."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from ai4mars_nav.cli.labels.merge import combine
from ai4mars_nav.cli.labels.over_archive import add_raw_arguments

HELP = "merge the experts' labels where they agree in full"
DESCRIPTION = """Merge the experts' labels of each image to a gold label for testing: a pixel gets
its class only if all who labelled it agree, and if at least --min-labels of them did; else it gets
255, no label. The files are named like the official gold labels, <product id>_merged.png. Give
--data so that the rover and range masks are in them, as they are in the official ones."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels gold`."""
    add_raw_arguments(parser)
    parser.add_argument(
        "-o", dest="out", type=Path, required=True, help="folder for <product id>_merged.png"
    )
    parser.add_argument(
        "--min-labels", type=int, choices=(1, 2, 3), required=True,
        help="experts who must have labelled a pixel",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the gold labels."""
    from ai4mars_nav.dataset.archive import Combine
    from ai4mars_nav.dataset.rules import full_agreement

    rule = partial(full_agreement, args.min_labels)
    task = Combine(rule, args.out, "_merged", None, args.on_bad == "skip")
    return combine(args, "gold", task, {"command": "gold", "min_labels": args.min_labels})
