"""`ai4mars labels agreement`: score each label by how well it agrees with the others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.labels.over_archive import add_raw_arguments, over_archive

if TYPE_CHECKING:
    from ai4mars_nav.dataset.tables import Label

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
    parser.add_argument(
        "--beside", type=Path, nargs="+", default=[], metavar="SCORES",
        help="with --histogram: other scores to draw beside these, such as the experts'; each is "
        "called as its file is",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the scores."""
    from ai4mars_nav.dataset.archive import Score
    from ai4mars_nav.dataset.errors import DatasetError
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.dataset.tables import read_scores, write_scores

    others = {path: read_scores(path) for path in args.beside}
    if others and args.histogram is None:
        raise DatasetError("--beside: draws beside a --histogram, which is not asked for")
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
        write_text(args.histogram, _drawn({args.out: scores, **others}))
    journal.unlink()
    print(f"{args.out}: {len(scores)} scores of {len(records)} images", file=sys.stderr)
    return 0


def _drawn(scores: Mapping[Path, Mapping[Label, float]]) -> str:
    """A histogram (SVG) of the scores of each file: its name, labels, images and mean."""
    from ai4mars_nav.dataset.chart import histogram

    series = {}
    for path, found in scores.items():
        known = [score for score in found.values() if score == score]
        images = len({product for product, _ in found})
        mean = f"mean {sum(known) / len(known):.3f}" if known else "no score"
        series[f"{path.stem}: {len(known)} labels of {images} images, {mean}"] = known
    return histogram("Share of labels with each agreement score", "agreement score", series)
