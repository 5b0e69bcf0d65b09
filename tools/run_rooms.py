"""The tests of all rooms, a pytest process each, two at a time: half of their time is waiting.

    python tools/run_rooms.py [--at-once N] [FOLDER OF ROOMS]

What a room said comes as a whole when it is done, in the end one line for each and pytest's
closing line for all. Ends with 1 if any room did not end well.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

LONGEST = ("ros", "archive", "launch", "sim_drive", "trial", "replay", "package", "graph", "learn")
"""Rooms to begin with, so that none of them is left alone at the end."""

COUNTS = ("failed", "passed", "skipped", "errors")
"""In the order of pytest's closing line."""


@dataclass(frozen=True)
class Done:
    """What became of a room: pytest's exit code, -number of a signal that ended it, and counts."""

    room: Path
    code: int
    counts: dict[str, int]
    seconds: float
    said: str

    @property
    def line(self) -> str:
        """`test/ros: 214 passed in 301 s`."""
        return f"{self.room}: {_told(self.counts)} in {self.seconds:.0f} s{self._how()}"

    def _how(self) -> str:
        if self.code < 0:
            return f", ENDED BY {signal.Signals(-self.code).name}"
        return f", EXIT CODE {self.code}" if self.code else ""


def rooms(folder: Path) -> list[Path]:
    """The folders with tests, the longest first, then by the size of their tests."""
    found = [each for each in folder.iterdir() if next(each.rglob("test_*.py"), None)]
    size = {each: sum(file.stat().st_size for file in each.rglob("*.py")) for each in found}

    def place(room: Path) -> tuple[int, int]:
        known = room.name in LONGEST
        return (LONGEST.index(room.name) if known else len(LONGEST), -size[room])

    return sorted(found, key=place)


def run_all(folder: Path, at_once: int) -> Iterator[Done]:
    """Each room as it is done; told to end meanwhile, those that run are told to, and no other
    begins."""
    running: set[subprocess.Popen[str]] = set()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for done in as_completed([pool.submit(run, room, running) for room in rooms(folder)]):
                yield done.result()
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            # Ctrl-C in a terminal reaches them without us
            for process in [] if isinstance(error, KeyboardInterrupt) else list(running):
                process.terminate()
            raise


def run(room: Path, running: set[subprocess.Popen[str]]) -> Done:
    """The tests of one room, in a process of their own, which is in `running` meanwhile."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        words = [sys.executable, "-m", "pytest", "--color=no", f"--junit-xml={results}", str(room)]
        # a file, as a pipe would stay open while anything that a test left behind lives on
        with (Path(folder) / "said").open("w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT, text=True)
            running.add(process)
            print(f"{room} begins", flush=True)
            code = process.wait()
            running.remove(process)
            said.seek(0)
            told = said.read()
        return Done(room, code, _counts(results), time.monotonic() - begun, told)


def closing_line(all_done: Sequence[Done], seconds: float) -> str:
    """As pytest's own, over all rooms."""
    sums = {kind: sum(done.counts[kind] for done in all_done) for kind in COUNTS}
    return f" {_told(sums)} in {seconds:.2f}s ".center(80, "=")


def _counts(results: Path) -> dict[str, int]:
    """How many tests ended how; none where pytest did not come so far."""
    if not results.is_file():
        return dict.fromkeys(COUNTS, 0)
    told = [suite.attrib for suite in ET.parse(results).getroot().iter("testsuite")]
    tests, failed, errors, skipped = (
        sum(int(each[key]) for each in told) for key in ("tests", "failures", "errors", "skipped")
    )
    passed = tests - failed - errors - skipped
    return {"failed": failed, "passed": passed, "skipped": skipped, "errors": errors}


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "nothing"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them, say what they said."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("test"))
    parser.add_argument("--at-once", type=int, default=2, help="processes side by side (2)")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    begun, all_done = time.monotonic(), []
    for done in run_all(asked.folder, asked.at_once):
        print(done.said, flush=True)
        all_done.append(done)
    if not all_done:
        print(f"{asked.folder}: there are no rooms with tests")
        return 1
    # those that failed last, where one looks first
    for done in sorted(all_done, key=lambda each: (each.code != 0, -each.seconds)):
        print(done.line)
    print(closing_line(all_done, time.monotonic() - begun))
    return int(any(done.code for done in all_done))


if __name__ == "__main__":
    sys.exit(main())
