"""How near to the edge of a world a rover may come."""

from __future__ import annotations

import math

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.world.world import World


class Edge:
    """The rectangle in which the middle of a rover may be: turning there, it stays on the world."""

    def __init__(self, world: World, rover: Rover) -> None:
        (left, low), (width, depth) = world.origin, world.size
        room = 0.5 * math.hypot(rover.length, rover.width)
        self._x, self._y = (left + room, left + width - room), (low + room, low + depth - room)
        self.beyond = f"the rover reaches over the edge of the world {world.name}"
        """Why it cannot be put down outside."""
        self.here = f"the world {world.name} ends here"
        """Why it cannot drive on."""

    def holds(self, x: float, y: float) -> bool:
        """Whether the rover may be at x, y [m]."""
        return self._x[0] <= x <= self._x[1] and self._y[0] <= y <= self._y[1]
