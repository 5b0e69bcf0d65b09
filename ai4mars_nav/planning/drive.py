"""What the drive is told: a command, and its speed on an arc with only so much room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ai4mars_nav.planning.arcs import Arcs, Floats
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

AHEAD, BACK = 1, -1


@dataclass(frozen=True)
class FollowerSettings:
    """How a path is followed and when the rover rather stops."""

    lookahead: float = setting(1.5, "distance of the point steered to", unit="m", lo=0.1, hi=20.0)
    goal_tolerance: float = setting(0.3, "arrived when nearer", unit="m", lo=0.01, hi=10.0)
    clear_distance: float = setting(2.0, "free way wanted on an arc", unit="m", lo=0.1, hi=20.0)
    least_clear: float = setting(0.5, "free way an arc must have", unit="m", lo=0.05, hi=10.0)
    slow_distance: float = setting(1.0, "slows within, of goal or end of clear arc", unit="m", lo=0)
    least_speed_share: float = setting(0.25, "slowest drive over max_speed", lo=0.05, hi=1.0)
    turn_first_deg: float = setting(60.0, "off by more, turn first", unit="deg", lo=10, hi=170)
    turned_deg: float = setting(15.0, "off by less, turned enough", unit="deg", lo=1, hi=90)
    map_timeout: float = setting(3.0, "oldest map to drive on", unit="s", lo=0.05, hi=600.0)
    plan_timeout: float = setting(10.0, "oldest plan to follow", unit="s", lo=0.05, hi=3600.0)
    pose_timeout: float = setting(0.5, "oldest pose to steer by", unit="s", lo=0.01, hi=60.0)
    jump_distance: float = setting(0.5, "a pose farther than it could drive", unit="m", lo=0.01)
    jump_turn_deg: float = setting(30.0, "a turn farther than it could", unit="deg", lo=1, hi=180)
    off_path: float = setting(2.0, "farthest from the path", unit="m", lo=0.1, hi=100.0)


@dataclass(frozen=True)
class Command:
    """What the drive should do: metres and radians per second, and why in one line."""

    linear: float
    angular: float
    reason: str
    stopped: bool = False
    arrived: bool = False
    stuck_at: tuple[float, float] | None = None
    """x, y in the frame of the path of what the rover did not get over, in the one command after
    that was found out."""


def stop(reason: str) -> Command:
    """Stand, and say why."""
    return Command(0.0, 0.0, reason, stopped=True)


@dataclass(frozen=True)
class Drive:
    """Makes commands of a rover's arcs."""

    settings: FollowerSettings
    rover: Rover
    arcs: Arcs

    def along(self, arc: int, clear: float, remaining: float, reason: str) -> Command:
        """Along a candidate arc, of which `clear` metres are free and `remaining` wanted."""
        direction = int(self.arcs.direction[arc])
        return self.curving(float(self.arcs.curvature[arc]), direction, clear, remaining, reason)

    def curving(
        self, curvature: float, direction: int, clear: float, remaining: float, reason: str
    ) -> Command:
        """At a curvature, 1/m; speed within the limits of turn rate, room and distance to go."""
        speed = self.rover.max_speed
        room = min(remaining, clear)
        if room < self.settings.slow_distance:
            speed *= max(room / self.settings.slow_distance, self.settings.least_speed_share)
        if curvature != 0.0:
            speed = min(speed, self.rover.max_turn_rate / abs(curvature))
        return Command(direction * speed, direction * speed * curvature, reason)

    def straightest(self, direction: int, least: float, clear: Floats) -> int:
        """Index of the straightest arc AHEAD or BACK that is clear for `least`, -1 if none is."""
        good = np.flatnonzero((self.arcs.direction == direction) & (clear >= least))
        if good.size == 0:
            return -1
        return int(good[np.argmin(np.abs(self.arcs.curvature[good]))])

    def tightest(self, side: int, direction: int, least: float, clear: Floats) -> int:
        """Index of the tightest arc to a side (1 left) that is clear for `least`, -1 if none is."""
        curving = self.arcs.curvature * side > 1e-9
        good = np.flatnonzero((self.arcs.direction == direction) & curving & (clear >= least))
        if good.size == 0:
            return -1
        return int(good[np.argmax(np.abs(self.arcs.curvature[good]))])
