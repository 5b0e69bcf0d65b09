"""All drives of a folder before the judge, going on after a kill, then what it says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.sim.judge.physics import load_mujoco
from ai4mars_nav.trial.conduct import alone, minutes
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.outside.folder import TABLE, VERDICT, driven, verdict
from ai4mars_nav.trial.outside.picture import PICTURE, leave_picture
from ai4mars_nav.trial.outside.summary import summarise
from ai4mars_nav.trial.outside.table import table
from ai4mars_nav.trial.outside.work import JudgeSite
from ai4mars_nav.trial.plan import Plan, write_whole


def judge(
    plan: Plan, modes: tuple[str, ...], sites: int, jobs: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Judge what has no verdict yet; all verdicts together, also written to the folder."""
    load_mujoco()
    asked = driven(plan, modes, sites)
    with alone(plan.out):
        begun = time.monotonic()
        done = each(JudgeSite(plan, asked), asked, min(jobs, len(asked)))
        for count, (seed, judged) in enumerate(done, 1):
            left = (time.monotonic() - begun) / count * (len(asked) - count)
            words = ", ".join(_told(plan, seed, mode) for mode in asked[seed])
            known = "" if judged else " (known)"
            say(f"site {seed}{known}: {words} | {count} of {len(asked)}, {minutes(left)} left")
        verdicts = [_read(plan, seed, mode) for seed in asked for mode in asked[seed]]
        found = summarise(verdicts)
        write_whole(plan.out / VERDICT, json.dumps(found, indent=2) + "\n")
        write_whole(plan.out / TABLE, table(found))
        leave_picture(plan, asked, plan.out / PICTURE)
    return found


def _read(plan: Plan, seed: int, mode: str) -> dict[str, Any]:
    path = verdict(plan, seed, mode)
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise TrialError(f"{path}: cannot be read: {error}; remove it to judge again") from error


def _told(plan: Plan, seed: int, mode: str) -> str:
    scores: Mapping[str, Any] = _read(plan, seed, mode)["judge"]
    word = "reached" if scores["reached"] else str(scores["why_ended"]).split(":")[0]
    strikes: Sequence[Any] = scores["strikes"]
    return f"{mode} {word}" + (f" with {len(strikes)} strikes" if strikes else "")
