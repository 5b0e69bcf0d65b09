"""The way out: of a place that holds the rover, or in which every arc ahead is vetoed.

Back it goes on what is seen to be clear, else over its own trail (trail.py).
"""

from __future__ import annotations

import math
from dataclasses import replace

from ai4mars_nav.planning.arcs import Floats
from ai4mars_nav.planning.drive import AHEAD, BACK, Command, Drive, stop
from ai4mars_nav.planning.headway import Placed
from ai4mars_nav.planning.trail import SPACING, Trail

BACK_OUT = 0.8
"""Metres after which the rover is out, and tries again."""
TURNS_BACK = 0.5
"""Share of the fastest turn with which it turns back."""
AGAIN = 1.0
"""Metres from where it backed out before within which it is the same place that lets none pass."""


class WayOut:
    """Drives as straight as it can; remembers what it has begun."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._trail = Trail(drive.rover)
        self._retreats = False
        """Whether the last command led back over the trail."""
        self._held: tuple[Placed, int] | None = None
        """Where something held the rover, and whether it leaves AHEAD or BACK."""
        self._vetoed: Placed | None = None
        """Where backing out began because every arc ahead was vetoed."""
        self._before: Placed | None = None
        """Where it began the time before."""

    @property
    def backing(self) -> bool:
        """Whether it backs out of where every arc ahead was vetoed."""
        return self._vetoed is not None

    def stand_at(self, pose: Placed) -> None:
        """Where the rover is, before each command."""
        if self._retreats:
            self._trail.retreat(pose)
        else:
            self._trail.reach(pose)
        self._retreats = False

    def lose_trail(self) -> None:
        """The rover is not where it was taken to be: its trail leads elsewhere."""
        self._trail.forget()

    def forget(self) -> None:
        """Begin anew: the rover is no longer where it was, or has arrived."""
        self._held = self._vetoed = self._before = None

    def from_held(self, pose: Placed, told: float, clear: Floats) -> Command:
        """Begin to leave the way the rover came, told to drive at `told` m/s and not moving.

        What holds it lies before its wheels, or, if it turned in place, under it.
        """
        came = math.copysign(1.0, told) if told else 0.0
        place = self._before_wheels(pose, came)
        self._vetoed = None
        if came < 0.0:
            self._trail.forget()
        for direction in (AHEAD, BACK) if came < 0.0 else (BACK, AHEAD):
            self._held = pose, direction
            command = self.leave(pose, clear)
            if command is not None:
                return replace(command, stuck_at=place)
        return replace(stop("told to move, it does not, and no way out is clear"), stuck_at=place)

    def leave(self, pose: Placed, clear: Floats) -> Command | None:
        """Go on leaving what held the rover; None when it is out, or that way is barred."""
        if self._held is None:
            return None
        begun, direction = self._held
        command = self._on(
            begun, pose, direction, clear, "told to move, it did not: leaving that place"
        )
        if command is None:
            self._held = None
        return command

    def back(self, pose: Placed, clear: Floats) -> Command | None:
        """Begin or go on to back out where all ahead is vetoed; None as above.

        Led to the same place again it says so: the planner takes a gap to be one, and it is none.
        """
        stuck_at = None
        if self._vetoed is None:
            self._vetoed = pose
            if self._before is not None and math.dist(self._before[:2], pose[:2]) < AGAIN:
                ahead = self._drive.straightest(AHEAD, 0.0, clear)
                stuck_at = self._before_wheels(pose, 1.0, float(clear[ahead]))
            self._before = None if stuck_at else pose
        command = self._on(self._vetoed, pose, BACK, clear, "backing out, all ahead is vetoed")
        if command is None:
            self._vetoed = None
            return None
        return replace(command, stuck_at=stuck_at)

    def _before_wheels(self, pose: Placed, way: float, farther: float = 0.0) -> tuple[float, float]:
        """x, y of what lies before the wheels that drive ahead (`way` 1), back (-1) or not (0)."""
        rover = self._drive.rover
        reach = way * (0.5 * rover.wheelbase + rover.wheel_radius + farther)
        return pose[0] + reach * math.cos(pose[2]), pose[1] + reach * math.sin(pose[2])

    def _on(
        self, begun: Placed, pose: Placed, direction: int, clear: Floats, reason: str
    ) -> Command | None:
        left = BACK_OUT - math.dist(begun[:2], pose[:2])
        if left <= 0.0:
            return None
        arc = self._drive.straightest(direction, left, clear)
        if arc < 0:
            least = min(self._drive.settings.least_clear, BACK_OUT)
            arc = self._drive.straightest(direction, least, clear)
        if arc < 0:
            return self._over_trail(pose, reason) if direction == BACK else None
        return self._drive.along(arc, float(clear[arc]), math.inf, reason)

    def _over_trail(self, pose: Placed, reason: str) -> Command | None:
        """Back the way it came, where the map knows none; None at its beginning."""
        way, reason = self._trail.back(pose), f"{reason}, over its own trail"
        self._retreats = bool(way.turn) or way.metres >= SPACING
        if not self._retreats:
            return None
        if way.turn:
            return Command(0.0, way.turn * TURNS_BACK * self._drive.rover.max_turn_rate, reason)
        # what has borne it all along needs no room to spare: it slows within the last half metre
        return self._drive.curving(way.curvature, BACK, 2.0 * way.metres, math.inf, reason)
