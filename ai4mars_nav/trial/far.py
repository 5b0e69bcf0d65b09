"""Fused alone over one fresh site after another until so many metres are driven: what befell it?

What counts is what was driven on the sites in a row from the first, up to the one with which the
metres are full: so it is the same by how many processes ever it was driven, and after a kill.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from scipy.special import gammaincinv

from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.trial.conduct import ATTEMPTS, PAGE, SUMMARY, Say, alone, minutes
from ai4mars_nav.trial.far_page import far_page
from ai4mars_nav.trial.intervals import LEVEL
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan, read_record, write_whole
from ai4mars_nav.trial.work import DriveSite

BEFALLS = ("rock_strikes", "belly_strikes", "embedded", "tipped")
"""Scores that count what must not happen."""


@dataclass(frozen=True)
class DriveOn:
    """Drives the site of a seed, as often as it takes; it travels to other processes."""

    plan: Plan

    def __call__(self, seed: int) -> None:
        """Drive; what is left is a record, or a word on why there is none."""
        for attempt in range(ATTEMPTS):
            crashes = DriveSite(self.plan)(seed)
            if not crashes:
                return
            write_whole(_crashed(self.plan, seed, attempt), crashes[0].words)


def go_far(plan: Plan, metres: float, jobs: int, cluster: str, say: Say) -> dict[str, Any]:
    """Drive the sites from the plan's seed on until `metres` are full; the summary, also written to
    --out with a page."""
    with alone(plan.out):
        plan.prepare()
        ways: dict[int, float] = {}
        todo = (seed for seed in count(plan.seed) if not _settled(plan, seed))
        begun, before, fresh = time.monotonic(), _in_a_row(plan, ways), 0.0
        if before:
            say(f"{before:.0f} m are driven already")
        if before < metres:
            for seed, _ in each(DriveOn(plan), todo, jobs, cluster):
                now = _in_a_row(plan, ways)
                # also of sites that do not lie in a row yet: others finish before the first
                fresh += _metres(plan, seed)
                pace = max(fresh, 1.0) / (time.monotonic() - begun)
                left = minutes(max(metres - now, 0.0) / pace)
                far = f"{now:.0f} of {metres:.0f} m, {left} left"
                say(f"site {seed}: {_came_to(plan, seed)} | {far}")
                if now >= metres:
                    break
        found = _summary(plan, metres)
        write_whole(plan.out / SUMMARY, json.dumps(found, indent=2) + "\n")
        write_whole(plan.out / PAGE, far_page(plan, found))
    return found


def at_most(events: int, metres: float) -> float:
    """Events a metre that there may truly be, at most, with a chance of LEVEL, where so many befell
    on so many metres: for none of them 3 over the metres."""
    return float(gammaincinv(events + 1, LEVEL)) / metres


def longest_without(drives: Sequence[tuple[float, int]]) -> float:
    """The most metres between two strikes of drives in a row, (metres, strikes) each: a strike of a
    big rock ends its drive."""
    longest = run = 0.0
    for metres, strikes in drives:
        run += metres
        longest = max(longest, run)
        if strikes:
            run = 0.0
    return longest


def _crashed(plan: Plan, seed: int, attempt: int) -> Path:
    return plan.out / "crashed" / f"{seed}-{FUSED}-{attempt + 1}.txt"


def _settled(plan: Plan, seed: int) -> bool:
    """Whether a site was driven, refused, or crashed as often as is tried."""
    driven, last = plan.record(seed, FUSED), _crashed(plan, seed, ATTEMPTS - 1)
    return driven.exists() or plan.refused(seed).exists() or last.exists()


def _in_a_row(plan: Plan, ways: dict[int, float]) -> float:
    """Metres of the settled sites from the first on without a gap; `ways` keeps what was read."""
    for seed in count(plan.seed + len(ways)):
        if not _settled(plan, seed):
            break
        ways[seed] = _metres(plan, seed)
    return sum(ways.values())


def _metres(plan: Plan, seed: int) -> float:
    """Metres driven on a site, none where there is no record."""
    path = plan.record(seed, FUSED)
    return float(read_record(path)["scores"]["path_m"]) if path.exists() else 0.0


def _came_to(plan: Plan, seed: int) -> str:
    """A drive in a word."""
    path = plan.record(seed, FUSED)
    if not path.exists():
        return "no site" if plan.refused(seed).exists() else "crashed"
    scores = read_record(path)["scores"]
    return "reached" if scores["reached"] else str(scores["why_ended"]).split(":")[0]


def _summary(plan: Plan, asked: float) -> dict[str, Any]:
    """What counts, and what befell."""
    records: list[dict[str, Any]] = []
    refused: list[int] = []
    crashed: list[int] = []
    seed, total = plan.seed, 0.0
    while total < asked and _settled(plan, seed):
        path = plan.record(seed, FUSED)
        if path.exists():
            records.append(read_record(path))
            total += records[-1]["scores"]["path_m"]
        else:
            (refused if plan.refused(seed).exists() else crashed).append(seed)
        seed += 1
    scores = [record["scores"] for record in records]
    ends = Counter("reached" if s["reached"] else s["why_ended"].split(":")[0] for s in scores)
    befell = {key: sum(int(each[key]) for each in scores) for key in BEFALLS}
    return {
        "metres_asked": asked,
        "metres": round(total, 1),
        "drives": len(records),
        "seeds": [plan.seed, seed - 1],
        "ends": dict(ends.most_common()),
        "befell": {
            key: {"events": events, "at_most_per_km": round(1e3 * at_most(events, total), 4)}
            for key, events in befell.items()
        } if total else {},
        "longest_without_a_rock_struck_m": round(
            longest_without([(each["path_m"], each["rock_strikes"]) for each in scores]), 1
        ),
        "not_reached": [
            {"seed": record["seed"], "kind": record["site"]["kind"],
             "why": record["scores"]["why_ended"], "left_m": record["scores"]["left_m"]}
            for record in records if not record["scores"]["reached"]
        ],
        "no_site": refused,
        "crashed": crashed,
        "states_of_the_code": len({record["code"] for record in records}),
        "processor_s": round(sum(each["processor_s"] for each in scores), 1),
        "settings": plan.settings(),
    }  # fmt: skip
