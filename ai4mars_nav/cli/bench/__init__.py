"""`ai4mars bench`: what the whole rover is worth, measured."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "measure what the rover is worth: drives on random sites, and an outside judge of them"

COMMANDS = {"drive": "drive", "judge": "judge"}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars bench` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
