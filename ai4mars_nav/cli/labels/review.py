"""`ai4mars labels review`: a page of the labels that agree least, to be rated 1 to 5."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import (
    Progress,
    add_raw_arguments,
    find_images,
    report,
)

HELP = "make a page of the labels that agree least, to be rated 1 to 5"
DESCRIPTION = """Make a page (index.html) that shows the labels with the lowest agreement scores
over their images. Open it in a browser, rate each label from 1 (wrong) to 5 (very good) and save
ratings.csv into the same folder. Labels rated 1 are thrown out by `ai4mars labels merge --ratings
ratings.csv`. Ratings that are already in the folder are kept and shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels review`."""
    add_raw_arguments(parser)
    parser.add_argument(
        "--scores", type=Path, required=True, help="scores.csv of `ai4mars labels agreement`"
    )
    parser.add_argument("-o", dest="out", type=Path, required=True, help="folder of the page")
    parser.add_argument(
        "--share", type=float, default=0.2,
        help="share of all labels to show, the lowest scores first (default: %(default)s)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the page, its pictures and the file for the ratings."""
    from ai4mars_nav.dataset import review, review_page
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import read_colour, write_image, write_text
    from ai4mars_nav.dataset.raw import read_stack
    from ai4mars_nav.dataset.tables import read_ratings, read_scores, write_ratings

    scores = read_scores(args.scores)
    findings = Findings(args.on_bad == "skip")
    images = {image.product: image for image in find_images(args, findings)}
    chosen = review.lowest(scores, args.share)
    wanted = set(chosen)
    products = sorted({product for product, _ in chosen if product in images})
    cards: dict[tuple[str, str], review_page.Card] = {}
    progress = Progress("review", len(products))
    for done, product in enumerate(products, start=1):
        image = images[product]
        stack = read_stack(image, findings)
        picture = None if image.picture is None else read_colour(image.picture.image)
        for labeller, label in zip(stack.labellers, stack.labels, strict=True):
            key = (product, labeller)
            if key in wanted:
                name = f"pictures/{product}/{labeller}.jpg"
                write_image(args.out / name, review.overlay(picture, label))
                cards[key] = review_page.Card(key, scores[key], name)
        progress.show(done)
    progress.end()
    kept = args.out / "ratings.csv"
    ratings = read_ratings(kept) if kept.exists() else {}
    shown = [cards[key] for key in chosen if key in cards]
    write_ratings(kept, ratings | {card.label: ratings.get(card.label) for card in shown})
    write_text(args.out / "index.html", review_page.page(shown, ratings))
    report(findings.problems, args.out / "problems.csv")
    missing = len(chosen) - len(shown)
    text = f"{args.out / 'index.html'}: {len(shown)} labels of {len(scores)}"
    print(text + (f"; {missing} are not in RAW" if missing else ""), file=sys.stderr)
    return 0
