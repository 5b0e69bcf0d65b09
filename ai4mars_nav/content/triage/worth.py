"""What an image is worth to the scientists, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ai4mars_nav.content.triage.image import Seen
from ai4mars_nav.content.triage.targets import Target
from ai4mars_nav.content.triage.wants import Wants

MOST_OF_A_KIND = 3
"""Targets of a kind that count for one image: a field of rocks is not worth fifty rocks."""


@dataclass(frozen=True)
class Reason:
    """One thing that an image is wanted for."""

    says: str
    worth: float


def reasons(seen: Seen, targets: Sequence[Target], wants: Wants) -> list[Reason]:
    """Why an image is wanted, what counts most first; `targets` are those it shows best."""
    found = [
        Reason(f"{name} {seen.classes[name]:.2f}", weight * seen.classes[name])
        for name, weight in wants.classes.items()
    ]
    found += [
        Reason(f"{name} {100.0 * seen.terrain[name]:.0f} %", weight * seen.terrain[name])
        for name, weight in wants.terrain.items()
        if name in seen.terrain
    ]
    found.append(Reason(f"new {seen.novelty:.2f}", wants.novel * seen.novelty))
    for kind in wants.targets:
        best = [each for each in targets if each.kind == kind][:MOST_OF_A_KIND]
        found += [Reason(each.says, each.interest(wants.targets)) for each in best]
    return sorted((each for each in found if each.worth > 0.0), key=lambda each: -each.worth)
