"""`ai4mars drive`: a rover crosses a simulated Mars through the real node graph."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from pathlib import Path
from typing import NoReturn

from ai4mars_nav.perception.engine import KINDS
from ai4mars_nav.sim.drive.conduct import conduct, fresh
from ai4mars_nav.sim.drive.progress import Progress
from ai4mars_nav.sim.drive.trip import Trip, ground_of
from ai4mars_nav.sim.world.cache import default_cache
from ai4mars_nav.sim.world.library import DEFAULT, load_world

HELP = "cross a simulated Mars through the whole graph; leaves a bag, pictures and a report"
UNSAFE = 1
"""Exit code when the goal was not reached, or not safely."""
INTERRUPTED = 130
TODAY = "outcrops"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """World, rover, goal and folder."""
    parser.add_argument("--world", default=DEFAULT, help="a world of sim/worlds, or a YAML file")
    parser.add_argument("--seed", type=int, default=1, help="of the world (default: 1)")
    parser.add_argument(
        "--goal", type=_metres, nargs=2, metavar=("X", "Y"), help="metres in odom; default: its own"
    )
    parser.add_argument(
        "--rover", default="test_rover", help="name of a rover in config/, or path of its YAML file"
    )
    parser.add_argument("--size", type=int, default=512, help="of the images (default: 512)")
    parser.add_argument("--out", type=Path, help="folder; default: out/drive-WORLD-SEED")
    parser.add_argument("--params", default="", help="default: config/drive_ROVER.yaml")
    parser.add_argument("--model", default="", help="of models/, or an .onnx file")
    parser.add_argument("--engine", choices=KINDS, default="", help="default: as in --params")
    parser.add_argument(
        "--triage", nargs="?", const=TODAY, default="", metavar="WANTS",
        help="choose what to send home as well, by a name in config/triage/ or a YAML file "
        f"(default: {TODAY}); leaves triage.png",
    )  # fmt: skip
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="spoil something: `ai4mars config sim` lists fault.*",
    )


def run(args: argparse.Namespace) -> int:
    """Drive, and tell what came of it: 0 only if the goal was reached safely."""
    name = Path(args.world).stem
    out = args.out or Path("out") / f"drive-{name}-{args.seed}"
    trip = Trip(
        out=fresh(out),
        world=args.world,
        seed=args.seed,
        rover=args.rover,
        goal=None if args.goal is None else (args.goal[0], args.goal[1]),
        size=args.size,
        params=args.params,
        model=args.model,
        engine=args.engine,
        triage=args.triage,
        faults=dict(args.fault),
    )
    progress = Progress(sys.stdout)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    progress.say(f"world {args.world}, seed {args.seed}: preparing")
    ground = ground_of(trip, *load_world(trip.world, trip.seed, default_cache()))
    outcome = conduct(trip, ground, progress)
    progress.say(outcome.end.reason)

    from ai4mars_nav.sim.drive.leave import leave

    for what, path in leave(outcome).items():
        progress.say(f"{what}: {path}")
    if outcome.interrupted:
        return INTERRUPTED
    return 0 if outcome.end.reached else UNSAFE


def _metres(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{word} is not a place")
    return value


def _fault(word: str) -> tuple[str, float]:
    name, _, value = word.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not NAME=NUMBER") from None


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
