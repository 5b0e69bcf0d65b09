"""A rover that goes as its follower tells it, over ground that the test clears or bars."""

from __future__ import annotations

import math

import numpy as np

from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs
from ai4mars_nav.planning.clearance import ArcVerdict
from ai4mars_nav.planning.follower import Command, Follower, FollowerSettings, Situation
from ai4mars_nav.planning.headway import HeadwaySettings
from ai4mars_nav.rover import Rover

PERIOD = 0.1
"""Seconds from one command to the next."""


class Stage:
    """A follower with a free way ahead, whose rover moves as far as `grip` lets it."""

    def __init__(self, rover: Rover, watch: bool = True) -> None:
        self.arcs = candidate_arcs(ArcSettings(), rover)
        headway = HeadwaySettings(watch=watch)
        self.follower = Follower(FollowerSettings(), rover, self.arcs, headway)
        self.clear = self.arcs.travelled[:, -1].copy()
        self.pose = (0.0, 0.0, 0.0)
        self.now = 100.0
        self.path = np.array([(0.0, 0.0), (10.0, 0.0)])

    def run(self, seconds: float, grip: float) -> list[Command]:
        """Commands of so many seconds."""
        commands = []
        for _ in range(round(seconds / PERIOD)):
            verdicts = [ArcVerdict(True, "", float(c), float(c), 0.0, math.inf) for c in self.clear]
            situation = Situation(
                self.now, self.pose, self.now, self.path, self.now, self.now, verdicts
            )
            command = self.follower.command(situation)
            commands.append(command)
            x, y, yaw = self.pose
            way = grip * command.linear * PERIOD
            self.pose = (
                x + way * math.cos(yaw),
                y + way * math.sin(yaw),
                yaw + grip * command.angular * PERIOD,
            )
            self.now += PERIOD
        return commands
