"""judge.json: what both simulators say of the same drives, mode by mode, and of fused against
geometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ai4mars_nav.trial import intervals
from ai4mars_nav.trial.intervals import Interval
from ai4mars_nav.trial.modes import FUSED, GEOMETRY
from ai4mars_nav.trial.outside.windows import pooled

SIDES = ("ours", "judge")
COUNTS = ("rock_strikes", "belly_strikes", "high_slip_m", "stops")
"""Of every drive: sums over sites."""
WAYS = ("energy_per_m", "time_per_m", "path_m")
"""Of drives that arrived on both sides: means over sites."""
Verdicts = Sequence[Mapping[str, Any]]


def summarise(verdicts: Verdicts) -> dict[str, Any]:
    """Of all verdicts; sites are told apart by seed, sides are ours and the judge's."""
    modes = list(dict.fromkeys(each["mode"] for each in verdicts))
    costs = [each["processor_s"] for each in verdicts]
    return {
        "drives": len(verdicts),
        "sites": len({each["seed"] for each in verdicts}),
        "states_of_the_code": len({each["code"] for each in verdicts}),
        "driven_by_other_code": sum(each["drove"] != each["code"] for each in verdicts),
        "windows": pooled([window for each in verdicts for window in each["windows"]]),
        "modes": {mode: _mode([e for e in verdicts if e["mode"] == mode]) for mode in modes},
        "fused against geometry": {side: _pair(verdicts, side) for side in SIDES},
        "processor_s_a_drive": {
            what: round(float(np.median([cost[what] for cost in costs])), 1)
            for what in ("windows", "drive")
        },
        "each": [
            {key: each[key] for key in ("seed", "mode", "kind")}
            | {side: _short(each[side]) for side in SIDES}
            for each in verdicts
        ],
    }


def _mode(verdicts: Verdicts) -> dict[str, Any]:
    arrived = [each for each in verdicts if all(each[side]["reached"] for side in SIDES)]
    found: dict[str, Any] = {"sites": len(verdicts), "both_reached": len(arrived)}
    for side in SIDES:
        scores = [each[side] for each in verdicts]
        found[side] = {
            "reached": sum(score["reached"] for score in scores),
            **{key: round(float(sum(score[key] for score in scores)), 3) for key in COUNTS},
            **{key: _mean([each[side][key] for each in arrived]) for key in WAYS},
            "not_reached": {
                str(each["seed"]): each[side]["why_ended"]
                for each in verdicts
                if not each[side]["reached"]
            },
        }
    return found


def _pair(verdicts: Verdicts, side: str) -> dict[str, Any] | None:
    """Fused over geometry, paired by site; none where both were not judged."""
    by_site: dict[int, dict[str, Mapping[str, Any]]] = {}
    for each in verdicts:
        by_site.setdefault(each["seed"], {})[each["mode"]] = each[side]
    pairs = [site for site in by_site.values() if {FUSED, GEOMETRY} <= set(site)]
    if not pairs:
        return None
    both = [site for site in pairs if site[FUSED]["reached"] and site[GEOMETRY]["reached"]]
    found: dict[str, Any] = {"sites": len(pairs), "both_reached": len(both)}
    for key, sites in (("high_slip_m", pairs), *((key, both) for key in WAYS)):
        ours, theirs = (np.array([site[mode][key] for site in sites]) for mode in (FUSED, GEOMETRY))
        found[key] = _json(intervals.change(ours, theirs)) if sites else None
    return found


def _short(scores: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("reached", "why_ended", *COUNTS, *WAYS, "energy_j", "time_s", "strikes")
    return {key: scores[key] for key in keys}


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None


def _json(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else interval.to_json()
