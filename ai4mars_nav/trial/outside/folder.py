"""Which drives a benchmark's folder holds, and where what the judge says of them lies."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, MODES, ORACLE
from ai4mars_nav.trial.plan import SETTINGS, Plan

JUDGED = (GEOMETRY, FUSED, ORACLE)
"""Modes that are judged unless others are asked for."""
VERDICT, TABLE = "judge.json", "judge.md"
_RECORD = re.compile(r"(\d+)-([a-z]+)\.json")


def begun_plan(out: Path, params: str = "") -> Plan:
    """The plan that a folder was begun with; `params` if it was begun with a file of its own."""
    path = out / SETTINGS
    try:
        begun = json.loads(path.read_text(encoding="utf-8"))
        plan = Plan(
            out=out,
            sites=1,
            seed=0,
            metres=float(begun["metres"]),
            rover=begun["rover"],
            size=int(begun["size"]),
            model=begun["model"],
            params=params,
            faults=begun["faults"],
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrialError(
            f"{path}: cannot be read: {error!r}; the judge is given the folder of a benchmark, "
            "--out of `ai4mars bench drive`"
        ) from error
    plan.check()
    return plan


def driven(plan: Plan, modes: tuple[str, ...], sites: int) -> dict[int, list[str]]:
    """By seed, the modes that were driven and are asked for; the first `sites` seeds, 0 for all."""
    unknown = sorted(set(modes) - set(MODES))
    if unknown:
        raise TrialError(f"--modes {unknown[0]}: must be one of {', '.join(MODES)}")
    found: dict[int, list[str]] = {}
    for path in (plan.out / "drives").glob("*.json"):
        match = _RECORD.fullmatch(path.name)
        if match and match[2] in modes:
            found.setdefault(int(match[1]), []).append(match[2])
    if not found:
        raise TrialError(
            f"{plan.out}: no drive of {', '.join(modes)} has a record there; "
            "drive first, with `ai4mars bench drive`"
        )
    chosen = sorted(found)[: sites or None]
    return {seed: sorted(found[seed], key=MODES.index) for seed in chosen}


def of_site(plan: Plan, seed: int) -> Plan:
    """The plan for one of its sites."""
    return replace(plan, seed=seed)


def verdict(plan: Plan, seed: int, mode: str) -> Path:
    """Where what the judge says of a drive lies."""
    return plan.out / "judge" / f"{seed}-{mode}.json"
