"""The targets of a day: what several images show of one place is one target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ai4mars_nav.content.triage.find import Found, Place

MOST = 200
"""Targets that are remembered."""


@dataclass(frozen=True)
class Target:
    """A place in the map to look at again."""

    kind: str
    position: Place
    strength: float
    view: float
    says: str
    image: str
    """The image that shows it best; position and stamp are as seen in that."""
    stamp: int
    times: int = 1
    """Images that showed it."""

    def interest(self, weights: Mapping[str, float]) -> float:
        """What it is worth to the scientists."""
        return weights.get(self.kind, 0.0) * self.strength


class Targets:
    """Grows with each image."""

    def __init__(self, apart: float, weights: Mapping[str, float]) -> None:
        """`apart` in metres: nearer ones of a kind are one."""
        self._apart = apart
        self._weights = weights
        self._known: list[Target] = []

    def take(self, found: Iterable[Found], image: str, stamp: int) -> None:
        """What an image shows; of one target the image that shows it best counts."""
        before = len(self._known)
        for one in found:
            new = Target(one.kind, one.position, one.strength, one.view, one.says, image, stamp)
            at = self._same(new)
            if at is None:
                self._known.append(new)
            # the same image shows a target once, however many pieces of it there are
            elif at < before and self._known[at].image != image:
                self._known[at] = _joined(self._known[at], new)
        self._known = self.ranked()[:MOST]

    def ranked(self) -> list[Target]:
        """All, the most interesting first."""
        return sorted(
            self._known, key=lambda each: (-each.interest(self._weights), each.stamp, each.position)
        )

    def by_image(self) -> dict[str, list[Target]]:
        """Under the image that shows them best, the most interesting first."""
        best: dict[str, list[Target]] = {}
        for each in self.ranked():
            best.setdefault(each.image, []).append(each)
        return best

    def _same(self, new: Target) -> int | None:
        """Which known one the target is: the nearest of its kind that is near enough."""
        distances = [
            (math.dist(each.position, new.position), at)
            for at, each in enumerate(self._known)
            if each.kind == new.kind
        ]
        distance, at = min(distances, default=(math.inf, -1))
        return at if distance < self._apart else None


def _joined(known: Target, new: Target) -> Target:
    best = new if new.view > known.view else known
    return replace(best, times=known.times + 1)
