"""`ai4mars`, the command line: one module a sub-command, imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

COMMANDS: dict[str, str] = {
    "up": "ai4mars_nav.cli.up",
    "goal": "ai4mars_nav.cli.goal",
    "drive": "ai4mars_nav.cli.drive",
    "replay": "ai4mars_nav.cli.replay",
    "bench": "ai4mars_nav.cli.bench",
    "scene": "ai4mars_nav.cli.scene",
    "sim": "ai4mars_nav.cli.sim",
    "config": "ai4mars_nav.cli.config",
    "doctor": "ai4mars_nav.cli.doctor",
    "engine": "ai4mars_nav.cli.engine",
    "labels": "ai4mars_nav.cli.labels",
    "pds": "ai4mars_nav.cli.pds",
    "train": "ai4mars_nav.cli.train",
    "evaluate": "ai4mars_nav.cli.evaluate",
    "calibrate": "ai4mars_nav.cli.calibrate",
    "export": "ai4mars_nav.cli.export",
    "content": "ai4mars_nav.cli.content",
    "archive": "ai4mars_nav.cli.archive",
}

REFUSED = 2
"""Exit code when a configuration, a file or an argument cannot be used."""
INTERRUPTED = 130
CUT_OFF = 141
"""As a shell tells a process that wrote to a pipe nobody reads."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one sub-command; its exit code, 2 for what was refused, 130 for Ctrl-C."""
    words = list(sys.argv[1:] if words is None else words)
    name = words[0] if words else ""
    if name not in COMMANDS:
        _parser_of_all().parse_args(words or ["--help"])
        return REFUSED
    command = importlib.import_module(COMMANDS[name])
    about = getattr(command, "DESCRIPTION", command.HELP)
    parser = argparse.ArgumentParser(prog=f"ai4mars {name}", description=about)
    command.add_arguments(parser)
    args = parser.parse_args(words[1:])
    try:
        code = int(command.run(args))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `ai4mars ... | head`: the reader has enough, and Python must not complain at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(_PACKAGE):
            raise
        print(f"ai4mars {name}: needs {error.name}, see `ai4mars doctor`", file=sys.stderr)
        return REFUSED
    except Exception as error:
        if not _is_refusal(error):
            raise
        print(f"ai4mars {name}: {error}", file=sys.stderr)
        return REFUSED


def _is_refusal(error: Exception) -> bool:
    """Whether the error is one of this package's own, whose message says all there is to know."""
    return isinstance(error, ValueError) and type(error).__module__.startswith(f"{_PACKAGE}.")


def _parser_of_all() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ai4mars", description="Terrain-aware driving for Mars.")
    choices = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, path in COMMANDS.items():
        command: ModuleType = importlib.import_module(path)
        choices.add_parser(name, help=command.HELP, add_help=False)
    return parser


_PACKAGE = __name__.split(".")[0]
