"""`ai4mars labels`: judge, review, merge and prepare the labels of many labellers."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

HELP = "judge, review, merge and prepare the labels of many labellers"

COMMANDS = {
    "prepare": "prepare",
    "import": "import_drawings",
    "agreement": "agreement",
    "review": "review",
    "merge": "merge",
    "gold": "gold",
    "split": "split",
    "ortho": "ortho",
    "export": "export_cvat",
}
"""Command and module of this package, in the order in which a campaign needs them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars labels` and their options."""
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        command = importlib.import_module(f"{__name__}.{module}")
        one = choices.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(one)
        one.set_defaults(command=command.run)


def run(args: argparse.Namespace) -> int:
    """Do the command; progress and what was skipped on standard error."""
    if getattr(args, "ray", ""):
        for name, value in vars(args).items():
            if isinstance(value, Path):
                # other machines have other working directories
                setattr(args, name, value.resolve())
    return int(args.command(args))
