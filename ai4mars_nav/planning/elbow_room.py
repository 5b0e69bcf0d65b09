"""Elbow room: where a corner would come near something tall, a rover first moves, then turns."""

from __future__ import annotations

import math

from ai4mars_nav.planning.arcs import Floats
from ai4mars_nav.planning.drive import AHEAD, BACK, Command, Drive
from ai4mars_nav.planning.headway import Placed

FARTHEST = 0.8
"""Metres that are driven for it; who has none then turns as near as it is."""


class ElbowRoom:
    """Looks for it once for each turn, ahead or back: to and fro would find none either."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._begun: tuple[Placed, int] | None = None
        """Where looking for room began, and whether AHEAD or BACK."""

    def forget(self) -> None:
        """The turn is over."""
        self._begun = None

    def seek(self, pose: Placed, side: int, roomy: Floats) -> Command | None:
        """Ahead on the tightest arc to the side of the turn (1 left), or straight back; None when
        that is barred or has been tried. `roomy` (k,): metres of each arc with room to all sides.
        """
        if self._begun is None:
            direction = AHEAD if self._arc(AHEAD, side, roomy) >= 0 else BACK
            self._begun = pose, direction
        begun, direction = self._begun
        arc = self._arc(direction, side, roomy)
        if arc < 0 or math.dist(begun[:2], pose[:2]) >= FARTHEST:
            return None
        return self._drive.along(arc, roomy[arc], math.inf, "to where there is room to turn")

    def _arc(self, direction: int, side: int, roomy: Floats) -> int:
        least = self._drive.settings.least_clear
        if direction == AHEAD:
            return self._drive.tightest(side, AHEAD, least, roomy)
        return self._drive.straightest(BACK, least, roomy)
