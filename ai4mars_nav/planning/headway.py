"""Whether the rover gets on: the way its wheels were told to roll against what odometry says.

Geometry may have allowed the way: a ledge too low to be seen as one, a wheel held from the side
while turning. What counts is then that nothing moves, and it is noticed after a few seconds.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

Placed = tuple[float, float, float]
"""x, y in metres and yaw in radians, in odom."""


@dataclass(frozen=True)
class HeadwaySettings:
    """How long the rover may try before it is held to be stuck."""

    watch: bool = setting(True, "off where somebody else drives the rover, as in a replay")
    window: float = setting(3.0, "what was told for so long is looked at", unit="s", lo=0.5, hi=120)
    least_way: float = setting(
        0.3, "and as far back as the wheels were told to roll so far", unit="m", lo=0.02, hi=10.0
    )
    least_share: float = setting(
        0.2, "share of that way which must be made good; steep sand slips by less", lo=0.0, hi=0.9
    )


LONGEST = 20
"""Windows after which a moment is too old to be compared with: to and fro for minutes adds up to
the way of one window by chance, and errs by more."""


class _Moment(NamedTuple):
    """A pose, and since the first one: metres told ahead, radians told to turn, radians turned."""

    stamp: float
    pose: Placed
    ahead: float
    turn: float
    turned: float


class Headway:
    """Hears every pose and the command that led to it; remembers one window of them."""

    def __init__(self, settings: HeadwaySettings, rover: Rover) -> None:
        self.settings = settings
        self._arm = 0.5 * math.hypot(rover.track, rover.wheelbase)
        self._moments: deque[_Moment] = deque()
        self._before = (0.0, 0.0)
        """What was told before, m/s and rad/s."""

    def forget(self) -> None:
        """Begin anew: the rover was told to stand, or its pose is not to be believed."""
        self._moments.clear()

    def lost(self, stamp: float, pose: Placed, linear: float, angular: float) -> bool:
        """Whether the rover made no way; `linear` m/s and `angular` rad/s held since the last pose.

        Then all is forgotten, so that it is told once for each window.
        """
        if not self.settings.watch:
            return False
        if self._turned_back(linear, angular):
            # wheels that come to rest and roll back make no way for a while, and nothing holds them
            self.forget()
        self._before = linear, angular
        now = self._moment(stamp, pose, linear, angular)
        self._moments.append(now)
        while len(self._moments) > 2 and self._long_enough(self._moments[1], now):
            self._moments.popleft()
        while now.stamp - self._moments[0].stamp > LONGEST * self.settings.window:
            self._moments.popleft()
        first = self._moments[0]
        if not self._long_enough(first, now):
            return False
        if self._made_good(first, now) >= self.settings.least_share * self._told(first, now):
            return False
        self.forget()
        return True

    def _turned_back(self, linear: float, angular: float) -> bool:
        """Whether it is told to go the other way, or to turn the other way in place."""
        before, turn = self._before
        return linear * before < 0.0 or (linear == before == 0.0 and angular * turn < 0.0)

    def _moment(self, stamp: float, pose: Placed, linear: float, angular: float) -> _Moment:
        """The pose with what led to it; after a silence of a window nobody knows what did."""
        if self._moments and stamp - self._moments[-1].stamp > self.settings.window:
            self.forget()
        if not self._moments:
            return _Moment(stamp, pose, 0.0, 0.0, 0.0)
        last = self._moments[-1]
        elapsed = max(stamp - last.stamp, 0.0)
        # added up from pose to pose: a whole turn within a window is not none
        turned = last.turned + math.remainder(pose[2] - last.pose[2], math.tau)
        ahead, turn = last.ahead + linear * elapsed, last.turn + angular * elapsed
        return _Moment(stamp, pose, ahead, turn, turned)

    def _long_enough(self, first: _Moment, now: _Moment) -> bool:
        lasts = now.stamp - first.stamp >= self.settings.window - 1e-6
        return lasts and self._told(first, now) >= self.settings.least_way

    def _told(self, first: _Moment, now: _Moment) -> float:
        """Metres of wheel way told on balance: to and fro is none."""
        return abs(now.ahead - first.ahead) + self._arm * abs(now.turn - first.turn)

    def _made_good(self, first: _Moment, now: _Moment) -> float:
        way = math.dist(first.pose[:2], now.pose[:2])
        return way + self._arm * abs(now.turned - first.turned)
