"""Compares a replay's outputs with a reference, field by field; the answer is a short diff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ai4mars_nav.replay.digest import NONE_MM, Digest, Fields, Value
from ai4mars_nav.replay.reference import Rules, Tolerance

MOST_LINES = 30
NONE = {"i1": -1, "i2": NONE_MM}
"""What stands for no value in cells and in millimetres: shares are of what either knows."""


@dataclass(frozen=True)
class Difference:
    """One field of one message that is not as it was; `size` orders them."""

    topic: str
    name: str
    index: int
    words: str
    size: float


def compare(found: Digest, wanted: Digest, rules: Rules) -> list[str]:
    """Lines that say what differs, one for each field with the worst of its messages; none if
    nothing does."""
    lines: list[str] = []
    for topic in sorted({*found, *wanted}):
        if rules.ignores(topic):
            continue
        ours, theirs = found.get(topic, []), wanted.get(topic, [])
        if len(ours) != len(theirs):
            lines.append(f"{topic}: {len(ours)} messages, the reference has {len(theirs)}")
        lines += _told(_differences(topic, ours, theirs, rules))
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"and {len(lines) - MOST_LINES} lines more"]
    return lines


def _differences(
    topic: str, ours: list[Fields], theirs: list[Fields], rules: Rules
) -> list[Difference]:
    found = []
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        for name in sorted({*mine, *other}):
            if rules.ignores(topic, name):
                continue
            if name not in mine or name not in other:
                where = "the reference" if name in mine else "the replay"
                found.append(Difference(topic, name, index, f"is not in {where}", np.inf))
                continue
            told = _differs(mine[name], other[name], rules.tolerance(topic, name))
            if told is not None:
                found.append(Difference(topic, name, index, *told))
    return found


def _differs(ours: Value, theirs: Value, allowed: Tolerance) -> tuple[str, float] | None:
    if isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray):
        if ours.shape != theirs.shape:
            return f"is {ours.shape}, was {theirs.shape}", np.inf
        none = NONE.get(ours.dtype.str[1:])
        known = np.ones(ours.shape, bool) if none is None else (ours != none) | (theirs != none)
        if not known.any():
            return None
        apart = np.abs(ours[known].astype(np.float64) - theirs[known].astype(np.float64))
        over = float((apart > allowed.within).mean())
        if over <= allowed.share:
            return None
        words = (
            f"{100 * over:.2f} % of the {apart.size} values are off by more than "
            f"{allowed.within:g} (allowed: {100 * allowed.share:g} %), the worst by {apart.max():g}"
        )
        return words, over
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        off = abs(ours - theirs)
        if off <= allowed.within:
            return None
        return f"is {ours!r}, was {theirs!r} (allowed: {allowed.within:g} off)", float(off)
    if type(ours) is type(theirs) and ours == theirs:
        return None
    return f"is {ours!r}, was {theirs!r}", np.inf


def _told(differences: list[Difference]) -> list[str]:
    by_field: dict[str, list[Difference]] = {}
    for each in differences:
        by_field.setdefault(each.name, []).append(each)
    lines = []
    for name, those in by_field.items():
        worst = max(those, key=lambda each: each.size)
        more = f", and {len(those) - 1} more messages" if len(those) > 1 else ""
        lines.append(f"{worst.topic}.{name} of message {worst.index}{more}: {worst.words}")
    return lines
