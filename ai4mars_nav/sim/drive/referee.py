"""Judges a drive while it goes on: when it is over, and why."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.vehicle.strikes import Strike
from ai4mars_nav.sim.world.world import NO_ROCK
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT

REACHED = 2.0
"""Metres from the goal within which the rover is truly there: its odometry drifts by 1 to 3 % of
the way, and nothing on board corrects it."""
GAIN = 0.2
"""Metres nearer to the goal that count as progress."""


@dataclass(frozen=True)
class Rules:
    """Where to, and how long the rover may take; metres and seconds of the drive."""

    goal: tuple[float, float]
    tolerance: float
    """A rover that stands within so much of the goal, by its odometry, has arrived."""
    standing: float
    """It may stand so long before it is stalled."""
    progress: float
    """It may take so long to come nearer to the goal."""
    longest: float


@dataclass(frozen=True)
class End:
    """Why a drive is over."""

    reached: bool
    reason: str


class Referee:
    """Hears every truth in turn; the first that ends the drive is the last that counts."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.end: End | None = None
        self.truths: list[Truth] = []
        self._nearest, self._nearest_at = math.inf, 0.0
        self._moved_at = 0.0
        self._arrived: deque[bool] = deque(maxlen=10)

    def hear(self, truth: Truth) -> None:
        """Take one moment, unless the drive is over."""
        if self.end is None:
            self.truths.append(truth)
            self.end = self._judged(truth)

    def left(self, truth: Truth) -> float:
        """Metres truly left to the goal."""
        return math.dist(truth.place[:2], self.rules.goal)

    def _judged(self, truth: Truth) -> End | None:
        hard = [strike for strike in truth.strikes if is_hard(strike)]
        if hard:
            return End(False, f"struck: {told(hard[0])}")
        if truth.embedded:
            return End(False, f"embedded: the wheels sank {truth.sinkage:.2f} m")
        if truth.tipped:
            return End(False, f"tipped over at {math.degrees(truth.tilt):.0f} degrees")
        return self._arrival(truth) or self._stalled(truth)

    def _arrival(self, truth: Truth) -> End | None:
        believed = math.dist(truth.believed[:2], self.rules.goal)
        stands = truth.ordered == (0.0, 0.0)
        self._arrived.append(stands and believed <= self.rules.tolerance + 0.01)
        if len(self._arrived) < (self._arrived.maxlen or 0) or not all(self._arrived):
            return None
        left = self.left(truth)
        if left <= REACHED:
            return End(True, f"the goal was reached, {left:.2f} m off by the truth")
        return End(False, f"lost: it believes to be at the goal and is {left:.1f} m off")

    def _stalled(self, truth: Truth) -> End | None:
        left, now = self.left(truth), truth.time
        if left < self._nearest - GAIN:
            self._nearest, self._nearest_at = left, now
        if truth.ordered != (0.0, 0.0) and not truth.stall:
            self._moved_at = now
        if now - self._moved_at > self.rules.standing:
            why = truth.stall or "the driver gives no command to move"
            return End(False, f"stalled: it stood for {self.rules.standing:.0f} s, {why}")
        if now - self._nearest_at > self.rules.progress:
            return End(
                False,
                f"stalled: no nearer to the goal for {self.rules.progress:.0f} s of the drive",
            )
        if now > self.rules.longest:
            return End(False, f"out of time after {now:.0f} s of the drive")
        return None


def is_hard(strike: Strike) -> bool:
    """Whether a strike is of a big rock, or of the belly on anything."""
    return strike.by == "belly" or (strike.rock != NO_ROCK and strike.height > BIG_ROCK_HEIGHT)


def told(strike: Strike) -> str:
    """A strike in words."""
    what = "the ground" if strike.rock == NO_ROCK else f"rock {strike.rock}"
    return f"{strike.by} on {what}, {strike.height:.2f} m high, at ({strike.x:.1f}, {strike.y:.1f})"
