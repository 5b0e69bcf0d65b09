"""`ai4mars replay BAG`: a recorded sequence through the real node graph."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from pathlib import Path
from typing import NoReturn

from ai4mars_nav.replay.account import Asked
from ai4mars_nav.replay.conduct import conduct
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.remap import Remap, load_remap, remap_file
from ai4mars_nav.ros import graph

HELP = "replay a bag through the whole graph; leaves its outputs, pictures and a report"
DIFFERENT = 1
"""Exit code when an output differs from the reference, or the replay ended before the bag."""
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The bag, how it is fed, and what its outputs are compared with."""
    parser.add_argument("bag", type=Path, metavar="BAG", help="rosbag2 folder, .mcap or .db3 file")
    parser.add_argument("--out", type=Path, help="folder; default: out/replay-BAG")
    parser.add_argument(
        "--rate",
        type=_positive,
        help="times the bag's own pace; default: lockstep, a frame when the last is answered",
    )
    parser.add_argument(
        "--start", type=_seconds, default=0.0, help="seconds of the bag to skip (default: 0)"
    )
    parser.add_argument("--duration", type=_positive, help="seconds to replay (default: all)")
    parser.add_argument("--loop", type=_count, default=1, help="times to replay it (default: 1)")
    parser.add_argument("--remap", default="", help="of config/remap, or a YAML file")
    parser.add_argument("--rover", default="curiosity", help=graph.MEANINGS["rover"])
    parser.add_argument("--params", default="", help=graph.MEANINGS["params"])
    parser.add_argument(
        "--compare", type=Path, metavar="REFERENCE", help="compare the outputs with these (.npz)"
    )
    parser.add_argument("--update", action="store_true", help="write REFERENCE instead")


def run(args: argparse.Namespace) -> int:
    """Replay, and tell what came of it: 0 if it came to its end, and as the reference has it."""
    if args.update and args.compare is None:
        raise ReplayError("--update: say with --compare which reference to write")
    if args.compare is not None and not args.update and not args.compare.is_file():
        raise ReplayError(f"{args.compare}: there is no such reference; --update makes it")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    asked = Asked(
        bag=args.bag,
        out=args.out or Path("out") / f"replay-{args.bag.resolve().stem}",
        rate=args.rate,
        start=args.start,
        duration=args.duration,
        loops=args.loop,
        remap=load_remap(remap_file(args.remap)) if args.remap else Remap(),
        rover=args.rover,
        params=args.params,
    )
    outcome = conduct(asked, _say)

    from ai4mars_nav.replay.leave import leave

    for line in leave(outcome):
        _say(line)
    code = DIFFERENT if outcome.end else 0
    if outcome.interrupted:
        return INTERRUPTED
    if args.compare is not None:
        code = max(code, _compared(outcome.bag, args.compare, args.update))
    return code


def _compared(bag: Path, reference: Path, update: bool) -> int:
    from ai4mars_nav.replay.compare import compare
    from ai4mars_nav.replay.digest import digest
    from ai4mars_nav.replay.reference import read_reference, read_rules, write_reference

    rules = read_rules(reference)
    found = digest(bag)
    if update:
        write_reference(reference, found)
        _say(f"reference written: {reference} ({reference.stat().st_size / 1e3:.0f} kB)")
        return 0
    lines = compare(found, read_reference(reference), rules)
    for line in lines:
        _say(line)
    if lines:
        _say(f"differs from {reference}; if it is meant to, run again with --update")
        return DIFFERENT
    _say(f"as in {reference}")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _seconds(word: str) -> float:
    value = float(word)
    if not math.isfinite(value) or value < 0.0:
        raise argparse.ArgumentTypeError(f"{word} is no number of seconds")
    return value


def _positive(word: str) -> float:
    value = float(word)
    if not math.isfinite(value) or value <= 0.0:
        raise argparse.ArgumentTypeError(f"{word} is not over 0")
    return value


def _count(word: str) -> int:
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{word} is not 1 or more")
    return value


def _interrupt(_number: int, _frame: object) -> NoReturn:
    sys.stderr.flush()
    raise KeyboardInterrupt
