"""`ai4mars bench drive`: does seeing terrain pay? Random sites, each driven in four modes."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

HELP = "drive random sites by geometry, by semantics, by both, and by the truth"
DESCRIPTION = """Make random sites from a seed, half of them with soft sand or rocks on the shortest
way, and drive each by geometry alone, by semantics alone, by both as shipped, and by an oracle that
is told the truth: the core of the nodes, in one process, in lockstep. A benchmark that was ended
goes on where it was. Leaves summary.json, a page, and a record, a map and, where the goal was not
reached, a film of every drive."""
CRASHED = 1
"""Exit code when a drive ended in an error of ours, twice."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars bench drive`."""
    parser.add_argument("--sites", type=int, default=6, help="how many (6)")
    parser.add_argument("--seed", type=int, default=1, help="of the first; each has its own (1)")
    parser.add_argument("--out", type=Path, required=True, help="folder; goes on where it was")
    parser.add_argument("--metres", type=float, default=50.0, help="width of a site, about (50)")
    parser.add_argument(
        "--rover", default="test_rover", help="name of a rover in config/, or path of its YAML file"
    )
    parser.add_argument("--size", type=int, default=512, help="of the images (512)")
    parser.add_argument("--params", default="", help="default: config/drive_ROVER.yaml")
    parser.add_argument("--model", default="", help="of models/, or an .onnx file")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="spoil images on every drive, e.g. depth_noise=0.5 (px) or dust=0.4",
    )
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME",
        help="drive fused again with one thing changed, e.g. dust, or all; compared site by site",
    )
    parser.add_argument(
        "--metres-in-all",
        type=float,
        default=0.0,
        metavar="M",
        help="instead: fused alone, site after site from --seed on, until M metres are driven",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (all)")
    parser.add_argument(
        "--graph", type=int, default=0, metavar="K", help="repeat K drives through the real nodes"
    )
    parser.add_argument(
        "--ray", default="", metavar="ADDRESS", help="drive on a Ray cluster: HOST:PORT, or auto"
    )


def run(args: argparse.Namespace) -> int:
    """Drive and tell; 1 where a drive crashed."""
    from ai4mars_nav.trial.conduct import PAGE, SUMMARY, conduct
    from ai4mars_nav.trial.errors import TrialError
    from ai4mars_nav.trial.far import go_far
    from ai4mars_nav.trial.modes import FUSED, MODES
    from ai4mars_nav.trial.plan import MODEL, Plan
    from ai4mars_nav.trial.variants import VARIANTS, under

    if args.jobs < 1:
        raise TrialError(f"--jobs {args.jobs}: at least one process")
    if args.metres_in_all and (args.variant or args.graph):
        raise TrialError("--metres-in-all is of fused alone: without --variant and --graph")
    if args.metres_in_all < 0.0:
        raise TrialError(f"--metres-in-all {args.metres_in_all:g}: must be over 0")
    if args.graph < 0:
        raise TrialError(f"--graph {args.graph}: must be 0 or more")
    variants = list(VARIANTS) if "all" in args.variant else args.variant
    plan = Plan(
        out=args.out,
        sites=args.sites,
        seed=args.seed,
        metres=args.metres,
        rover=args.rover,
        size=args.size,
        model=args.model or MODEL,
        params=args.params,
        faults=dict(args.fault),
        ways=(*MODES, *dict.fromkeys(under(FUSED, name) for name in variants)),
    )
    if args.metres_in_all:
        alone = replace(plan, ways=(FUSED,))
        found = go_far(alone, args.metres_in_all, args.jobs, args.ray, _say)
    else:
        found = conduct(plan, args.jobs, args.ray, args.graph, _say)
    _say(f"summary: {args.out / SUMMARY}")
    _say(f"report: {args.out / PAGE}")
    return CRASHED if found["crashed"] else 0


def _say(text: str) -> None:
    print(text, flush=True)


def _fault(word: str) -> tuple[str, float]:
    name, _, value = word.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not NAME=NUMBER") from None
