"""How much of a site's sand is loose: believed beforehand, and learned from the slip that is felt.

Loose sand looks like firm sand; what wheels feel tells them apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ai4mars_nav.settings import setting
from ai4mars_nav.terrain import Ground, Hidden, Terrain, slip

MISNAMED = 0.05
"""Chance that what looks like something else is sand."""
REPRICED = 0.02
"""Change of the share of loose sand with which a map is priced anew."""


@dataclass(frozen=True)
class FeltSettings:
    """How firmly the share of loose sand is believed beforehand, and what a slip tells of it."""

    strength: float = setting(
        2.7, "patches of sand driven over that `cost.loose_share` is worth", lo=0.1, hi=1e6
    )
    patch: float = setting(
        2.0, "way over which what is known of sand fades by e", unit="m", lo=0.05, hi=100.0
    )
    slip_error: float = setting(
        0.1, "error of a slip over that of the ground's table, one sigma", lo=0.01, hi=1.0
    )
    odd: float = setting(
        0.05,
        "chance of a slip that neither sand explains: a stone, another ground",
        lo=1e-3,
        hi=1.0,
    )
    reach: float = setting(
        3.0, "patches from where a slip was felt within which it counts", lo=0.0, hi=10.0
    )


class Judged(NamedTuple):
    """Chance that the wheels are on sand, and that it is loose if they are."""

    sand: float
    loose: float


class Loose:
    """The share of loose sand as a Beta, in patches; a patch counts by what was felt of it."""

    def __init__(self, settings: FeltSettings, share: float) -> None:
        self.settings = settings
        self.loose, self.firm = settings.strength * share, settings.strength * (1.0 - share)
        self._begun = self.loose, self.firm
        self._last: tuple[float, float] | None = None

    @property
    def share(self) -> float:
        """Of sand that was not driven, how much is expected to be loose."""
        return self.loose / (self.loose + self.firm)

    def learn(self, at: tuple[float, float], slipping: float, uphill: float, sand: float) -> Judged:
        """What the wheels slip in at x, y (m), at a slope in radians; `sand` is the chance that it
        is sand by what it looks like. Slips close to each other tell of one patch, and count as
        less."""
        soil, firm, loose = likelihoods(slipping, uphill, self.settings)
        either = self.share * loose + (1.0 - self.share) * firm
        sand = max(sand, MISNAMED)
        is_sand = sand * either / (sand * either + (1.0 - sand) * soil)
        here = self.share * loose / either
        apart = math.inf if self._last is None else math.dist(self._last, at)
        new = is_sand * (1.0 - math.exp(-0.5 * apart / self.settings.patch))
        self.loose += new * here
        self.firm += new * (1.0 - here)
        self._last = at
        return Judged(is_sand, here)

    @property
    def words(self) -> str:
        """What was learned, in one line."""
        before = self._begun[0] / sum(self._begun)
        driven = self.loose + self.firm - sum(self._begun)
        felt = self.loose - self._begun[0]
        return (
            f"{self.share:.0%} of sand is taken to be loose, {before:.0%} beforehand; "
            f"{driven:.1f} patches driven, {felt:.1f} of them loose"
        )


def likelihoods(slipping: float, uphill: float, settings: FeltSettings) -> tuple[float, ...]:
    """Density of a slip (0..1) up a slope (radians, below 0 down) in soil, firm and loose sand."""

    def of(ground: Ground) -> float:
        expected = float(slip(ground, np.array(max(uphill, 0.0))))
        off = (slipping - expected) / settings.slip_error
        fits = math.exp(-0.5 * off * off) / (settings.slip_error * math.sqrt(2.0 * math.pi))
        return (1.0 - settings.odd) * fits + settings.odd

    return tuple(of(ground) for ground in (Terrain.SOIL, Terrain.SAND, Hidden.LOOSE_SAND))
