"""The rover's own trail: ground that has borne its wheels bears them on the way back.

A camera that looks ahead has never seen what lies behind a rover that has just begun, so that
nothing there is known, and a rover that is led into a dead end could not leave it. Where it came it
can go back, whatever the map says.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ai4mars_nav.planning.headway import Placed
from ai4mars_nav.rover import Rover

SPACING = 0.05
"""Metres between two places of the trail, as wheels roll."""
KEPT = 3.0
"""Metres of trail that are remembered: odometry errs by little over them."""
REACH = 0.4
"""Metres of trail to the place that is steered to on the way back."""
TURNED = 3.0
"""1/m: where a trail bends by more, the rover turned in place, and turns back there."""


class WayBack(NamedTuple):
    """What leads back over the trail: a curvature, 1/m as of an arc, and how many metres; or, where
    the rover has just turned in place, the side to turn to (1 left), else 0."""

    curvature: float
    metres: float
    turn: int = 0


class Trail:
    """Hears every pose; remembers the last metres, without the loops and the ways to and fro."""

    def __init__(self, rover: Rover) -> None:
        self._arm = 0.5 * math.hypot(rover.track, rover.wheelbase)
        self._places: list[Placed] = []

    def forget(self) -> None:
        """The rover is no longer where its odometry had it, or what it came over holds it now."""
        self._places.clear()

    def reach(self, pose: Placed) -> None:
        """The rover stands at a pose; it came from the last one."""
        for index, before in enumerate(self._places):
            if self._apart(before, pose) < SPACING:
                del self._places[index + 1 :]
                return
        self._places.append(pose)
        del self._places[: -round(KEPT / SPACING)]  # or more metres, in larger steps

    def retreat(self, pose: Placed) -> None:
        """The rover goes back over its trail, and has come to a pose beside it or a little past:
        what lies behind it now is no trail any more, and no new one begins."""
        while len(self._places) > 1 and not (
            self._apart(self._places[-1], pose) < self._apart(self._places[-2], pose)
        ):
            self._places.pop()

    def back(self, pose: Placed) -> WayBack:
        """The way back from a pose at the end of the trail."""
        if not self._places:
            return WayBack(0.0, 0.0)
        # the pose lies on the last place or hardly off it: too near to tell a turn from a way
        metres, last = 0.0, self._places[-1]
        target = last
        for before in reversed(self._places[:-1]):
            way = math.dist(last[:2], before[:2])
            turned = math.remainder(last[2] - before[2], math.tau)
            if abs(turned) > TURNED * way + 1e-3:
                if metres < SPACING:
                    return WayBack(0.0, 0.0, -1 if turned > 0.0 else 1)
                break
            if metres >= KEPT:
                break
            if metres < REACH:
                target = before
            metres, last = metres + way, before
        along, aside = target[0] - pose[0], target[1] - pose[1]
        cos, sin = math.cos(pose[2]), math.sin(pose[2])
        square = along * along + aside * aside
        if metres == 0.0 or square == 0.0:
            return WayBack(0.0, 0.0)
        return WayBack(2.0 * (cos * aside - sin * along) / square, metres)

    def _apart(self, one: Placed, other: Placed) -> float:
        """Metres, those of a wheel in a turn among them."""
        turned = abs(math.remainder(other[2] - one[2], math.tau))
        return math.dist(one[:2], other[:2]) + self._arm * turned
