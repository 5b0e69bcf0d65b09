"""Turning in place, and where it cannot be done.

A turn that is barred one way round goes the other way; barred there, too, it went to and fro for
as long as the plan led behind the rover. So where both ways round were barred it is no more tried,
until the rover has moved.
"""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.planning.arcs import Floats
from ai4mars_nav.planning.drive import Command, Drive
from ai4mars_nav.planning.headway import Placed

MOVED = 0.3
"""Metres from where a turn was barred after which it may be clear."""
TIMES = 2
"""As often barred at one place is barred: the verdict of a single frame comes and goes."""


class TurnInPlace:
    """Turns as far as the arcs in place are clear; remembers how often each way round was barred,
    and where the rover then stood."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._place: Placed | None = None
        self._failed = {1: 0, -1: 0}

    def barred(self, pose: Placed, side: int) -> bool:
        """Whether the way round on a side (1 left) is barred here."""
        if self._place is not None and math.dist(self._place[:2], pose[:2]) >= MOVED:
            self._place, self._failed = None, {1: 0, -1: 0}
        return self._failed[side] >= TIMES

    def given_up(self, pose: Placed) -> bool:
        """Whether both ways round are barred here."""
        return self.barred(pose, 1) and self.barred(pose, -1)

    def either_way(self, pose: Placed, bearing: float, side: int, clear: Floats) -> Command | None:
        """Toward a bearing by the way round on a side if that is clear, else by the other; None
        where both are barred."""
        for way in (side, -side):
            if self.barred(pose, way):
                continue
            command = self.one_way(bearing, way, clear)
            if command is not None:
                return command
            self._place = self._place or pose
            self._failed[way] += 1
        return None

    def one_way(self, bearing: float, side: int, clear: Floats) -> Command | None:
        """Toward a bearing by the way round on a side, if it is clear that far."""
        drive, arcs = self._drive, self._drive.arcs
        arc = int(np.flatnonzero(arcs.turn * side > 0.0)[0])
        share = min(abs(bearing) / abs(arcs.turn[arc]), 1.0) if side * bearing > 0.0 else 1.0
        if clear[arc] < share * arcs.travelled[arc, -1] - 1e-9:
            return None
        slow = min(1.0, max(abs(bearing) / 0.5, drive.settings.least_speed_share))
        return Command(0.0, side * slow * drive.rover.max_turn_rate, "turning in place")
