"""A mast that pans its stereo cameras from view to view, so that they see before every wheel.

A NAVCAM is 45 degrees wide: from the mast it looks past the ground just before the outer wheels.
The mast turns about the upright between the two cameras.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from ai4mars_nav.geometry.frames import BODY_FROM_OPTICAL
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import SettingsError, setting
from ai4mars_nav.sim.rig import NAVCAM_BASELINE


@dataclass(frozen=True)
class MastSettings:
    """Where the mast looks, in turn, and how fast it gets there."""

    pans_deg: tuple[float, ...] = setting(
        (0.0, 40.0, -40.0), "views in turn, left of ahead; one view never turns",
        unit="deg", lo=-180.0, hi=180.0,
    )  # fmt: skip
    slew_deg: float = setting(20.0, "how fast it turns", unit="deg/s", lo=0.1, hi=1e4)
    hold: float = setting(0.5, "how long it holds a view", unit="s", lo=0.01, hi=3600.0)

    def __post_init__(self) -> None:
        if not self.pans_deg:
            raise SettingsError("mast: pans_deg must name one view at least")


@dataclass(frozen=True)
class Gaze:
    """Where the mast looks at one time."""

    pan: float
    """Radians left of ahead."""
    steady: bool
    """Whether it holds a view; else it turns to the next."""
    view: int
    """Views since the start that it has reached, less one: 0 for the first."""


class Mast:
    """Where a rover's cameras are: `at(time)`, `shot(view)`, `base_from_camera(pan)`."""

    def __init__(
        self, settings: MastSettings, rover: Rover, baseline: float = NAVCAM_BASELINE
    ) -> None:
        self.settings = settings
        self._pans = tuple(math.radians(pan) for pan in settings.pans_deg)
        x, y, z = rover.camera_xyz
        self._top = np.array([x, y - 0.5 * baseline, z])
        pitch = math.radians(rover.camera_pitch_deg)
        self._head_from_camera = (
            Pose.from_rpy((0.0, 0.5 * baseline, 0.0), (0.0, pitch, 0.0)) @ BODY_FROM_OPTICAL
        )
        self._arrivals = self._first_arrivals()

    def base_from_head(self, pan: float) -> Pose:
        """Top of the mast, turned by `pan` [rad] but level, in base_link."""
        return Pose.from_rpy(tuple(self._top), (0.0, 0.0, pan))

    def base_from_camera(self, pan: float) -> Pose:
        """Optical frame of the left camera in base_link; the right one is beside it."""
        return self.base_from_head(pan) @ self._head_from_camera

    def shot(self, view: int) -> tuple[float, float]:
        """Seconds at which the mast reaches its view 0, 1, 2 ..., and its pan [rad] then."""
        rounds, at = divmod(view, len(self._pans))
        return rounds * self._arrivals[-1] + self._arrivals[at], self._pans[at]

    def at(self, time: float) -> Gaze:
        """Where the mast looks at `time` >= 0 [s]; it begins with its first view."""
        whole = self._arrivals[-1]
        rounds = int(time // whole)
        at = bisect_right(self._arrivals, time - rounds * whole) - 1
        if at == len(self._pans):  # rounding: the next round has begun
            rounds, at = rounds + 1, 0
        view = rounds * len(self._pans) + at
        reached, pan = self.shot(view)
        held = time - reached
        if held <= self.settings.hold or len(self._pans) == 1:
            return Gaze(pan, True, view)
        arrival, target = self.shot(view + 1)
        share = (held - self.settings.hold) / (arrival - reached - self.settings.hold)
        return Gaze(pan + min(share, 1.0) * (target - pan), False, view)

    def _first_arrivals(self) -> list[float]:
        """Seconds at which the views of the first round are reached, and the second begins."""
        slew, arrivals = math.radians(self.settings.slew_deg), [0.0]
        following = (*self._pans[1:], self._pans[0])
        for pan, target in zip(self._pans, following, strict=True):
            arrivals.append(arrivals[-1] + self.settings.hold + abs(target - pan) / slew)
        return arrivals
