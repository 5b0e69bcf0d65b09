"""The slip that is felt: the way the wheels roll against the way that odometry says is made good.

Visual odometry sees the ground go by, so that what it says is true whatever the wheels do. Loose
sand is told from firm by this alone.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from ai4mars_nav.planning.headway import Placed
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

LONGEST_SILENCE = 1.0
"""Seconds between two poses after which nobody knows what the wheels did."""

FARTHEST = 1.3
"""Made good over rolled beyond which the pose has jumped, or the wheels did not do as told."""


@dataclass(frozen=True)
class SlipSettings:
    """Over which way a slip is taken, and how fast the drive follows its commands."""

    watch: bool = setting(True, "off where somebody else drives the rover, as in a replay")
    window: float = setting(0.5, "way rolled that a slip is taken over", unit="m", lo=0.1, hi=10.0)
    every: float = setting(0.25, "way rolled from one slip to the next", unit="m", lo=0.05, hi=10.0)
    ramp: float = setting(
        1.0, "from rest to full speed, as fast as the drive follows", unit="s", lo=0.01, hi=60.0
    )


class Felt(NamedTuple):
    """A slip, 0..1, and where the rover was when the way it is taken over ended."""

    stamp: float
    x: float
    y: float
    slip: float


class _Moment(NamedTuple):
    """A pose, and since the first one: metres rolled and metres made good."""

    pose: Placed
    rolled: float
    made_good: float


class SlipSense:
    """Hears every pose and the speed that was told after it; only ways ahead are looked at."""

    def __init__(self, settings: SlipSettings, rover: Rover) -> None:
        self._settings, self._gain = settings, rover.max_speed / settings.ramp
        self._moments: deque[_Moment] = deque()
        self._stamp = 0.0
        self._told = self._speed = 0.0
        self._next = 0.0
        """Metres rolled at which the next slip is told."""

    def tell(self, linear: float) -> None:
        """The wheels are told to roll at `linear` m/s from the last pose on."""
        self._told = linear

    def felt(self, stamp: float, pose: Placed) -> Felt | None:
        """The slip over the last window, where `every` was rolled since the last one was told."""
        if not self._settings.watch:
            return None
        elapsed = stamp - self._stamp
        self._stamp = stamp
        if not 0.0 < elapsed <= LONGEST_SILENCE:
            self._begin(pose, 0.0)
            return None
        before = self._speed
        change = self._gain * elapsed
        self._speed += min(max(self._told - before, -change), change)
        if before < 0.0 or self._speed <= 0.0 or not self._moments:
            self._begin(pose, self._speed)
            return None
        last = self._moments[-1]
        rolled = last.rolled + self._rolled(before, elapsed)
        now = _Moment(pose, rolled, last.made_good + math.dist(last.pose[:2], pose[:2]))
        self._moments.append(now)
        while len(self._moments) > 2 and rolled - self._moments[1].rolled >= self._settings.window:
            self._moments.popleft()
        first = self._moments[0]
        way = rolled - first.rolled
        if rolled < self._next or way < self._settings.window - 1e-9:
            return None
        self._next = rolled + self._settings.every
        share = (now.made_good - first.made_good) / way
        if share > FARTHEST:
            self._begin(pose, self._speed)
            return None
        return Felt(stamp, pose[0], pose[1], min(max(1.0 - share, 0.0), 1.0))

    def _begin(self, pose: Placed, speed: float) -> None:
        self._moments.clear()
        self._moments.append(_Moment(pose, 0.0, 0.0))
        self._speed, self._next = speed, 0.0

    def _rolled(self, before: float, elapsed: float) -> float:
        """Metres rolled in `elapsed` seconds from the speed `before` to the present one."""
        ramping = min(abs(self._speed - before) / self._gain, elapsed)
        return 0.5 * (before + self._speed) * ramping + self._speed * (elapsed - ramping)
