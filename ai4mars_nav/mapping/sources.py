"""What the map has heard of, and how long ago: points, rocks and the rover's pose."""

from __future__ import annotations

import math

from ai4mars_nav.mapping.errors import StampError
from ai4mars_nav.mapping.map_settings import MapSettings

POINTS, ROCKS, POSE = "points", "rocks", "pose"
SOURCES = (POINTS, ROCKS, POSE)


class Sources:
    """The newest stamp of each source, seconds; one never heard has none."""

    def __init__(self, settings: MapSettings) -> None:
        self.stamps: dict[str, float] = {}
        self._limits = {
            POINTS: settings.points_timeout,
            ROCKS: settings.rocks_timeout,
            POSE: settings.pose_timeout,
        }

    def newer(self, source: str, stamp: float) -> None:
        """Refuse a stamp that is not newer than the last of its source."""
        last = self.stamps.get(source, -math.inf)
        if not math.isfinite(stamp) or stamp <= last:
            raise StampError(
                f"map: {source} stamped {stamp:.6f} s are not newer than the last of {last:.6f} s;"
                " drop them, or clear() the map if time has jumped back"
            )

    def age(self, now: float) -> dict[str, float]:
        """Seconds since the newest stamp of each source; infinite for one never heard."""
        return {name: now - self.stamps.get(name, -math.inf) for name in SOURCES}

    def current(self, now: float) -> dict[str, bool]:
        """Whether each source is younger than its timeout, and not from the future by as much."""
        return {name: abs(age) <= self._limits[name] for name, age in self.age(now).items()}
