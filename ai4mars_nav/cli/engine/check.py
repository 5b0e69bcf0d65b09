"""`ai4mars engine check`: what can run a model here, what would be chosen, and why."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.engine.arguments import add_cache, add_model
from ai4mars_nav.perception.engine import AUTO, KINDS
from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.choose import Wish, opened
from ai4mars_nav.perception.engines.obtain import ON_MISMATCH, REBUILD
from ai4mars_nav.perception.engines.survey import Standing, State, survey, would_choose
from ai4mars_nav.share import model_file

HELP = "say which engines run here, and which would be chosen"
DESCRIPTION = """Say of each engine whether it can run here, whether the one that is kept would be
used and how often it agrees with the CPU engine, which is measured now; nothing is built. Exit
code 0: what would be chosen starts at once; 1: it has to be built first; 2: nothing would be
chosen."""
TO_BUILD, NONE = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Model, and what may be chosen about engines."""
    add_model(parser)
    parser.add_argument("--engine", choices=KINDS, default=AUTO, help="default: %(default)s")
    add_cache(parser)
    parser.add_argument(
        "--on-mismatch",
        choices=ON_MISMATCH,
        default=REBUILD,
        help="as model.on_mismatch of the node terrain (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found."""
    wish = Wish(args.engine, args.threads, args.cache, args.on_mismatch)
    model = opened(model_file(args.model), args.threads)
    standings = survey(model, wish)
    chosen = would_choose(standings, wish)
    print(f"{model.sidecar.name} ({model.sidecar.precision}), engine {wish.kind}")
    width = max(len(standing.kind) for standing in standings)
    for standing in standings:
        mark = "->" if standing is chosen else ""
        print(f"{mark:>2} {standing.kind:<{width}}  {standing.state.value:<10}  {_told(standing)}")
    if chosen is None:
        print(f"no engine would run: {wish.kind} is asked for")
        return NONE
    return TO_BUILD if chosen.state == State.TO_BUILD else 0


def _told(standing: Standing) -> str:
    if standing.parity is None:
        return standing.told
    return f"{standing.told}; agrees with the CPU engine in {parity.in_words(standing.parity)}"
