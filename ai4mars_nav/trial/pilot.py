"""Who drives: sees frame after frame, and says what the wheels shall do."""

from __future__ import annotations

from typing import Protocol

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.follower import Command
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.vehicle.state import State


class Pilot(Protocol):
    """Stamps are seconds of simulated time."""

    @property
    def why(self) -> str:
        """Why there is no plan, empty where there is one."""

    @property
    def camera(self) -> Pinhole | None:
        """The left camera, if it looks through one."""

    @property
    def perceiving(self) -> list[float]:
        """Processor seconds of each frame: perception and map."""

    @property
    def cameras(self) -> list[Pose]:
        """Where its camera truly was at each frame, odom_from_camera; empty if it has none."""

    @property
    def planning(self) -> list[float]:
        """Processor seconds of each plan."""

    def believed(self, state: State) -> Pose:
        """Where it takes the rover to be."""

    def see(self, state: State, index: int, elapsed: float, now: float) -> Frame | None:
        """Take the frame `index`, map it and plan; what there is to show of it."""

    def order(self, state: State, now: float) -> Command | None:
        """The command; none before the first frame."""
