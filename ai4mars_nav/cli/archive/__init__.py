"""`ai4mars archive`: the catalogue of an archive and its pages."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "search and label the images of an archive in a web page"

COMMANDS = {
    "ingest": "ingest", "look": "look", "serve": "serve", "export": "export", "usage": "usage",
    "account": "account", "project": "project",
}  # fmt: skip
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars archive` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
