"""A tree of frames over time: added edge by edge, looked up with interpolation. No ROS in it."""

from __future__ import annotations

import bisect
import threading
from dataclasses import dataclass, field

from ai4mars_nav.geometry.pose import Pose, interpolate
from ai4mars_nav.ros.convert.pose import StampedPose
from ai4mars_nav.ros.errors import NoTransform
from ai4mars_nav.settings import setting


@dataclass(frozen=True)
class TransformSettings:
    """How long poses are kept, and how far they may be stretched."""

    history: float = setting(30.0, "poses are kept for", unit="s", lo=0.1, hi=600.0)
    hold: float = setting(
        0.1, "the newest pose is used for images this much later", unit="s", lo=0.0, hi=10.0
    )
    wait: float = setting(0.1, "an image waits this long for its pose", unit="s", lo=0.0, hi=10.0)
    gap: float = setting(
        1.0, "poses further apart are not interpolated between", unit="s", lo=0.01, hi=100.0
    )
    jump_back: float = setting(
        1.0, "stamps that go back by more than this clear the edge", unit="s", lo=0.01, hi=100.0
    )


@dataclass
class _Edge:
    parent: str
    static: bool
    stamps: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)


class TransformTree:
    """Where each frame stands in its parent; stamps in nanoseconds. Safe between threads."""

    def __init__(self, settings: TransformSettings) -> None:
        self._settings = settings
        self._edges: dict[str, _Edge] = {}
        self._changed = threading.Condition()

    def add(self, stamped: StampedPose, static: bool = False) -> None:
        """Take one edge of the tree at one time; a new parent or a jump back starts it anew."""
        if stamped.parent == stamped.child or not stamped.child:
            raise NoTransform(f"transform from {stamped.parent!r} to {stamped.child!r}")
        with self._changed:
            edge = self._edges.get(stamped.child)
            if edge is None or edge.parent != stamped.parent or static or edge.static:
                edge = self._edges[stamped.child] = _Edge(stamped.parent, static)
            self._insert(edge, stamped)
            self._changed.notify_all()

    def knows(self, frame: str) -> bool:
        """Whether the frame has a place in the tree."""
        with self._changed:
            return self._knows(frame)

    def lookup(self, parent: str, child: str, stamp: int) -> Pose:
        """Pose of `child` in `parent` at `stamp`, or `NoTransform` saying which edge fails."""
        with self._changed:
            return self._lookup(parent, child, stamp)

    def wait(self, parent: str, child: str, stamp: int, timeout: float) -> Pose:
        """As `lookup`, but give a pose at or after `stamp` `timeout` seconds to arrive.

        Frames that were never heard of are not waited for.
        """
        with self._changed:
            if self._knows(parent) and self._knows(child):
                self._changed.wait_for(lambda: self._covers(parent, child, stamp), timeout)
            return self._lookup(parent, child, stamp)

    def newest(self, parent: str, child: str) -> tuple[int, Pose]:
        """The last time at which the whole way from `child` to `parent` is known, and the pose."""
        with self._changed:
            moving = [e.stamps[-1] for e in self._way(parent, child) if not e.static]
            stamp = min(moving, default=0)
            return stamp, self._lookup(parent, child, stamp)

    def clear(self, now: int) -> None:
        """Forget what moves, as time jumped back to `now`; static edges stay, and so do those
        that were told anew before the jump was noticed."""
        latest = now + int(self._settings.jump_back * 1e9)
        with self._changed:
            self._edges = {
                child: edge
                for child, edge in self._edges.items()
                if edge.static or edge.stamps[-1] <= latest
            }

    def _insert(self, edge: _Edge, stamped: StampedPose) -> None:
        newest = edge.stamps[-1] if edge.stamps else stamped.stamp
        if newest - stamped.stamp > int(self._settings.jump_back * 1e9):
            edge.stamps.clear()
            edge.poses.clear()
        at = bisect.bisect_left(edge.stamps, stamped.stamp)
        if at < len(edge.stamps) and edge.stamps[at] == stamped.stamp:
            edge.poses[at] = stamped.pose
            return
        edge.stamps.insert(at, stamped.stamp)
        edge.poses.insert(at, stamped.pose)
        old = bisect.bisect_left(edge.stamps, edge.stamps[-1] - int(self._settings.history * 1e9))
        del edge.stamps[:old], edge.poses[:old]

    def _knows(self, frame: str) -> bool:
        return frame in self._edges or any(e.parent == frame for e in self._edges.values())

    def _ancestors(self, frame: str) -> list[str]:
        line = [frame]
        while line[-1] in self._edges:
            parent = self._edges[line[-1]].parent
            if parent in line:
                raise NoTransform(f"frames go round in a circle: {' > '.join([*line, parent])}")
            line.append(parent)
        return line

    def _split(self, parent: str, child: str) -> tuple[list[str], list[str]]:
        """The frames from `parent` and from `child` up to, without, their common ancestor."""
        for frame in (parent, child):
            if not self._knows(frame):
                known = sorted({*self._edges, *(e.parent for e in self._edges.values())})
                told = ", ".join(known) or "none: nothing came on odom or /tf"
                raise NoTransform(f"frame {frame!r} is unknown; known are {told}")
        ours, theirs = self._ancestors(parent), self._ancestors(child)
        common = next((frame for frame in theirs if frame in ours), None)
        if common is None:
            raise NoTransform(f"frames {parent!r} and {child!r} are not connected")
        return ours[: ours.index(common)], theirs[: theirs.index(common)]

    def _way(self, parent: str, child: str) -> list[_Edge]:
        return [self._edges[frame] for frames in self._split(parent, child) for frame in frames]

    def _covers(self, parent: str, child: str, stamp: int) -> bool:
        try:
            way = self._way(parent, child)
        except NoTransform:
            return False
        return all(e.static or e.stamps[-1] >= stamp for e in way)

    def _lookup(self, parent: str, child: str, stamp: int) -> Pose:
        up, down = self._split(parent, child)
        return self._chain(up, stamp).inverse() @ self._chain(down, stamp)

    def _chain(self, frames: list[str], stamp: int) -> Pose:
        pose = Pose.identity()
        for frame in frames:
            pose = self._at(frame, stamp) @ pose
        return pose

    def _at(self, child: str, stamp: int) -> Pose:
        edge = self._edges[child]
        if edge.static:
            return edge.poses[-1]
        at = bisect.bisect_left(edge.stamps, stamp)
        if at < len(edge.stamps) and edge.stamps[at] == stamp:
            return edge.poses[at]
        where = f"pose of {child!r} in {edge.parent!r}"
        if at == 0:
            ahead = (edge.stamps[0] - stamp) / 1e9
            raise NoTransform(f"{where}: the image is {ahead:.3f} s older than the oldest pose")
        if at == len(edge.stamps):
            return self._held(edge, stamp, where)
        before, after = edge.stamps[at - 1], edge.stamps[at]
        if after - before > int(self._settings.gap * 1e9):
            raise NoTransform(f"{where}: there is a gap of {(after - before) / 1e9:.3f} s")
        share = (stamp - before) / (after - before)
        return interpolate(edge.poses[at - 1], edge.poses[at], share)

    def _held(self, edge: _Edge, stamp: int, where: str) -> Pose:
        late = (stamp - edge.stamps[-1]) / 1e9
        if late > self._settings.hold:
            raise NoTransform(f"{where}: the newest is {late:.3f} s older than the image")
        return edge.poses[-1]
