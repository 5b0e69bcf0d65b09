"""`ai4mars pds`: products of planetary rovers, shown and made into bags."""

from __future__ import annotations

import argparse
import importlib

HELP = "show images of planetary rovers, and make bags of them"

COMMANDS = {
    "show": "show",
    "to-bag": "to_bag",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars pds` and their options."""
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        command = importlib.import_module(f"{__name__}.{module}")
        one = choices.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(one)
        one.set_defaults(command=command.run)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return int(args.command(args))
