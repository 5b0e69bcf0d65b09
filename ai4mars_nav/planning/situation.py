"""What is known when a command is wanted, and whether that is fresh and sound enough to move on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.clearance import ArcVerdict
from ai4mars_nav.planning.drive import FollowerSettings
from ai4mars_nav.planning.headway import Placed
from ai4mars_nav.rover import Rover


@dataclass(frozen=True)
class Situation:
    """What the follower knows at `now`; all stamps in seconds of one clock, None is missing."""

    now: float
    pose: tuple[float, float, float] | None
    """x, y in metres and yaw in radians, in the frame of the path."""
    pose_stamp: float
    path: NDArray[np.float64] | None
    """(n, 2) metres from start to goal."""
    path_stamp: float
    map_stamp: float | None
    verdicts: list[ArcVerdict]
    """One per candidate arc, judged from `pose`."""


class Bars:
    """Says why a rover must not move; remembers the last pose, so that it knows a jump."""

    def __init__(self, settings: FollowerSettings, rover: Rover) -> None:
        self._settings = settings
        self._rover = rover
        self._last: tuple[float, Placed] | None = None
        self.jumped = False
        """Whether the last situation was barred because its pose had jumped."""

    def barred(self, situation: Situation) -> str:
        """Why the rover must not move, empty if it may."""
        limits, now = self._settings, situation.now
        self.jumped = False
        if situation.pose is None:
            self._last = None
            return "no pose"
        if not all(math.isfinite(value) for value in situation.pose):
            return f"pose {situation.pose} is not finite"
        before, self._last = self._last, (situation.pose_stamp, situation.pose)
        if now - situation.pose_stamp > limits.pose_timeout:
            return _stale("pose", now - situation.pose_stamp, limits.pose_timeout)
        if before is not None:
            jump = self._jump(before, (situation.pose_stamp, situation.pose))
            if jump:
                self.jumped = True
                return jump
        if situation.map_stamp is None:
            return "no map"
        if now - situation.map_stamp > limits.map_timeout:
            return _stale("map", now - situation.map_stamp, limits.map_timeout)
        if situation.path is None or len(situation.path) == 0:
            return "no plan"
        if not np.isfinite(situation.path).all():
            return "the plan holds points that are not finite"
        if now - situation.path_stamp > limits.plan_timeout:
            return _stale("plan", now - situation.path_stamp, limits.plan_timeout)
        return ""

    def _jump(self, before: tuple[float, Placed], after: tuple[float, Placed]) -> str:
        """What makes two stamped poses in a row unbelievable, empty if nothing does."""
        elapsed = after[0] - before[0]
        if elapsed < 0.0:
            return f"pose stamps went back by {-elapsed:.2f} s"
        moved = math.hypot(after[1][0] - before[1][0], after[1][1] - before[1][1])
        turned = abs(math.remainder(after[1][2] - before[1][2], math.tau))
        if moved > self._settings.jump_distance + 2.0 * self._rover.max_speed * elapsed:
            return f"pose jumped by {moved:.2f} m in {elapsed:.2f} s"
        allowed = math.radians(self._settings.jump_turn_deg)
        if turned > allowed + 2.0 * self._rover.max_turn_rate * elapsed:
            return f"pose turned by {math.degrees(turned):.0f} deg in {elapsed:.2f} s"
        return ""


def _stale(what: str, age: float, limit: float) -> str:
    return f"{what} is {age:.1f} s old, more than {limit:.1f} s"
