"""What the commands over raw labels share: their options, progress, and what was left out."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ai4mars_nav.dataset import archive
from ai4mars_nav.dataset.archive import Record, Task
from ai4mars_nav.dataset.errors import DatasetError, Findings, Problem
from ai4mars_nav.dataset.journal import Journal
from ai4mars_nav.dataset.layout import find_pictures
from ai4mars_nav.dataset.raw import RawImage, find_raw, with_pictures, without
from ai4mars_nav.dataset.tables import dropped_by, read_ratings, write_problems

RAW_HELP = (
    "folder of raw labels: RAW/<product id>/<labeller>.png, values 0 soil, 1 bedrock, 2 sand, "
    "3 big rock, 255 no label"
)
_NAMED = 10


def add_raw_arguments(parser: argparse.ArgumentParser) -> None:
    """RAW and what is left out of it."""
    parser.add_argument("raw", metavar="RAW", type=Path, help=RAW_HELP)
    parser.add_argument(
        "--data", type=Path, help="the images in the official AI4Mars folders: sizes are checked, "
        "and what the rover and 30 m masks hide is removed from every label",
    )  # fmt: skip
    parser.add_argument(
        "--ratings", type=Path, help="ratings.csv of a review: labels rated 1 are left out"
    )
    add_bad_argument(parser)
    add_jobs_argument(parser)


def add_bad_argument(parser: argparse.ArgumentParser) -> None:
    """What becomes of bad input."""
    parser.add_argument(
        "--on-bad", choices=("refuse", "skip"), default="refuse",
        help="bad input (unreadable file, wrong size, unknown value, labeller twice, ...): stop at "
        "the first, or leave each out, name and count it (default: %(default)s)",
    )  # fmt: skip


def add_jobs_argument(parser: argparse.ArgumentParser) -> None:
    """How many processes."""
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1,
        help="processes to work in (default: one a processor, %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--ray", metavar="ADDRESS", default="",
        help="work on all machines of a Ray cluster instead, which must see the files under the "
        "same paths: HOST:PORT as `ray start --head` tells it, or auto for this machine's",
    )  # fmt: skip


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def over_archive(
    args: argparse.Namespace, name: str, task: Task, journal: Path, settings: dict[str, Any]
) -> dict[str, Record]:
    """Run a task over RAW with progress; the record of each image."""
    findings = Findings(args.on_bad == "skip")
    if journal.resolve().is_relative_to(args.raw.resolve()):
        raise DatasetError(f"{args.out}: lies in {args.raw}, where only raw labels may be")
    images = find_images(args, findings)
    data = None if args.data is None else str(args.data.resolve())
    log = Journal(journal, {**settings, "data": data})
    todo = archive.remaining(task, images, log)
    progress = Progress(name, len(todo))
    for done, _ in enumerate(archive.run(task, todo, log, args.jobs, args.ray), start=1):
        progress.show(done)
    progress.end()
    records = {image.product: log.done[image.product] for image in images}
    tell_some(
        "labels were empty, or are once masked: thrown out",
        [f"{product}/{name}" for product in records for name in records[product]["empty"]],
    )
    problems = [*findings.problems, *archive.problems_of(list(records.values()))]
    report(problems, journal.parent / "problems.csv")
    return records


def find_images(args: argparse.Namespace, findings: Findings) -> Sequence[RawImage]:
    """The images of RAW, joined to --data and less what --ratings drops."""
    images = find_raw(args.raw, findings)
    if args.ratings is not None:
        dropped = dropped_by(read_ratings(args.ratings))
        images = without(images, dropped, args.ratings, findings)
    if args.data is not None:
        images = with_pictures(images, find_pictures(args.data, findings), findings)
    return images


def tell_some(what: str, names: Sequence[str]) -> None:
    """Say how many there are of something, and the first few by name."""
    if names:
        more = ", ..." if len(names) > _NAMED else ""
        print(f"{len(names)} {what}: {', '.join(names[:_NAMED])}{more}", file=sys.stderr)


def report(problems: Sequence[Problem], path: Path) -> None:
    """Say what was skipped: how many of each kind, the first by name, all of them in a file."""
    if not problems:
        return
    for kind, count in Counter(problem.kind for problem in problems).most_common():
        print(f"{count} skipped: {kind}", file=sys.stderr)
    for problem in problems[:_NAMED]:
        print(f"  {problem}", file=sys.stderr)
    write_problems(path, problems)
    print(f"  all {len(problems)} are in {path}", file=sys.stderr)


class Progress:
    """How far, how fast and how long still: a line that renews itself, or one now and then."""

    def __init__(self, name: str, total: int, what: str = "images") -> None:
        self.name, self.total, self.what, self.done = name, total, what, 0
        self.begin = self.last = time.monotonic()
        self.live = sys.stderr.isatty()

    def show(self, done: int) -> None:
        """`done` items of this run are finished."""
        self.done = done
        now = time.monotonic()
        if now - self.last < (0.5 if self.live else 10.0):
            return
        self.last = now
        rate = done / (now - self.begin)
        minutes = max(0, self.total - done) / rate / 60.0
        text = f"{self.name} {done}/{self.total}  {rate:.1f} a second  {minutes:.1f} min to go"
        print(text, end="  \r" if self.live else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Everything is done."""
        seconds = time.monotonic() - self.begin
        print(
            f"{self.name}: {self.done} {self.what}, {seconds:.1f} s{' ' * 20 * self.live}",
            file=sys.stderr,
        )
