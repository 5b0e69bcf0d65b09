"""Write a lock file: the whole closure of a requirements file, pinned, for several Pythons.

    python tools/lock.py requirements/run.in requirements/run.lock python3.10 python3.11 ...

A package that only some Pythons need, or need in another version, gets a marker.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

Pins = dict[str, str]
"""Version by package name, for one Python."""


def main() -> None:
    """Resolve for each Python, merge, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("requirements", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("pythons", nargs="+", help="interpreters to resolve for")
    parser.add_argument("--as-is", default=[], action="append", help="a pin whose needs are left")
    args = parser.parse_args()
    resolved = dict(resolve(python, args.requirements) for python in args.pythons)
    header = f"# Made by tools/lock.py from {args.requirements.name} for Python "
    first = header + ", ".join(sorted(resolved, key=_minor))
    lines = [first, *sorted([*merge(resolved), *args.as_is])]
    args.lock.write_text("\n".join(lines) + "\n", encoding="utf-8")


def resolve(python: str, requirements: Path) -> tuple[str, Pins]:
    """("3.11", pins) as this interpreter would install them into an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        inside = str(Path(folder) / "bin" / "python")
        report = Path(folder) / "report.json"
        words = ["-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        words += ["--report", str(report), "-r", str(requirements)]
        subprocess.run([inside, *words], check=True, stdout=sys.stderr)
        document = json.loads(report.read_text(encoding="utf-8"))
    found = (item["metadata"] for item in document["install"])
    # what follows + names a build (torch's +cpu), which is the machine's business
    pins = {_canonical(item["name"]): item["version"].split("+")[0] for item in found}
    return ".".join(document["environment"]["python_full_version"].split(".")[:2]), pins


def merge(resolved: dict[str, Pins]) -> list[str]:
    """Lines of a lock file, sorted; markers where the Pythons differ."""
    return [
        line
        for name in sorted({name for pins in resolved.values() for name in pins})
        for line in _lines_of(name, resolved)
    ]


def _lines_of(name: str, resolved: dict[str, Pins]) -> list[str]:
    users = defaultdict(list)
    for python, pins in resolved.items():
        if name in pins:
            users[pins[name]].append(python)
    if [set(pythons) for pythons in users.values()] == [set(resolved)]:
        return [f"{name}=={next(iter(users))}"]
    return [
        f"{name}=={version} ; {' or '.join(map(_marker, sorted(pythons, key=_minor)))}"
        for version, pythons in users.items()
    ]


def _marker(python: str) -> str:
    return f'python_version == "{python}"'


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _minor(python: str) -> int:
    return int(python.split(".")[1])


if __name__ == "__main__":
    main()
