"""`ai4mars config`: every setting with unit, range, default and meaning; or the check of a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ai4mars_nav.ros.graph import NODES
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import Setting, SettingsError, read_yaml, settings_of

HELP = "print every setting (of the rover, of one node), or check a configuration file"
ROVER = "rover"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to print or check."""
    names = ", ".join([ROVER, *(spec.name for spec in NODES)])
    parser.add_argument("what", nargs="*", help=f"{names}, or a YAML file; default: all of them")


def run(args: argparse.Namespace) -> int:
    """Print the settings, or what is right in a file; what is wrong ends it."""
    names = [ROVER, *(spec.name for spec in NODES)]
    for what in args.what or names:
        if what in names:
            print("\n".join(describe(what)))
        elif Path(what).suffix in (".yaml", ".yml"):
            print(f"{what}: {check(Path(what))}")
        else:
            raise SettingsError(f"{what!r} is neither a YAML file nor one of {', '.join(names)}")
    return 0


def describe(name: str) -> Iterator[str]:
    """The lines about one section."""
    yield f"{name}:"
    for prefix, cls in _sections(name).items():
        for described in settings_of(cls):
            key = f"{prefix}.{described.name}" if prefix else described.name
            yield f"  {key} = {_shown(described.default)}{_domain(described)}: {described.help}"
    yield ""


def check(path: Path) -> str:
    """What a file that has passed its check describes."""
    if ROVER in read_yaml(path):
        return f"the rover {load_rover(path).name}"
    from ai4mars_nav.ros.schema import check_file

    return f"parameters of {', '.join(check_file(path)) or 'no node'}"


def _sections(name: str) -> dict[str, type]:
    if name == ROVER:
        return {"": Rover}
    from ai4mars_nav.ros.schema import sections_of

    return sections_of(next(spec for spec in NODES if spec.name == name))


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return f"[{', '.join(map(str, default))}]"
    return str(default).lower() if isinstance(default, bool) else str(default)


def _domain(described: Setting) -> str:
    """Unit and range, or the choices, as far as there are any."""
    unit = f" {described.unit}" if described.unit else ""
    if described.choices:
        return f"{unit} (one of {', '.join(described.choices)})"
    low, high = described.lo, described.hi
    if low is None and high is None:
        return unit
    if high is None:
        return f"{unit} (from {low})"
    if low is None:
        return f"{unit} (up to {high})"
    return f"{unit} ({low} to {high})"
