"""What the wheels are told: the newest cmd_vel within the rover's limits, zero when unsure."""

from __future__ import annotations

import math
from collections import Counter

from ai4mars_nav.rover import Rover

ROUNDING = 1.001
"""Commands over the limit by less are the driver's rounding."""


class Orders:
    """Takes commands as they come (m/s, rad/s; stamps in seconds of simulated time)."""

    def __init__(self, rover: Rover, timeout: float) -> None:
        self._limits = rover.max_speed, rover.max_turn_rate
        self._timeout = timeout
        self._newest = (0.0, 0.0)
        self._heard_at = -math.inf
        self.count = 0
        self.counts: Counter[str] = Counter()

    def take(self, linear: float, angular: float, now: float) -> str:
        """Hear one command; what is wrong with it, in words, empty if nothing is."""
        self.count += 1
        self._heard_at = now
        if not (math.isfinite(linear) and math.isfinite(angular)):
            self._newest = (0.0, 0.0)
            self.counts["cmd_vel not finite"] += 1
            return f"cmd_vel: ({linear}, {angular}) is not finite, the wheels stand"
        self._newest = tuple(  # type: ignore[assignment]
            max(-limit, min(limit, value))
            for value, limit in zip((linear, angular), self._limits, strict=True)
        )
        for name, value, limit, unit in (
            ("linear", linear, self._limits[0], "m/s"),
            ("angular", angular, self._limits[1], "rad/s"),
        ):
            if abs(value) > ROUNDING * limit:
                self.counts["cmd_vel over the limit"] += 1
                return f"cmd_vel: {name} {value:g} {unit} is over the limit of {limit:g}, cut to it"
        return ""

    def at(self, now: float) -> tuple[float, float]:
        """Linear and angular speed wanted now; zero if nothing was heard for too long."""
        if now - self._heard_at > self._timeout:
            if self._newest != (0.0, 0.0):
                self.counts["cmd_vel fell silent"] += 1
            self._newest = (0.0, 0.0)
        return self._newest
