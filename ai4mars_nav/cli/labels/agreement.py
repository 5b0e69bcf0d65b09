"""`ai4mars labels agreement`: score each label by how well it agrees with the others."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import add_raw_arguments, over_archive

HELP = "score how well the labels of an image agree"
DESCRIPTION = """Score each label by how well it agrees with the other labels of its image: the
mean Jaccard index over all pairs (1: the same, 0: nothing in common). Writes a CSV file with the
columns product, labeller, score; the only label of an image has the score nan. Empty labels are
thrown out. A run that was interrupted goes on when it is started again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels agreement`."""
    add_raw_arguments(parser)
    parser.add_argument("-o", dest="out", type=Path, required=True, help="scores.csv to write")
    parser.add_argument("--histogram", type=Path, help="also draw the scores here (SVG)")


def run(args: argparse.Namespace) -> int:
    """Write the scores."""
    from ai4mars_nav.dataset.archive import Score
    from ai4mars_nav.dataset.chart import histogram
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.dataset.tables import write_scores

    journal = args.out.with_name(f".{args.out.name}.journal")
    task = Score(args.on_bad == "skip")
    records = over_archive(args, "agreement", task, journal, {"command": "agreement"})
    scores = {
        (product, labeller): score
        for product, record in records.items()
        for labeller, score in record["scores"].items()
    }
    write_scores(args.out, scores)
    if args.histogram is not None:
        known = [score for score in scores.values() if score == score]
        title = f"Agreement of {len(known)} labels of {len(records)} images"
        drawn = histogram(title, "agreement score", {"share of labels": known})
        write_text(args.histogram, drawn)
    journal.unlink()
    print(f"{args.out}: {len(scores)} scores of {len(records)} images", file=sys.stderr)
    return 0
