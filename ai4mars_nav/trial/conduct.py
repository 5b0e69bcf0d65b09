"""The whole benchmark: sites over processes, going on after a kill, then the summary."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.modes import FUSED, MODES
from ai4mars_nav.trial.page import page
from ai4mars_nav.trial.plan import Plan, read_record, write_whole
from ai4mars_nav.trial.short import short
from ai4mars_nav.trial.summary import summarise
from ai4mars_nav.trial.through_graph import repeat
from ai4mars_nav.trial.variants import VARIANTS, under
from ai4mars_nav.trial.work import Crash, DriveSite

Say = Callable[[str], None]

SUMMARY, PAGE, SHORT = "summary.json", "report.html", "summary.md"
ATTEMPTS = 2
"""A drive that crashes is driven so often before it stays one that crashed."""


def conduct(plan: Plan, jobs: int, cluster: str, graph: int, say: Say) -> dict[str, Any]:
    """Drive what has no record yet, `graph` drives again through the nodes, and summarise; the
    summary, also written to --out."""
    with alone(plan.out):
        plan.prepare()
        crashes: list[Crash] = []
        for attempt in range(ATTEMPTS):
            crashes = _drive_all(plan, jobs, cluster, say)
            for crash in crashes:
                path = plan.out / "crashed" / f"{crash.seed}-{crash.mode}-{attempt + 1}.txt"
                write_whole(path, crash.words)
                say(f"site {crash.seed}, {crash.mode}: crashed, {path}")
            if not crashes:
                break
        found = summarise(records(plan))
        found["crashed"] = [f"{crash.seed}-{crash.mode}" for crash in crashes]
        found["no_site"] = [seed for seed in plan.seeds if plan.refused(seed).exists()]
        if graph:
            found["through_the_graph"] = repeat(plan, graph, say)
        found["settings"] = plan.settings()
        write_whole(plan.out / SUMMARY, json.dumps(found, indent=2) + "\n")
        write_whole(plan.out / PAGE, page(plan, found))
        write_whole(plan.out / SHORT, short(plan, found))
    return found


def records(plan: Plan) -> list[dict[str, Any]]:
    """The records of the plan's sites, of all modes and variants that there are."""
    ways = [*MODES, *(under(FUSED, variant) for variant in VARIANTS)]
    paths = [plan.record(seed, way) for seed in plan.seeds for way in ways]
    return [read_record(path) for path in paths if path.exists()]


def _drive_all(plan: Plan, jobs: int, cluster: str, say: Say) -> list[Crash]:
    todo = [seed for seed in plan.seeds if plan.pending(seed)]
    if len(todo) < plan.sites:
        say(f"{plan.sites - len(todo)} of {plan.sites} sites are driven already")
    begun, crashes = time.monotonic(), []
    done = each(DriveSite(plan), todo, min(jobs, max(1, len(todo))), cluster)
    for count, (seed, crashed) in enumerate(done, 1):
        crashes += crashed
        left = (time.monotonic() - begun) / count * (len(todo) - count)
        say(f"site {seed}: {_told(plan, seed)} | {count} of {len(todo)}, {minutes(left)} left")
    return crashes


def _told(plan: Plan, seed: int) -> str:
    """A site in a line: what each mode came to."""
    if plan.refused(seed).exists():
        return "no site could be made of it"
    words = []
    for mode in plan.ways:
        path = plan.record(seed, mode)
        if path.exists():
            scores = read_record(path)["scores"]
            word = "reached" if scores["reached"] else scores["why_ended"].split(":")[0]
            words.append(f"{mode} {word}")
        else:
            words.append(f"{mode} crashed")
    return ", ".join(words)


def minutes(seconds: float) -> str:
    """A time in words."""
    return f"{seconds:.0f} s" if seconds < 100.0 else f"{seconds / 60.0:.0f} min"


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold the folder: a second benchmark in it is refused. A kill lets go of it, too."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrialError(
                f"{out}: another benchmark is driving there; name another folder with --out"
            ) from None
        yield
