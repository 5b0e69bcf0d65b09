"""Follows a path with the arcs that the clearance check allows, or stops and says why.

The curvature that leads to a point ahead on the path is driven if the arcs beside it are clear,
else the nearest clear arc. A rover that looks the wrong way turns: in place if it can, else on its
tightest arc, backward where forward is barred or the point lies inside its turning circle; it
backs out, too, where every arc ahead is vetoed. One that turns in place first turns to where the
path leaves it. One that is told to move and does not (headway.py) leaves the way it came, and says
where it was stuck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.arcs import Arcs, Floats, tightest_curvature, turns_in_place
from ai4mars_nav.planning.clearance import ArcVerdict
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.headway import Headway, HeadwaySettings, Placed
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

_AHEAD, _BACK = 1, -1
LEAVES_AT = 0.5
"""Metres along the path that tell where it leaves the rover."""
BACK_OUT = 0.8
"""Metres that a rover which turns in place backs out before it tries again."""


@dataclass(frozen=True)
class FollowerSettings:
    """How a path is followed and when the rover rather stops."""

    lookahead: float = setting(1.5, "distance of the point steered to", unit="m", lo=0.1, hi=20.0)
    goal_tolerance: float = setting(0.3, "arrived when nearer", unit="m", lo=0.01, hi=10.0)
    clear_distance: float = setting(2.0, "free way wanted on an arc", unit="m", lo=0.1, hi=20.0)
    least_clear: float = setting(0.5, "free way an arc must have", unit="m", lo=0.05, hi=10.0)
    slow_distance: float = setting(1.0, "slows within, of goal or end of clear arc", unit="m", lo=0)
    least_speed_share: float = setting(0.25, "slowest drive over max_speed", lo=0.05, hi=1.0)
    turn_first_deg: float = setting(60.0, "off by more, turn first", unit="deg", lo=10, hi=170)
    turned_deg: float = setting(15.0, "off by less, turned enough", unit="deg", lo=1, hi=90)
    map_timeout: float = setting(3.0, "oldest map to drive on", unit="s", lo=0.05, hi=600.0)
    plan_timeout: float = setting(10.0, "oldest plan to follow", unit="s", lo=0.05, hi=3600.0)
    pose_timeout: float = setting(0.5, "oldest pose to steer by", unit="s", lo=0.01, hi=60.0)
    jump_distance: float = setting(0.5, "a pose farther than it could drive", unit="m", lo=0.01)
    jump_turn_deg: float = setting(30.0, "a turn farther than it could", unit="deg", lo=1, hi=180)
    off_path: float = setting(2.0, "farthest from the path", unit="m", lo=0.1, hi=100.0)


@dataclass(frozen=True)
class Command:
    """What the drive should do: metres and radians per second, and why in one line."""

    linear: float
    angular: float
    reason: str
    stopped: bool = False
    arrived: bool = False
    stuck_at: tuple[float, float] | None = None
    """x, y in the frame of the path of what the rover did not get over, in the one command after
    that was found out."""


@dataclass(frozen=True)
class Situation:
    """What the follower knows at `now`; all stamps in seconds of one clock, None is missing."""

    now: float
    pose: tuple[float, float, float] | None
    """x, y in metres and yaw in radians, in the frame of the path."""
    pose_stamp: float
    path: NDArray[np.float64] | None
    """(n, 2) metres from start to goal."""
    path_stamp: float
    map_stamp: float | None
    verdicts: list[ArcVerdict]
    """One per candidate arc, judged from `pose`."""


class Follower:
    """Turns one situation after another into commands; remembers the last pose and manoeuvre."""

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
        self._headway = Headway(headway or HeadwaySettings(), rover)
        self._told = (0.0, 0.0)
        """The last command, linear and angular."""
        self._freeing: tuple[Placed, int] | None = None
        """Where the rover was stuck, and whether it leaves _AHEAD or _BACK."""
        self._last: tuple[float, tuple[float, float, float]] | None = None
        self._turning = 0
        self._leg = 0
        """Leg of a turn on arcs that is driven until it is barred: _AHEAD, _BACK or 0 for none."""
        self._backed_from: tuple[float, float] | None = None
        """Where backing out began, for a rover that turns in place."""

    def command(self, situation: Situation) -> Command:
        """The next command; linear and angular are 0 whenever `stopped`."""
        barred = self._barred(situation)
        if barred or situation.pose is None or situation.path is None:
            command = _stop(barred)
        else:
            command = self._allowed(situation, situation.pose, situation.path)
        if command.stopped:
            self._headway.forget()
        self._told = command.linear, command.angular
        return command

    def _allowed(self, situation: Situation, pose: Placed, path: NDArray[np.float64]) -> Command:
        """The next command of a rover that may move."""
        if len(situation.verdicts) != len(self.arcs):
            raise PlanningError(
                f"{len(situation.verdicts)} verdicts for {len(self.arcs)} candidate arcs"
            )
        goal = path[-1]
        remaining = math.hypot(goal[0] - pose[0], goal[1] - pose[1])
        if remaining <= self.settings.goal_tolerance:
            self._turning = self._leg = 0
            return Command(0.0, 0.0, "arrived", stopped=True, arrived=True)
        clear = np.array([verdict.clear for verdict in situation.verdicts])
        if self._headway.lost(situation.pose_stamp, pose, *self._told):
            return self._stuck(pose, clear)
        if self._freeing is not None:
            command = self._get_free(pose, clear)
            if command is not None:
                return command
        target, away = _ahead(path, pose, self.settings.lookahead)
        if away > self.settings.off_path:
            return _stop(f"{away:.1f} m off the path, more than off_path; waiting for a new plan")
        # a rover that turns in place turns to where the path leaves it: turned to a point farther
        # on, it would be barred by what the path goes round, and turn back
        reach = LEAVES_AT if turns_in_place(self.rover) else self.settings.lookahead
        near, _ = _ahead(path, pose, reach)
        bearing = math.atan2(near[1], near[0])
        command = self._steer(target, bearing, remaining, clear, situation.verdicts)
        if not turns_in_place(self.rover):
            return command
        if not command.stopped and self._backed_from is None:
            return command
        return self._turn_out(bearing, pose, clear) or command

    def _stuck(self, pose: Placed, clear: Floats) -> Command:
        """Begin to leave the way the rover came; what held it lies before its wheels, or, if it
        turned in place, under it."""
        came = math.copysign(1.0, self._told[0]) if self._told[0] else 0.0
        reach = came * (0.5 * self.rover.wheelbase + self.rover.wheel_radius)
        place = pose[0] + reach * math.cos(pose[2]), pose[1] + reach * math.sin(pose[2])
        self._turning = self._leg = 0
        self._backed_from = None
        for direction in (_AHEAD, _BACK) if came < 0.0 else (_BACK, _AHEAD):
            self._freeing = pose, direction
            command = self._get_free(pose, clear)
            if command is not None:
                return replace(command, stuck_at=place)
        return replace(_stop("told to move, it does not, and no way out is clear"), stuck_at=place)

    def _get_free(self, pose: Placed, clear: Floats) -> Command | None:
        """Drive out of where the rover was stuck, None when it is out or that way is barred."""
        assert self._freeing is not None
        begun, direction = self._freeing
        arcs = np.flatnonzero(self.arcs.direction == direction)
        straight = arcs[np.argsort(np.abs(self.arcs.curvature[arcs]), kind="stable")]
        good = straight[clear[straight] >= min(self.settings.least_clear, BACK_OUT)]
        if math.dist(begun[:2], pose[:2]) >= BACK_OUT or not good.size:
            self._freeing = None
            return None
        arc = int(good[0])
        return self._drive(
            arc, clear[arc], math.inf, "told to move, it did not: leaving that place"
        )

    def _barred(self, situation: Situation) -> str:
        """Why the rover must not move, empty if it may."""
        limits, now = self.settings, situation.now
        if situation.pose is None:
            self._last = None
            return "no pose"
        if not all(math.isfinite(value) for value in situation.pose):
            return f"pose {situation.pose} is not finite"
        before, self._last = self._last, (situation.pose_stamp, situation.pose)
        if now - situation.pose_stamp > limits.pose_timeout:
            return _stale("pose", now - situation.pose_stamp, limits.pose_timeout)
        if before is not None:
            jump = self._jump(before, (situation.pose_stamp, situation.pose))
            if jump:
                self._turning = self._leg = 0
                return jump
        if situation.map_stamp is None:
            return "no map"
        if now - situation.map_stamp > limits.map_timeout:
            return _stale("map", now - situation.map_stamp, limits.map_timeout)
        if situation.path is None or len(situation.path) == 0:
            return "no plan"
        if not np.isfinite(situation.path).all():
            return "the plan holds points that are not finite"
        if now - situation.path_stamp > limits.plan_timeout:
            return _stale("plan", now - situation.path_stamp, limits.plan_timeout)
        return ""

    def _jump(
        self,
        before: tuple[float, tuple[float, float, float]],
        after: tuple[float, tuple[float, float, float]],
    ) -> str:
        """What makes two stamped poses in a row unbelievable, empty if nothing does."""
        elapsed = after[0] - before[0]
        if elapsed < 0.0:
            return f"pose stamps went back by {-elapsed:.2f} s"
        moved = math.hypot(after[1][0] - before[1][0], after[1][1] - before[1][1])
        turned = abs(_wrapped(after[1][2] - before[1][2]))
        if moved > self.settings.jump_distance + 2.0 * self.rover.max_speed * elapsed:
            return f"pose jumped by {moved:.2f} m in {elapsed:.2f} s"
        allowed = math.radians(self.settings.jump_turn_deg)
        if turned > allowed + 2.0 * self.rover.max_turn_rate * elapsed:
            return f"pose turned by {math.degrees(turned):.0f} deg in {elapsed:.2f} s"
        return ""

    def _steer(
        self,
        target: tuple[float, float],
        bearing: float,
        remaining: float,
        clear: Floats,
        verdicts: list[ArcVerdict],
    ) -> Command:
        """Toward `target`, x and y in base_link; `bearing` is that which is turned to first."""
        off = math.degrees(abs(bearing))
        if off > self.settings.turn_first_deg and self._turning == 0:
            self._turning = 1 if bearing > 0.0 else -1
        elif off < self.settings.turned_deg and self._leg != _BACK:
            self._turning = self._leg = 0
        distance = math.hypot(*target)
        wanted = min(self.settings.clear_distance, max(remaining, self.settings.least_clear))
        if self._turning and turns_in_place(self.rover):
            command = self._turn_in_place(clear, bearing)
            if command is not None:
                return command
        elif self._turning:
            command = self._turn_on_arcs(target, bearing, wanted, clear)
            if command is not None:
                return command
        curvature = 2.0 * math.sin(math.atan2(target[1], target[0])) / max(distance, 1e-6)
        command = self._follow(curvature, wanted, remaining, clear, verdicts)
        if command.stopped and not turns_in_place(self.rover):
            return self._back_out(bearing, clear) or command
        return command

    def _back_out(self, bearing: float, clear: Floats) -> Command | None:
        """Begin a turn on arcs, backward, where every arc ahead is vetoed: room is behind."""
        side = 1 if bearing > 0.0 else -1
        for turning in (side, -side):
            arc = self._tightest_clear(-turning, _BACK, self.settings.least_clear, clear)
            if arc >= 0:
                self._turning, self._leg = turning, _BACK
                return self._drive(arc, clear[arc], math.inf, "backing, every arc ahead is vetoed")
        return None

    def _turn_out(
        self, bearing: float, pose: tuple[float, float, float], clear: Floats
    ) -> Command | None:
        """Where every arc ahead is vetoed: back out to the end once begun, else turn to where the
        path leaves, else begin to back out."""
        begun = self._backed_from
        if begun is None and abs(bearing) > math.radians(self.settings.turned_deg):
            self._turning = 1 if bearing > 0.0 else -1
            command = self._turn_in_place(clear, bearing)
            if command is not None:
                return command
        if begun is None:
            begun = self._backed_from = pose[:2]
        backward = np.flatnonzero(self.arcs.direction == _BACK)
        if math.dist(begun, pose[:2]) < BACK_OUT and backward.size:
            straight = backward[np.argsort(np.abs(self.arcs.curvature[backward]), kind="stable")]
            good = straight[clear[straight] >= min(self.settings.least_clear, BACK_OUT)]
            if good.size:
                arc = int(good[0])
                return self._drive(arc, clear[arc], math.inf, "backing out, all ahead is vetoed")
        self._backed_from = None
        return None

    def _turn_in_place(self, clear: Floats, bearing: float) -> Command | None:
        """Turn toward the bearing if the turn is clear that far, else the other way round."""
        for side in (self._turning, -self._turning):
            arc = int(np.flatnonzero(self.arcs.turn * side > 0.0)[0])
            whole = self.arcs.travelled[arc, -1]
            needed = (
                min(abs(bearing) / abs(self.arcs.turn[arc]), 1.0) if side * bearing > 0 else 1.0
            )
            if clear[arc] >= needed * whole - 1e-9:
                self._turning = side
                slow = min(1.0, max(abs(bearing) / 0.5, self.settings.least_speed_share))
                return Command(0.0, side * slow * self.rover.max_turn_rate, "turning in place")
        return None

    def _turn_on_arcs(
        self, target: tuple[float, float], bearing: float, wanted: float, clear: Floats
    ) -> Command | None:
        """Tightest arc toward the target, backward when that is barred or can never reach it."""
        side = self._turning or (1 if bearing > 0.0 else -1)
        radius = 1.0 / tightest_curvature(self.rover)
        # once backing, back until the point is well outside the circle
        inside = math.hypot(target[0], target[1] - side * radius) < radius * (
            1.1 if self._leg == _BACK else 0.98
        )
        least = self.settings.least_clear
        if self._leg == _AHEAD and not (clear[self.arcs.direction == 1] >= least).any():
            self._leg = 0
        backward = self._tightest_clear(-side, -1, least, clear)
        may_back = backward >= 0 and self._leg != _AHEAD
        if may_back and self._leg == _BACK:
            least = wanted
        forward = self._tightest_clear(side, 1, least, clear)
        if forward >= 0 and not (inside and may_back):
            self._leg = _AHEAD if inside else 0
            return self._drive(forward, clear[forward], math.inf, "turning on a tight arc")
        if may_back:
            self._leg = _BACK
            return self._drive(backward, clear[backward], math.inf, "backing to turn")
        self._leg = _AHEAD
        return None

    def _follow(
        self,
        curvature: float,
        wanted: float,
        remaining: float,
        clear: Floats,
        verdicts: list[ArcVerdict],
    ) -> Command:
        """Drive the curvature, or the nearest clear arc; stop where none is."""
        forward = np.flatnonzero(self.arcs.direction == 1)
        tightest = self.arcs.curvature[forward].max()
        curvature = min(max(curvature, -tightest), tightest)
        order = forward[np.argsort(np.abs(self.arcs.curvature[forward] - curvature))]
        for least in (wanted, min(wanted, self.settings.least_clear)):
            good = order[clear[order] >= np.minimum(least, self.arcs.travelled[order, -1])]
            if good.size:
                break
        else:
            nearest = verdicts[int(order[0])]
            return _stop(
                f"all arcs vetoed; the one wanted: {nearest.reason} after {nearest.clear:.1f} m"
            )
        best = int(good[0])
        if np.array_equal(good[:2], order[:2]):  # clear on both sides of the curvature wanted
            return self._go(curvature, 1, clear[best], remaining, "following the path")
        return self._drive(best, clear[best], remaining, "around what the clearance check vetoed")

    def _tightest_clear(self, side: int, direction: int, least: float, clear: Floats) -> int:
        """Index of the tightest arc to a side (1 left) that is clear for `least`, -1 if none is."""
        curving = self.arcs.curvature * side > 1e-9
        good = np.flatnonzero((self.arcs.direction == direction) & curving & (clear >= least))
        if good.size == 0:
            return -1
        return int(good[np.argmax(np.abs(self.arcs.curvature[good]))])

    def _drive(self, arc: int, clear: float, remaining: float, reason: str) -> Command:
        direction = int(self.arcs.direction[arc])
        return self._go(float(self.arcs.curvature[arc]), direction, clear, remaining, reason)

    def _go(
        self, curvature: float, direction: int, clear: float, remaining: float, reason: str
    ) -> Command:
        """Speed within the limits of turn rate, room and distance to the goal."""
        speed = self.rover.max_speed
        room = min(remaining, clear)
        if room < self.settings.slow_distance:
            speed *= max(room / self.settings.slow_distance, self.settings.least_speed_share)
        if curvature != 0.0:
            speed = min(speed, self.rover.max_turn_rate / abs(curvature))
        return Command(direction * speed, direction * speed * curvature, reason)


def _stop(reason: str) -> Command:
    return Command(0.0, 0.0, reason, stopped=True)


def _stale(what: str, age: float, limit: float) -> str:
    return f"{what} is {age:.1f} s old, more than {limit:.1f} s"


def _wrapped(angle: float) -> float:
    return math.remainder(angle, 2.0 * math.pi)


def _ahead(
    path: NDArray[np.float64], pose: tuple[float, float, float], lookahead: float
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
