"""`ai4mars engine show`: the engines that are kept, and what each was built of."""

from __future__ import annotations

import argparse
from pathlib import Path

from ai4mars_nav.cli.engine.arguments import add_cache
from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.cache import Unusable, load_engine, records_in
from ai4mars_nav.perception.engines.record import EngineRecord

HELP = "show the engines that are kept"
DESCRIPTION = """Show each engine that is kept, what it was built of and how it was proved. Whether
one may be used here, `ai4mars engine check` says."""
SPOILT = 1
"""Exit code when one of them is not to be believed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The cache."""
    add_cache(parser)


def run(args: argparse.Namespace) -> int:
    """Print them; 1 if one is spoilt."""
    records = records_in(args.cache)
    if not records:
        print(f"{args.cache}: no engine is kept here")
    return max([_show(path) for path in records], default=0)


def _show(path: Path) -> int:
    try:
        record, _ = load_engine(path)
    except Unusable as error:
        print(f"spoilt: {error}")
        return SPOILT
    print(path)
    for name, value in _lines(record).items():
        print(f"    {name:<24}{value}")
    return 0


def _lines(record: EngineRecord) -> dict[str, str]:
    plan, built, proof = record.plan, record.built, record.parity
    return {
        **record.identity.fields(),
        "plan": f"{plan.file}, {plan.bytes / 2**20:.1f} MiB",
        "built": f"{built.at} in {built.seconds:.1f} s",
        "parity": f"as {proof.against} in {parity.in_words(proof)}",
    }
