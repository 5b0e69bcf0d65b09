"""`ai4mars pds`: products of planetary rovers, shown and made into bags."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "show images of planetary rovers, and make bags of them"

COMMANDS = {
    "show": "show",
    "to-bag": "to_bag",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars pds` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
