"""`ai4mars labels merge`: the crowd's labels of each image to one."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai4mars_nav.cli.labels.over_archive import (
    Progress,
    add_raw_arguments,
    find_images,
    over_archive,
    tell_some,
)

if TYPE_CHECKING:
    from ai4mars_nav.dataset.archive import Combine
    from ai4mars_nav.dataset.dawid_skene import Crowd

_STRIDE = 4
"""Habits are learned from every fourth pixel each way: neighbours say the same."""

HELP = "merge the crowd's labels of each image to one"
DESCRIPTION = """Merge the crowd's labels of each image to one. A pixel gets its most frequent
class if at least --min-labels labellers gave it that class, and if they are more than
--min-agreement of those who labelled the pixel; else it gets 255, no label. An interrupted run
goes on when it is started again; images whose labels changed since are merged again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels merge`."""
    add_raw_arguments(parser)
    parser.add_argument(
        "-o", dest="out", type=Path, required=True, help="folder for <product id>.png"
    )
    parser.add_argument(
        "--min-labels", type=int, default=3,
        help="labellers who must have given a pixel its class (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--min-agreement", type=float, default=0.65,
        help="share of those who labelled a pixel that must be exceeded (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--method", choices=("majority", "dawid-skene"), default="majority",
        help="majority, as described, or dawid-skene: learn from all images which classes each "
        "labeller confuses (OUT/crowd.json) and take the most probable class. --min-labels must "
        "then have labelled the pixel, --min-agreement is the probability to be exceeded "
        "(default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--votes", type=Path, help="folder to keep the votes in too, as soft labels: <product "
        "id>.png with the votes for soil, bedrock, sand and big rock below each other",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the merged labels."""
    from ai4mars_nav.dataset.archive import Combine
    from ai4mars_nav.dataset.merge import MergeSettings
    from ai4mars_nav.dataset.rules import by_crowd, majority
    from ai4mars_nav.settings import from_mapping

    values = {"min_labels": args.min_labels, "min_agreement": args.min_agreement}
    settings = from_mapping(MergeSettings, values, "ai4mars labels merge")
    rule = partial(majority, settings)
    if args.method == "dawid-skene":
        rule = partial(by_crowd, _crowd(args), settings)
    task = Combine(rule, args.out, "", args.votes, args.on_bad == "skip")
    votes = None if args.votes is None else str(args.votes.resolve())
    begun = {"command": "merge", "method": args.method, **values, "votes": votes}
    return combine(args, "merge", task, begun)


def _crowd(args: argparse.Namespace) -> Crowd:
    """The labellers' habits: those in OUT/crowd.json, or learned from all images and kept there."""
    from ai4mars_nav.dataset import archive
    from ai4mars_nav.dataset.dawid_skene import estimate, read_crowd, write_crowd
    from ai4mars_nav.dataset.errors import DatasetError, Findings
    from ai4mars_nav.dataset.parallel import each

    path = args.out / "crowd.json"
    if path.exists():
        crowd = read_crowd(path)
        print(f"{path}: the habits of {len(crowd.labellers)} labellers are used", file=sys.stderr)
        return crowd
    skip = args.on_bad == "skip"
    images = find_images(args, Findings(skip))
    task = partial(archive.patterns_of, stride=_STRIDE, skip=skip)
    found = {}
    progress = Progress("habits", len(images))
    for done, (image, patterns) in enumerate(each(task, images, args.jobs, args.ray), start=1):
        if patterns is not None:
            found[image.product] = patterns
        progress.show(done)
    progress.end()
    if not found:
        raise DatasetError(f"{args.raw}: no label can be used")
    crowd = estimate([found[product] for product in sorted(found)])
    write_crowd(path, crowd)
    return crowd


def combine(args: argparse.Namespace, name: str, task: Combine, settings: dict[str, Any]) -> int:
    """Make one label of each image's labels, and say how much of the images is labelled."""
    records = over_archive(args, name, task, args.out / "journal.jsonl", settings)
    tell_some(
        f"files in {args.out} are not of images in {args.raw}; remove them if they are old",
        [path.name for path in task.others(records)],
    )
    shares = [r["labelled"] for r in records.values() if r["labelled"] is not None]
    mean = 100.0 * sum(shares) / len(shares) if shares else 0.0
    text = f"{args.out}: {len(shares)} labels, {mean:.1f} % of their pixels labelled"
    print(text, file=sys.stderr)
    return 0
