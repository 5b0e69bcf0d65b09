"""`ai4mars labels`: judge, review, merge and prepare the labels of many labellers."""

from __future__ import annotations

import argparse
from pathlib import Path

from ai4mars_nav.cli.group import add_commands, run_command

HELP = "judge, review, merge and prepare the labels of many labellers"

COMMANDS = {
    "prepare": "prepare",
    "import": "import_drawings",
    "agreement": "agreement",
    "review": "review",
    "merge": "merge",
    "gold": "gold",
    "split": "split",
    "check": "check",
    "ortho": "ortho",
    "export": "export_cvat",
}
"""Command and module of this package, in the order in which a campaign needs them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands of `ai4mars labels` and their options."""
    add_commands(parser, __name__, COMMANDS)


def run(args: argparse.Namespace) -> int:
    """Do the command; progress and what was skipped on standard error."""
    if getattr(args, "ray", ""):
        for name, value in vars(args).items():
            if isinstance(value, Path):
                # other machines have other working directories
                setattr(args, name, value.resolve())
    return run_command(args)
