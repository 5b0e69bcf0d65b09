"""A command that has commands of its own, one module each."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping


def add_commands(
    parser: argparse.ArgumentParser, package: str, commands: Mapping[str, str]
) -> None:
    """The commands {name: module of `package`} and their options; `run_command` does the chosen."""
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in commands.items():
        command = importlib.import_module(f"{package}.{module}")
        one = choices.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        command.add_arguments(one)
        one.set_defaults(command=command.run)


def run_command(args: argparse.Namespace) -> int:
    """Do the command that was chosen; its exit code."""
    return int(args.command(args))
