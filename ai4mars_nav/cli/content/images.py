"""What the commands over listed images share: their options, and what was left out."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import add_bad_argument
from ai4mars_nav.dataset.errors import Problem

_NAMED = 10


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the images are, which of them, and what becomes of bad ones."""
    parser.add_argument(
        "--images", metavar="DIR", type=Path, required=True,
        help="the folder that the paths of the list begin in",
    )  # fmt: skip
    parser.add_argument(
        "--list", metavar="FILE", type=Path, required=True, dest="listed",
        help="lines of `path class number`, as Deep Mars has them",
    )  # fmt: skip
    add_bad_argument(parser)


def tell(problems: Sequence[Problem]) -> None:
    """How many problems of each kind there are, and the first of them by name."""
    for kind, count in Counter(problem.kind for problem in problems).most_common():
        print(f"{count} of kind: {kind}", file=sys.stderr)
    for problem in problems[:_NAMED]:
        print(f"  {problem}", file=sys.stderr)
    if len(problems) > _NAMED:
        print(f"  and {len(problems) - _NAMED} more", file=sys.stderr)
