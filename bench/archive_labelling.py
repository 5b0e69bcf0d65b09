"""Many labellers at once against a real server process on loopback, killed midway if asked.

`python bench/archive_labelling.py --labellers 50 --minutes 10 [--kill] [--store postgresql://...]`
makes images and accounts, starts `ai4mars archive serve`, signs everybody in, and lets half of them
label whole images and half draw pixels, each at their own pace: put off, taken back, sent twice as
after a lost connection. Afterwards the store is compared with what was acknowledged, answer by
answer. Nothing here is part of `make bench`: it takes as long as it is told to.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from archive_labeller import Labeller, Ledger, Pace

from ai4mars_nav.archive.database import Database, open_database
from ai4mars_nav.archive.labelling import accounts, images, projects
from ai4mars_nav.archive.labelling.classes import parse_classes, terrain_classes
from ai4mars_nav.archive.labelling.projects import IMAGE, PIXELS, Plan
from ai4mars_nav.archive.labelling.tables import prepare_labelling
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.merge import MergeSettings

PASSWORD = "red dust blue sunset"
NEEDED = 10
"""Labels of each image."""
SIGNING_IN = ("page", "sign in")
"""Kinds of requests that come once, of which one is meant to take long. `labelling` in the outcome
is all others together."""
WHOLE, DRAWN = 3.0, 10.0
"""Mean seconds that somebody looks at a whole image, or draws on one."""


@dataclass
class Outcome:
    """What a run showed; `faults` is empty if all went well."""

    faults: list[str] = field(default_factory=list)
    acknowledged: int = 0
    taken_back: int = 0
    resent: int = 0
    requests: int = 0
    cut_off: int = 0
    """Requests that found no server while it was dead."""
    milliseconds: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """p50, p95 and p99 of each kind of request."""
    server_ms: float = 0.0
    """Processor time of the server a request."""


def measure(
    store: str, folder: Path, labellers: int, seconds: float, kill: bool, hurry: float = 1.0
) -> Outcome:
    """One run; `hurry` divides the times for which people look and draw."""
    database = open_database(store)
    try:
        plans = _prepare(database, folder, labellers, round(200 + seconds))
        server = Server(store, folder)
        ledger = Ledger()
        hands = [
            Labeller(
                server.address, f"labeller{n}", PASSWORD, plans[n % 2],
                Pace((WHOLE, DRAWN)[n % 2] / hurry, random.Random(n)), ledger,
            )
            for n in range(labellers)
        ]  # fmt: skip
        try:
            spent = _work(server, hands, seconds, kill)
        finally:
            server.end()
        return _outcome(database, ledger, spent)
    finally:
        database.close()


class Server:
    """`ai4mars archive serve` in a process of its own."""

    def __init__(self, store: str, root: Path) -> None:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.address = ("127.0.0.1", one.getsockname()[1])
        self._command = [
            sys.executable, "-m", "ai4mars_nav.cli", "archive", "serve", "--store", store,
            "--root", str(root), "--port", str(self.address[1]),
        ]  # fmt: skip
        self.begin()

    def begin(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command)
        for _ in range(1200):
            if self._process.poll() is not None:
                raise RuntimeError("the server ended before it answered")
            try:
                socket.create_connection(self.address, 1.0).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """Without a word: SIGKILL."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def processor_seconds(self) -> float:
        """Spent so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _prepare(
    database: Database, folder: Path, labellers: int, count: int
) -> tuple[tuple[int, str], tuple[int, str]]:
    """Accounts, and a project of each kind: number and kind."""
    prepare_labelling(database)
    found = list(images.read_images(_pictures(folder, count), None, Findings(skip=False)))
    whole = parse_classes("\n".join(f"{n} class {n}" for n in range(25)), "the bench")
    rule = MergeSettings(3, 0.65)
    made = []
    for kind, classes in ((IMAGE, whole), (PIXELS, terrain_classes())):
        plan = Plan(f"bench {kind}", kind, classes, NEEDED, rule)
        made.append((projects.add_project(database, plan, found, time.time()).id, kind))
    for n in range(labellers):
        accounts.add_account(database, f"labeller{n}", PASSWORD, accounts.LABELLER, time.time())
    return made[0], made[1]


def _pictures(folder: Path, count: int) -> list[Path]:
    """NAVCAM-sized pictures, a few different ones under many names."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    kinds = []
    for _ in range(4):
        coarse = rng.integers(40, 200, (64, 64), np.uint8)
        kinds.append(cv2.resize(coarse, (1024, 1024), interpolation=cv2.INTER_CUBIC))
    coded = [cv2.imencode(".jpg", one)[1].tobytes() for one in kinds]
    paths = [folder / f"bench-{n:05d}.jpg" for n in range(count)]
    for n, path in enumerate(paths):
        path.write_bytes(coded[n % len(coded)])
    return paths


def _work(server: Server, hands: list[Labeller], seconds: float, kill: bool) -> float:
    """Everybody at work for so long; the processor time of the server meanwhile, in seconds."""
    ready = threading.Barrier(len(hands) + 1)
    stop = threading.Event()
    threads = [threading.Thread(target=hand.work, args=(ready, stop)) for hand in hands]
    for thread in threads:
        thread.start()
    # whoever cannot sign in breaks it, with a word in the ledger
    ready.wait()
    before = server.processor_seconds()
    spent = 0.0
    if kill:
        time.sleep(seconds / 2)
        spent = server.processor_seconds() - before
        server.kill()
        server.begin()
        before = 0.0
        time.sleep(seconds / 2)
    else:
        time.sleep(seconds)
    spent += server.processor_seconds() - before
    stop.set()
    for thread in threads:
        thread.join()
    return spent


def _outcome(database: Database, ledger: Ledger, spent: float) -> Outcome:
    """The ledger against the store."""
    faults = list(ledger.faults)
    with database.reading() as session:
        rows = session.run(
            "SELECT a.client_id, a.id, a.taken_back, t.image, t.account, a.label, t.project"
            " FROM answers a JOIN tasks t ON t.id = a.task"
        )
        counts = dict(session.run("SELECT id, answers FROM project_images WHERE answers > 0"))
    stored = {client: (answer, taken_back) for client, answer, taken_back, *_ in rows}
    for client, answer in ledger.acknowledged.items():
        if client not in stored:
            faults.append(f"lost: answer {answer} was acknowledged and is not there")
        elif stored[client][0] != answer:
            faults.append(f"doubled: answer {answer} is {stored[client][0]}, too")
    faults += [f"answer {a} was taken back and stands" for c, a in ledger.taken_back.items()
               if stored[c][1] is None]  # fmt: skip
    faults += [f"nobody sent {client}" for client in stored if client not in ledger.sent]
    standing = Counter((r[3], r[4]) for r in rows if r[2] is None)
    faults += [f"doubled: {key}" for key, count in standing.items() if count > 1]
    per_image = Counter(image for image, _ in standing)
    faults += [f"image {i} has {n} labels" for i, n in per_image.items() if n > NEEDED]
    if counts != per_image:
        faults.append("the counts of labels are not those of the answers")
    times: defaultdict[str, list[float]] = defaultdict(list)
    for kind, milliseconds in ledger.times:
        times[kind].append(milliseconds)
        if kind not in SIGNING_IN:
            times["labelling"].append(milliseconds)
    percentiles = {
        kind: tuple(float(p) for p in np.percentile(found, [50, 95, 99]))
        for kind, found in sorted(times.items())
    }
    requests = len(ledger.times)
    return Outcome(
        faults, len(ledger.acknowledged), len(ledger.taken_back), ledger.resent, requests,
        ledger.cut_off, percentiles, 1e3 * spent / max(1, requests),  # type: ignore[arg-type]
    )  # fmt: skip


def main() -> int:
    """Run and tell; 1 if there was any fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labellers", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kill", action="store_true", help="kill -9 the server in the middle")
    parser.add_argument("--store", help="postgresql://...; a file of its own without it")
    parser.add_argument("--hurry", type=float, default=1.0, help="how much faster than people")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        store = args.store or str(Path(place) / "bench.db")
        found = measure(store, Path(place) / "images", args.labellers, 60.0 * args.minutes,
                        args.kill, args.hurry)  # fmt: skip
    told: dict[str, Any] = {**vars(found), "faults": found.faults[:20], "count": len(found.faults)}
    print(json.dumps(told, indent=1))
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
