"""Follows a path with the arcs that the clearance check allows, or stops and says why.

The curvature that leads to a point ahead on the path is driven if the arcs beside it are clear,
else the nearest clear arc. A rover that looks the wrong way turns: in place if it can (turning.py),
else on its tightest arc, backward where forward is barred or the point lies inside its turning
circle; it backs out, too, where every arc ahead is vetoed. One that turns in place first turns to
where the path leaves it, and drives to where its corners have room to swing (elbow_room.py). One
that is told to move and does not (headway.py) leaves the way it came (way_out.py), and says where
it was stuck.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.arcs import Arcs, Floats, tightest_curvature, turns_in_place
from ai4mars_nav.planning.clearance import ArcVerdict
from ai4mars_nav.planning.drive import AHEAD, BACK, Command, Drive, FollowerSettings, stop
from ai4mars_nav.planning.elbow_room import ElbowRoom
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.headway import Headway, HeadwaySettings, Placed
from ai4mars_nav.planning.situation import Bars, Situation
from ai4mars_nav.planning.turning import TurnInPlace
from ai4mars_nav.planning.way_out import WayOut
from ai4mars_nav.rover import Rover

__all__ = ["Command", "Follower", "FollowerSettings", "Situation"]

LEAVES_AT = 0.5
"""Metres along the path that tell where it leaves the rover."""
ROOM_WORTH = 0.5
"""1/m by which an arc may turn off more if it keeps away from what stands beside it."""
SHORTER_DEG = 120.0
"""A turn that has begun is not gone on with if its other way round is shorter than this."""


class Follower:
    """Turns one situation after another into commands; remembers its manoeuvre."""

    def __init__(
        self,
        settings: FollowerSettings,
        rover: Rover,
        arcs: Arcs,
        headway: HeadwaySettings | None = None,
    ) -> None:
        self.settings = settings
        self.rover = rover
        self.arcs = arcs
        self._drive = Drive(settings, rover, arcs)
        self._bars = Bars(settings, rover)
        self._way_out = WayOut(self._drive)
        self._elbow_room = ElbowRoom(self._drive)
        self._turns = TurnInPlace(self._drive)
        self._headway = Headway(headway or HeadwaySettings(), rover)
        self._told = (0.0, 0.0)
        """The last command, linear and angular."""
        self._turning = 0
        self._leg = 0
        """Leg of a turn on arcs that is driven until it is barred: AHEAD, BACK or 0 for none."""

    def command(self, situation: Situation) -> Command:
        """The next command; linear and angular are 0 whenever `stopped`."""
        barred = self._bars.barred(situation)
        if self._bars.jumped:
            self._forget_manoeuvre()
            self._way_out.lose_trail()
        if barred or situation.pose is None or situation.path is None:
            command = stop(barred)
        else:
            command = self._allowed(situation, situation.pose, situation.path)
        if command.stuck_at is not None and not self._headway.settings.watch:
            # somebody else drives: it was not led there
            command = replace(command, stuck_at=None)
        if command.stopped:
            self.stand()
        self._told = command.linear, command.angular
        return command

    def stand(self) -> None:
        """The drive was told to stand, whoever told it: no way is expected of it since."""
        self._headway.forget()
        self._told = 0.0, 0.0

    def _forget_manoeuvre(self) -> None:
        self._turning = self._leg = 0
        self._way_out.forget()

    def _allowed(self, situation: Situation, pose: Placed, path: NDArray[np.float64]) -> Command:
        """The next command of a rover that may move."""
        if len(situation.verdicts) != len(self.arcs):
            raise PlanningError(
                f"{len(situation.verdicts)} verdicts for {len(self.arcs)} candidate arcs"
            )
        self._way_out.stand_at(pose)
        goal = path[-1]
        remaining = math.hypot(goal[0] - pose[0], goal[1] - pose[1])
        if remaining <= self.settings.goal_tolerance:
            self._forget_manoeuvre()
            return Command(0.0, 0.0, "arrived", stopped=True, arrived=True)
        clear = np.array([verdict.clear for verdict in situation.verdicts])
        roomy = np.array([verdict.roomy for verdict in situation.verdicts])
        if self._headway.lost(situation.pose_stamp, pose, *self._told):
            self._turning = self._leg = 0
            return self._way_out.from_held(pose, self._told[0], clear)
        leaving = self._way_out.leave(pose, clear)
        if leaving is not None:
            return leaving
        target, away = _ahead(path, pose, self.settings.lookahead)
        if away > self.settings.off_path:
            return stop(f"{away:.1f} m off the path, more than off_path; waiting for a new plan")
        # a rover that turns in place turns to where the path leaves it: turned to a point farther
        # on, it would be barred by what the path goes round, and turn back
        reach = LEAVES_AT if turns_in_place(self.rover) else self.settings.lookahead
        near, _ = _ahead(path, pose, reach)
        bearing = math.atan2(near[1], near[0])
        command = self._steer(target, bearing, remaining, pose, clear, roomy, situation.verdicts)
        if not self._turning:
            self._elbow_room.forget()
        if turns_in_place(self.rover) and (command.stopped or self._way_out.backing):
            return self._turn_out(bearing, pose, clear) or command
        return command

    def _steer(
        self,
        target: tuple[float, float],
        bearing: float,
        remaining: float,
        pose: Placed,
        clear: Floats,
        roomy: Floats,
        verdicts: list[ArcVerdict],
    ) -> Command:
        """Toward `target`, x and y in base_link; `bearing` is that which is turned to first."""
        off = math.degrees(abs(bearing))
        if off > self.settings.turn_first_deg and self._turning == 0:
            self._turning = 1 if bearing > 0.0 else -1
        elif off < self.settings.turned_deg and self._leg != BACK:
            self._turning = self._leg = 0
        elif (
            self._turning * bearing < 0.0
            and off < SHORTER_DEG
            and turns_in_place(self.rover)
            and not self._turns.barred(pose, -self._turning)
        ):
            # a new plan leaves on the other side: not all the way round to it
            self._turning = -self._turning
        distance = math.hypot(*target)
        wanted = min(self.settings.clear_distance, max(remaining, self.settings.least_clear))
        if self._turning and turns_in_place(self.rover) and not self._turns.given_up(pose):
            command = self._turn_with_room(clear, roomy, pose, bearing)
            if command is not None:
                self._leg = 0
                return command
        elif self._turning:
            command = self._turn_on_arcs(target, bearing, wanted, clear)
            if command is not None:
                return command
        curvature = 2.0 * math.sin(math.atan2(target[1], target[0])) / max(distance, 1e-6)
        command = self._follow(curvature, wanted, remaining, clear, roomy, verdicts)
        if command.stopped and not turns_in_place(self.rover):
            return self._back_out(bearing, clear) or command
        return command

    def _back_out(self, bearing: float, clear: Floats) -> Command | None:
        """Begin a turn on arcs, backward, where every arc ahead is vetoed: room is behind."""
        side = 1 if bearing > 0.0 else -1
        for turning in (side, -side):
            arc = self._drive.tightest(-turning, BACK, self.settings.least_clear, clear)
            if arc >= 0:
                self._turning, self._leg = turning, BACK
                return self._drive.along(
                    arc, clear[arc], math.inf, "backing, every arc ahead is vetoed"
                )
        return None

    def _turn_out(self, bearing: float, pose: Placed, clear: Floats) -> Command | None:
        """Where every arc ahead is vetoed: back out to the end once begun, else turn to where the
        path leaves, else begin to back out."""
        if not self._way_out.backing and abs(bearing) > math.radians(self.settings.turned_deg):
            self._turning = 1 if bearing > 0.0 else -1
            command = self._turn_either_way(clear, pose, bearing)
            if command is not None:
                return command
        return self._way_out.back(pose, clear)

    def _turn_with_room(
        self, clear: Floats, roomy: Floats, pose: Placed, bearing: float
    ) -> Command | None:
        """Turn in place, first where no corner comes near something tall."""
        if self._turns.one_way(bearing, self._turning, clear) is None:
            return self._turn_either_way(clear, pose, bearing)
        return (
            self._turns.one_way(bearing, self._turning, roomy)
            or self._elbow_room.seek(pose, self._turning, roomy)
            or self._turns.one_way(bearing, self._turning, clear)
        )

    def _turn_either_way(self, clear: Floats, pose: Placed, bearing: float) -> Command | None:
        """Turn in place toward the bearing, by the other way round if the one begun is barred."""
        command = self._turns.either_way(pose, bearing, self._turning, clear)
        if command is not None:
            self._turning = 1 if command.angular > 0.0 else -1
        return command

    def _turn_on_arcs(
        self, target: tuple[float, float], bearing: float, wanted: float, clear: Floats
    ) -> Command | None:
        """Tightest arc toward the target, backward when that is barred or can never reach it."""
        side = self._turning or (1 if bearing > 0.0 else -1)
        radius = 1.0 / tightest_curvature(self.rover)
        # once backing, back until the point is well outside the circle
        inside = math.hypot(target[0], target[1] - side * radius) < radius * (
            1.1 if self._leg == BACK else 0.98
        )
        least = self.settings.least_clear
        if self._leg == AHEAD and not (clear[self.arcs.direction == 1] >= least).any():
            self._leg = 0
        backward = self._drive.tightest(-side, -1, least, clear)
        may_back = backward >= 0 and self._leg != AHEAD
        if may_back and self._leg == BACK:
            least = wanted
        forward = self._drive.tightest(side, 1, least, clear)
        if forward >= 0 and not (inside and may_back):
            self._leg = AHEAD if inside else 0
            return self._drive.along(forward, clear[forward], math.inf, "turning on a tight arc")
        if may_back:
            self._leg = BACK
            return self._drive.along(backward, clear[backward], math.inf, "backing to turn")
        self._leg = AHEAD
        return None

    def _follow(
        self,
        curvature: float,
        wanted: float,
        remaining: float,
        clear: Floats,
        roomy: Floats,
        verdicts: list[ArcVerdict],
    ) -> Command:
        """Drive the curvature, or the nearest clear arc, if it can be one with room on all sides;
        stop where none is clear."""
        forward = np.flatnonzero(self.arcs.direction == 1)
        tightest = self.arcs.curvature[forward].max()
        curvature = min(max(curvature, -tightest), tightest)
        order = forward[np.argsort(np.abs(self.arcs.curvature[forward] - curvature))]
        for least in (wanted, min(wanted, self.settings.least_clear)):
            enough = np.minimum(least, self.arcs.travelled[order, -1])
            good = order[clear[order] >= enough]
            if good.size:
                break
        else:
            nearest = verdicts[int(order[0])]
            return stop(
                f"all arcs vetoed; the one wanted: {nearest.reason} after {nearest.clear:.1f} m"
            )
        best = int(good[0])
        off = np.abs(self.arcs.curvature[order] - curvature)
        near = off <= abs(self.arcs.curvature[best] - curvature) + ROOM_WORTH
        with_room = order[near & (roomy[order] >= enough)]
        if with_room.size and with_room[0] != best:
            best = int(with_room[0])
            return self._drive.along(best, clear[best], remaining, "away from what stands beside")
        if np.array_equal(good[:2], order[:2]):  # clear on both sides of the curvature wanted
            return self._drive.curving(curvature, 1, clear[best], remaining, "following the path")
        return self._drive.along(
            best, clear[best], remaining, "around what the clearance check vetoed"
        )


def _ahead(
    path: NDArray[np.float64], pose: Placed, lookahead: float
) -> tuple[tuple[float, float], float]:
    """The point `lookahead` along `path` (n, 2) from the nearest, in base_link; and its distance.

    The distance is that of the rover from the path, metres.
    """
    here = np.array(pose[:2])
    if len(path) == 1:
        path = np.vstack([path, path])
    way = np.diff(path, axis=0)
    square = np.maximum((way**2).sum(axis=1), 1e-12)
    share = np.clip(((here - path[:-1]) * way).sum(axis=1) / square, 0.0, 1.0)
    feet = path[:-1] + share[:, None] * way
    away = np.hypot(*(feet - here).T)
    leg = int(away.argmin())
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(square))])
    wanted = at[leg] + share[leg] * (at[leg + 1] - at[leg]) + lookahead
    to = np.array([np.interp(wanted, at, path[:, 0]), np.interp(wanted, at, path[:, 1])]) - here
    cos, sin = math.cos(pose[2]), math.sin(pose[2])
    point = (float(cos * to[0] + sin * to[1]), float(-sin * to[0] + cos * to[1]))
    return point, float(away[leg])
