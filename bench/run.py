"""`make bench`: every benchmark in one run, as the table of docs/bench.md.

Each module of this folder offers `run() -> list[dict]` with the keys of `COLUMNS`:
`median_ms` and `spread_ms` (p10 to p90) over repeats, `reference` measured in the same run,
`ratio` = reference over ours (more is better) and `goal`. Everything but the graph, which takes
the cores of a rover's computer, is measured on one core.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2

MODULES = (
    "geometry", "perception", "mapping", "planning", "graph", "dataset", "inference", "sim_world",
    "sim_render", "sim_vehicle", "pds", "replay", "engine_start", "engines",
)  # fmt: skip
GRAPHS = ("graph", "replay", "engine_start", "engines")
"""These start processes or threads, and choose their cores themselves."""
COLUMNS = ("name", "size", "median_ms", "spread_ms", "reference", "reference_ms", "ratio", "goal")


def main() -> int:
    """Run the named benchmarks (all of them by default) and print, and keep, the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--out", type=Path, help="also write the table here (Markdown)")
    parser.add_argument("--json", type=Path, help="also write the rows here (JSON)")
    args = parser.parse_args()
    unknown = sorted(set(args.modules) - set(MODULES))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(MODULES)}")
    sys.path.insert(0, str(Path(__file__).parent))
    rows: list[dict[str, Any]] = []
    for name in args.modules or MODULES:
        print(f"bench {name} ...", file=sys.stderr, flush=True)
        run = importlib.import_module(name).run
        rows += run() if name in GRAPHS else on_one_core(run)
    table = "\n".join([f"Machine: {machine()}", "", *markdown(rows), ""])
    print(table)
    if args.out:
        args.out.write_text(table, encoding="utf-8")
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))
    return 0


def on_one_core(run: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What `run` measures on one core; OpenCV's threads would wait for each other on it."""
    cores, threads = os.sched_getaffinity(0), cv2.getNumThreads()
    os.sched_setaffinity(0, {max(cores)})
    cv2.setNumThreads(1)
    try:
        return run()
    finally:
        cv2.setNumThreads(threads)
        os.sched_setaffinity(0, cores)


def markdown(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The rows as the lines of a Markdown table."""
    head = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    return head + ["| " + " | ".join(_cell(row.get(key)) for key in COLUMNS) + " |" for row in rows]


def machine() -> str:
    """One line that says where the numbers come from."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    cores = len(os.sched_getaffinity(0))
    return f"{cpu}, {cores} cores, Python {platform.python_version()}, {platform.system()}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
