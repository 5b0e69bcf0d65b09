"""`ai4mars content`: train, judge and use classifiers of whole images."""

from __future__ import annotations

import argparse

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "train, judge and use classifiers of whole images"

COMMANDS = {
    "train": "train",
    "evaluate": "evaluate",
    "classify": "classify",
    "landmarks": "landmarks",
    "novel": "novel",
    "triage": "triage",
}
"""Command and module of this package."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars content` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command."""
    return run_command(args)
