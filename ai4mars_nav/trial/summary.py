"""summary.json: every mode by itself, against the others pair by pair, and site by site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.trial import intervals
from ai4mars_nav.trial.intervals import Interval
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, MODES, ORACLE, SEMANTICS
from ai4mars_nav.trial.rocks_one_by_one import pooled
from ai4mars_nav.trial.variants import VARIANTS, under

Scores = Mapping[str, Any]
Drives = Mapping[int, Mapping[str, Scores]]
"""Scores by seed of the site and mode."""

EVERY_DRIVE = (
    "reached",
    "rock_strikes",
    "belly_strikes",
    "embedded",
    "tipped",
    "high_slip_share",
    "high_slip_m",
    "stops",
    "standing_s",
)
"""Scores that each drive has, also one that failed: means over sites."""
OF_THE_WAY = (
    "energy_per_m",
    "time_per_m",
    "path_m",
    "energy_j",
    "time_s",
    "wheel_wear_per_km",
)
"""Scores of a way that was driven to its end: only over sites that both modes reached."""
PAIRS = ((FUSED, GEOMETRY), (FUSED, SEMANTICS), (FUSED, ORACLE), (GEOMETRY, ORACLE),
         (SEMANTICS, ORACLE))  # fmt: skip
LATENCIES = ("planning_ms", "perception_ms")


def summarise(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The summary of the records of all drives."""
    drives: dict[int, dict[str, Scores]] = {}
    sites: dict[int, dict[str, Any]] = {}
    for record in records:
        drives.setdefault(record["seed"], {})[record["mode"]] = record["scores"]
        sites[record["seed"]] = record["site"]
    whole = sorted(seed for seed, by_mode in drives.items() if set(MODES) <= set(by_mode))
    unsolved = [seed for seed in whole if not drives[seed][ORACLE]["reached"]]
    counted = {seed: drives[seed] for seed in whole if seed not in unsolved}
    return {
        "sites_driven": len(whole),
        "sites_counted": len(counted),
        "not_solved_by_the_oracle": unsolved,
        "unfinished_sites": sorted(set(drives) - set(whole)),
        "states_of_the_code": len({record["code"] for record in records}),
        "modes": {mode: _mode(counted, mode) for mode in MODES},
        "pairs": {f"{ours} against {theirs}": _pair(counted, ours, theirs)
                  for ours, theirs in PAIRS},
        "variants": _variants(counted),
        "rocks_one_by_one": pooled([each[FUSED]["rocks"] for each in counted.values()]),
        "kinds": _kinds(counted, sites),
        "sites": {str(seed): {**sites[seed], "drives": drives[seed]} for seed in sorted(drives)},
    }  # fmt: skip


def worst(found: Mapping[str, Any], mode: str) -> list[int]:
    """Seeds of the counted sites, worst drive first: not reached, then energy over the oracle's."""
    left_out = {*found["not_solved_by_the_oracle"], *found["unfinished_sites"]}
    sites = {int(seed): site["drives"] for seed, site in found["sites"].items()}

    def badness(seed: int) -> tuple[bool, float]:
        ours, best = sites[seed][mode], sites[seed][ORACLE]
        return not ours["reached"], float(ours["energy_j"] / best["energy_j"])

    return sorted(set(sites) - left_out, key=badness, reverse=True)


def _mode(drives: Drives, mode: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: _json(intervals.mean(_values(drives, mode, key))) for key in EVERY_DRIVE
    }
    reached = {seed: each for seed, each in drives.items() if each[mode]["reached"]}
    for key in OF_THE_WAY:
        found[key] = _json(intervals.mean(_values(reached, mode, key)))
    for key in LATENCIES:
        told = [each[mode][key] for each in drives.values() if each[mode][key]]
        found[key] = (
            {of: round(float(np.median([each[of] for each in told])), 3) for of in ("p50", "p99")}
            if told
            else None
        )
    return found


def _pair(drives: Drives, ours: str, theirs: str) -> dict[str, Any]:
    """Differences where every drive counts; changes of the way where both reached the goal."""
    both = {s: each for s, each in drives.items() if each[ours]["reached"] and
            each[theirs]["reached"]}  # fmt: skip
    found: dict[str, Any] = {"both_reached": len(both)}
    for key in EVERY_DRIVE:
        pair = _values(drives, ours, key), _values(drives, theirs, key)
        found[key] = {
            "difference": _json(intervals.difference(*pair)),
            "change": _json(intervals.change(*pair)),
        }
    for key in OF_THE_WAY:
        pair = _values(both, ours, key), _values(both, theirs, key)
        found[key] = {"change": _json(intervals.change(*pair))}
    return found


def _variants(drives: Drives) -> dict[str, Any]:
    """Of each variant that was driven: how often the goal was reached, by it and as it is, and its
    drives against those as they are."""
    found: dict[str, Any] = {}
    for name, variant in VARIANTS.items():
        way = under(FUSED, name)
        both = {seed: each for seed, each in drives.items() if way in each}
        if both:
            found[name] = {
                "words": variant.words,
                "sites": len(both),
                "reached": sum(each[way]["reached"] for each in both.values()),
                "base_reached": sum(each[FUSED]["reached"] for each in both.values()),
                "scores": _mode(both, way),
                "against": _pair(both, way, FUSED),
            }
    return found


def _kinds(drives: Drives, sites: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """How many of the sites of a kind were reached, in every mode."""
    found: dict[str, Any] = {}
    for kind in sorted({site["kind"] for site in sites.values()}):
        of_kind = [seed for seed in drives if sites[seed]["kind"] == kind]
        reached = {mode: sum(drives[s][mode]["reached"] for s in of_kind) for mode in MODES}
        found[kind] = {"sites": len(of_kind), "reached": reached}
    return found


def _values(drives: Drives, mode: str, key: str) -> NDArray[np.float64]:
    return np.array([float(each[mode][key]) for each in drives.values()], np.float64)


def _json(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else interval.to_json()
