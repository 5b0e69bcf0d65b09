"""`ai4mars engine build`: an engine for this machine, so that the node finds it when it starts."""

from __future__ import annotations

import argparse
import time

from ai4mars_nav.cli.engine.arguments import add_cache, add_model
from ai4mars_nav.perception.engine import TENSORRT
from ai4mars_nav.perception.engines import back_ends, parity
from ai4mars_nav.perception.engines.choose import Wish, opened, wanted
from ai4mars_nav.perception.engines.obtain import REBUILD, build_again, obtain
from ai4mars_nav.share import model_file

HELP = "build an engine for this machine and keep it"
DESCRIPTION = """Build the plan of a model for this machine, prove it against the CPU engine on the
stored frames, and keep it where the node terrain looks for it. What is kept already and fits is not
built again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Model, runtime, cache."""
    add_model(parser)
    parser.add_argument(
        "--engine", choices=tuple(back_ends.BUILT), default=TENSORRT, help="default: %(default)s"
    )
    add_cache(parser)
    parser.add_argument("--again", action="store_true", help="build it even if what is kept fits")


def run(args: argparse.Namespace) -> int:
    """Build, with a line for each step; what cannot be built or is refused is an error."""
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {line}", flush=True)

    model = opened(model_file(args.model), args.threads)
    ask = wanted(args.engine, model, Wish(args.engine, args.threads, args.cache))
    got = build_again(ask, say) if args.again else obtain(ask, REBUILD, say)
    say(f"{got.engine.name}: {got.note or 'is there and fits'}")
    say(f"agrees with {got.parity.against} in {parity.in_words(got.parity)}")
    say(f"{ask.slot.record}")
    got.engine.close()
    return 0
