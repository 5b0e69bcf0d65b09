"""`ai4mars engine`: what runs the terrain network, built, shown and checked."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "build, show and check the engines that run a terrain model"

COMMANDS = {
    "build": "build",
    "show": "show",
    "check": "check",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars engine` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
