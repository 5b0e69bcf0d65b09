"""`ai4mars sim`: worlds and rovers of the simulator, and pictures taken in them."""

from __future__ import annotations

import argparse
import importlib

HELP = "make worlds to drive on, and images with known truth"

COMMANDS = {
    "world": "world",
    "rover": "rover",
    "render": "render",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars sim` and their options."""
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        command = importlib.import_module(f"{__name__}.{module}")
        one = choices.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(one)
        one.set_defaults(command=command.run)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return int(args.command(args))
