"""`ai4mars bench judge`: the drives of a benchmark again, under MuJoCo's physics."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

HELP = "drive a benchmark's sites again under the physics of others (MuJoCo)"
DESCRIPTION = """Take the drives that `ai4mars bench drive` left in a folder to an outside judge:
the same commands for five seconds at a time, and the same minds on the same sites from start to
goal, with the rover under MuJoCo's physics in place of ours. Goes on where it was. Leaves
judge.json, judge.md, judge.jpg, and a verdict and a track of each drive. MuJoCo is an extra:
pip install 'ai4mars_nav[judge]'."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars bench judge`."""
    parser.add_argument("folder", type=Path, help="--out of ai4mars bench drive")
    parser.add_argument(
        "--modes", nargs="+", default=[], metavar="MODE", help="geometry fused oracle"
    )
    parser.add_argument("--sites", type=int, default=0, help="the first N of the folder (all)")
    parser.add_argument(
        "--params", default="", help="the parameter file, if the benchmark was begun with one"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (all)")


def run(args: argparse.Namespace) -> int:
    """Judge and tell."""
    from ai4mars_nav.trial.errors import TrialError
    from ai4mars_nav.trial.outside.conduct import judge
    from ai4mars_nav.trial.outside.folder import JUDGED, TABLE, VERDICT, begun_plan

    for name, value, least in (("--jobs", args.jobs, 1), ("--sites", args.sites, 0)):
        if value < least:
            raise TrialError(f"{name} {value}: must be {least} or more")
    plan = begun_plan(args.folder, args.params)
    judge(plan, tuple(args.modes) or JUDGED, args.sites, args.jobs, _say)
    _say((args.folder / TABLE).read_text(encoding="utf-8"))
    _say(f"verdict: {args.folder / VERDICT}")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
