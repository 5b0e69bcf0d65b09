"""What the commands over listed images share: their options, and what was left out."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ai4mars_nav.dataset.errors import Problem

_NAMED = 10


def add_image_arguments(parser: argparse.ArgumentParser, on_bad: str) -> None:
    """Where the images are, which of them, and what becomes of bad ones."""
    parser.add_argument(
        "--images", metavar="DIR", type=Path, required=True,
        help="the folder that the paths of the list begin in",
    )  # fmt: skip
    parser.add_argument(
        "--list", metavar="FILE", type=Path, required=True, dest="listed",
        help="lines of `path class number`, as Deep Mars has them; of a label set a CSV of labels, "
        "or products where AI4Mars masks tell",
    )  # fmt: skip
    parser.add_argument(
        "--on-bad", choices=("refuse", "skip"), default=on_bad,
        help="bad input (a picture that is missing, damaged, of 16 bits or huge, a class that is "
        "not in the class map, a second line of one picture): stop at the first, or leave each "
        "out, name and count it (default: %(default)s)",
    )  # fmt: skip


def add_model_argument(parser: argparse.ArgumentParser, *words: str) -> None:
    """Which classifier."""
    parser.add_argument(
        *words, metavar="MODEL",
        help="mslnet, hirisenet, rover-or-surface, ai4mars-scenes, or an .onnx of your own with "
        "its sidecar (.json) beside it",
    )  # fmt: skip


def tell(problems: Sequence[Problem]) -> None:
    """How many problems of each kind there are, and the first of them by name."""
    for kind, count in Counter(problem.kind for problem in problems).most_common():
        print(f"{count} of kind: {kind}", file=sys.stderr)
    for problem in problems[:_NAMED]:
        print(f"  {problem}", file=sys.stderr)
    if len(problems) > _NAMED:
        print(f"  and {len(problems) - _NAMED} more", file=sys.stderr)
