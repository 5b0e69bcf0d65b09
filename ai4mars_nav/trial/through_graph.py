"""A sample of the drives again, through the real node graph over DDS: does the same come out?"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.drive.conduct import conduct
from ai4mars_nav.sim.drive.progress import Progress
from ai4mars_nav.sim.drive.trip import Outcome, ground_of
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.world.folder import read_world, write_world
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, SEMANTICS
from ai4mars_nav.trial.plan import Plan, write_whole
from ai4mars_nav.trial.sites import make_site
from ai4mars_nav.trial.work import Bench

TURNS = (FUSED, GEOMETRY, SEMANTICS)
"""Modes in the order in which they are sampled."""
TOLERANCES = {"path_m": 0.5, "time_s": 3.0, "end_m": 0.5, "apart_m": 0.5, "energy_share": 0.05}
"""By how much the two may differ: length and time of the way, where it ended, how far the rovers
were ever apart at the same time of the drive, and the share of the energy."""


def sampled(plan: Plan, count: int) -> list[tuple[int, str]]:
    """Seed and mode of `count` drives, evenly from all sites, the modes in turn."""
    count = min(count, plan.sites)
    every = plan.sites / max(count, 1)
    return [(plan.seeds[int(i * every)], TURNS[i % len(TURNS)]) for i in range(count)]


def repeat(plan: Plan, count: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Repeat the sample; what was compared before is not driven again."""
    found = []
    for seed, mode in sampled(plan, count):
        path = plan.out / "graph" / f"{seed}-{mode}.json"
        if not path.exists():
            result = _repeated(plan, seed, mode)
            write_whole(path, json.dumps(result, indent=2) + "\n")
        found.append(dict(json.loads(path.read_text(encoding="utf-8"))))
        same = "the same" if found[-1]["same"] else f"not the same: {found[-1]['beyond']}"
        say(f"site {seed}, {mode}, through the graph: {same}")
    return found


def _repeated(plan: Plan, seed: int, mode: str) -> dict[str, Any]:
    rover = load_rover(rover_file(plan.rover))
    bench = Bench(plan, make_site(seed, plan.metres, rover), rover)
    alone = bench.drive(mode).outcome
    out = plan.out / "graph" / f"{seed}-{mode}"
    if out.exists():
        # of a repetition that was ended before it was compared
        shutil.rmtree(out)
    world = write_world(out / "world", bench.site.world, bench.site.mission)
    trip = plan.trip(seed, mode, str(world), out)
    ground = ground_of(trip, *read_world(world))
    through = conduct(trip, ground, Progress(sys.stdout))
    return {"seed": seed, "mode": mode, **compare(alone, through)}


def compare(alone: Outcome, through: Outcome) -> dict[str, Any]:
    """How two drives of the same trip differ, and which tolerances that is beyond."""
    if not alone.truths or not through.truths:
        return {"same": False, "beyond": ["one of them never began"], "why": through.end.reason}
    ours, theirs = alone.truths[-1], through.truths[-1]
    found = {
        "path_m": abs(ours.distance_m - theirs.distance_m),
        "time_s": abs(ours.time - theirs.time),
        "end_m": math.dist(ours.place[:2], theirs.place[:2]),
        "apart_m": apart(alone.truths, through.truths),
        "energy_share": abs(ours.energy_j / max(theirs.energy_j, 1.0) - 1.0),
    }
    beyond = [key for key, value in found.items() if value > TOLERANCES[key]]
    if alone.end.reached != through.end.reached:
        beyond.insert(0, "reached")
    return {
        "same": not beyond,
        "beyond": beyond,
        "alone": alone.end.reason,
        "through": through.end.reason,
        **{key: round(value, 5) for key, value in found.items()},
    }


def apart(ours: Sequence[Truth], theirs: Sequence[Truth]) -> float:
    """The most metres between two rovers at the same moment."""
    places = {truth.stamp: truth.place[:2] for truth in theirs}
    pairs = [(each.place[:2], places[each.stamp]) for each in ours if each.stamp in places]
    return max((math.dist(one, other) for one, other in pairs), default=math.inf)
