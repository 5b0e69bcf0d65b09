"""`ai4mars sim`: worlds and rovers of the simulator, and pictures taken in them."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "make worlds to drive on, and images with known truth"

COMMANDS = {
    "world": "world",
    "rover": "rover",
    "render": "render",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars sim` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
