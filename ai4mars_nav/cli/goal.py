"""`ai4mars goal X Y`: tell the planner where to go, and say what it answers."""

from __future__ import annotations

import argparse
import itertools
import math
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment

if TYPE_CHECKING:
    from geometry_msgs.msg import PoseStamped
    from nav_msgs.msg import Path

    from ai4mars_nav.ros.watch import Watch

HELP = "send the rover to a place and print the path that the planner answers with"
GOAL, PLAN = "goal_pose", "plan"
UNREACHED = 1
"""Exit code when no path came."""
STEP = 0.1
"""Seconds between two looks at the answer."""
REACHED = 0.01
"""Metres from the goal within which a path ends at it."""
BESIDE = 2.0
"""Metres: a path that ends farther from the goal ends at the edge of the map."""
AGAIN = 0.5
"""Seconds after which it is said again, until an answer comes."""
SETTLED = 1.0
"""Seconds after which a path that ends elsewhere is the answer too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The place, and which graph is meant."""
    parser.add_argument("x", type=_metres, help="metres in the frame")
    parser.add_argument("y", type=_metres, help="metres in the frame")
    parser.add_argument("--frame", default="odom", help="frame of the place (default: odom)")
    parser.add_argument("--namespace", default="", help=graph.MEANINGS["namespace"])
    parser.add_argument("--domain", type=int, help="ROS_DOMAIN_ID, if not that of the environment")
    parser.add_argument(
        "--wait", type=float, default=10.0, help="seconds to wait for the path (default: 10)"
    )


def _metres(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{word} is not a place")
    return value


def run(args: argparse.Namespace) -> int:
    """Publish the goal and wait for a path to it; 1 and the planner's reason if none comes."""
    os.environ.update(node_environment(args.domain))
    from ai4mars_nav.ros.watch import Watch

    prefix = graph.absolute(args.namespace).rstrip("/")
    planner = f"{prefix}/{graph.PLANNER.name}"
    with Watch([planner]) as watch:
        path = _ask(watch, prefix, args)
        if path is not None:
            print(_told(path, args))
            return 0
        reason = watch.told.get(planner, f"{planner} is not heard: is the graph up?")
    place = f"({args.x:g}, {args.y:g}) in {args.frame}"
    print(f"no path to {place} within {args.wait:g} s; the planner, whose log names a goal that")
    print(f"it refuses, says: {reason}")
    return UNREACHED


def _ask(watch: Watch, prefix: str, args: argparse.Namespace) -> Path | None:
    """The path that answers the goal; those to an earlier goal may still be on their way."""
    from geometry_msgs.msg import PoseStamped
    from nav_msgs.msg import Path

    from ai4mars_nav.ros import qos

    paths: list[Path] = []
    publisher = watch.node.create_publisher(PoseStamped, f"{prefix}/{GOAL}", qos.STREAM)
    watch.node.create_subscription(Path, f"{prefix}/{PLAN}", paths.append, qos.LATCHED)
    until = time.monotonic() + args.wait
    while not publisher.get_subscription_count() and time.monotonic() < until:
        watch.hear(STEP)
    message = PoseStamped()
    message.header.frame_id = args.frame
    message.pose.position.x, message.pose.position.y = args.x, args.y
    message.pose.orientation.w = 1.0
    begun, said = time.monotonic(), -math.inf
    while (now := time.monotonic()) < until:
        # a planner that is only half discovered misses it, one that has no pose yet refuses it
        if now > said + AGAIN:
            publisher.publish(message)
            said = now
        paths.clear()
        watch.hear(STEP)
        newest = paths[-1].poses if paths else []
        if newest and (_short(newest, args) < REACHED or time.monotonic() > begun + SETTLED):
            return paths[-1]
    return None


def _short(poses: Sequence[PoseStamped], args: argparse.Namespace) -> float:
    """Metres from the end of a path to the goal."""
    end = poses[-1].pose.position
    return math.hypot(end.x - args.x, end.y - args.y)


def _told(path: Path, args: argparse.Namespace) -> str:
    """`12.3 m in 7 points: (0.0, 0.0) to (12.0, 0.0) in odom`, and how far short of the goal."""
    places = [(pose.pose.position.x, pose.pose.position.y) for pose in path.poses]
    length = sum(math.dist(*pair) for pair in itertools.pairwise(places))
    (first_x, first_y), (last_x, last_y) = places[0], places[-1]
    short = _short(path.poses, args) if path.header.frame_id == args.frame else 0.0
    why = "is off the map" if short > BESIDE else "looks lethal from here"
    ends = f"; the goal {why}, {short:.1f} m beyond its end" if short > REACHED else ""
    return (
        f"{length:.1f} m in {len(places)} points: ({first_x:.1f}, {first_y:.1f}) to "
        f"({last_x:.1f}, {last_y:.1f}) in {path.header.frame_id}{ends}"
    )
