"""Runs a drive: simulator and graph as processes, the goal, the bag, and the end of it all."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.errors import StartError
from ai4mars_nav.ros.runner import Runner
from ai4mars_nav.ros.start import START_PATIENCE, await_active
from ai4mars_nav.sim.drive.errors import DriveError
from ai4mars_nav.sim.drive.progress import Glance, Progress
from ai4mars_nav.sim.drive.referee import End, Referee
from ai4mars_nav.sim.drive.trip import Ground, Outcome, Trip

if TYPE_CHECKING:
    from rclpy.publisher import Publisher

    from ai4mars_nav.bags.recorder import Recorder
    from ai4mars_nav.ros.watch import Watch
    from ai4mars_nav.sim.drive.listener import Listener

SILENCE = 120.0
"""Seconds of the wall clock without a word from the simulator that end a drive."""
BAG = "bag"
ON_LOOKERS = frozenset({graph.TRIAGE.name})
"""A drive goes on without them."""


def conduct(trip: Trip, ground: Ground, progress: Progress) -> Outcome:
    """Drive until the referee, a fault or Ctrl-C ends it; all processes have ended then."""
    with private_domain() as domain, (trip.out / "nodes.log").open("w") as log:
        environment = node_environment(domain)
        # what we hear with has to live where the nodes live
        os.environ.update(environment)
        return _driven(trip, ground, progress, environment, log)


def _driven(
    trip: Trip, ground: Ground, progress: Progress, environment: dict[str, str], log: TextIO
) -> Outcome:
    from ai4mars_nav.bags.recorder import Recorder
    from ai4mars_nav.ros.watch import Watch
    from ai4mars_nav.sim.drive.listener import Listener
    from ai4mars_nav.sim.drive.recorded import RECORDED

    def hear(name: str, line: str) -> None:
        log.write(f"{name:>8} | {line}\n")
        log.flush()

    referee = Referee(ground.rules)
    bag = trip.out / BAG
    begun = time.monotonic()
    wall = {"start": 0.0, "drive": 0.0}
    interrupted = False
    names = [f"/{spec.name}" for spec in graph.GRAPH]
    with Watch(names) as watch:
        recorder = Recorder(bag, watch.node, RECORDED)
        listener = Listener(recorder, referee)
        try:
            commands = trip.commands()
            with recorder, Runner(commands, environment, hear, may_fail=ON_LOOKERS) as running:
                await_active(watch, running, progress.say)
                wall["start"] = time.monotonic() - begun
                progress.say(f"all nodes are up after {wall['start']:.0f} s, driving")
                begun = time.monotonic()
                _send_goal(watch, running, listener, recorder, ground.rules.goal)
                end = _follow(running, watch, listener, referee, progress)
        except StartError as error:
            end = End(False, f"a process ended: {error}")
        except KeyboardInterrupt:
            end, interrupted = End(False, "interrupted"), True
        wall["drive"] = time.monotonic() - begun
    mapped = frozenset(listener.mapped)
    return Outcome(trip, ground, end, referee.truths, bag, mapped, wall, interrupted)


def _send_goal(
    watch: Watch, running: Runner, listener: Listener, recorder: Recorder, goal: tuple[float, float]
) -> None:
    """Once all have found each other: what is lost at the start would make another drive."""
    from geometry_msgs.msg import PoseStamped

    from ai4mars_nav.ros import qos

    publisher = watch.node.create_publisher(PoseStamped, "goal_pose", qos.STREAM)
    until = time.monotonic() + START_PATIENCE
    while apart := _apart(publisher, watch, listener, recorder):
        running.check()
        watch.hear(0.1)
        if time.monotonic() > until:
            raise StartError(f"not found within {START_PATIENCE:.0f} s: {', '.join(apart)}")
    message = PoseStamped()
    message.header.frame_id = "odom"
    message.pose.position.x, message.pose.position.y = goal
    message.pose.orientation.w = 1.0
    publisher.publish(message)


def _apart(goal: Publisher, watch: Watch, listener: Listener, recorder: Recorder) -> list[str]:
    """Who has not found whom yet."""
    from ai4mars_nav.bags.recorder import CLOCK
    from ai4mars_nav.ros.acquainted import TRANSFORMS, strangers
    from ai4mars_nav.sim.drive.recorded import RECORDED

    apart = []
    if goal.get_subscription_count() < 3:  # the planner, the simulator, which waits for it, the bag
        apart.append("us: goal_pose")
    if not recorder.counts[CLOCK]:
        # the simulator finds what the bag listens to in the order in which that was made
        apart.append("sim: bag")
    outside = (*graph.SIM.publishes, *TRANSFORMS, "goal_pose")
    fed = [topic for topic in outside if watch.node.count_publishers(topic)]
    heard = Counter(RECORDED.keys()) + Counter(graph.SIM.subscribes)
    return apart + strangers(listener.nodes, fed, heard)


def _follow(
    running: Runner, watch: Watch, listener: Listener, referee: Referee, progress: Progress
) -> End:
    heard, heard_at = 0, time.monotonic()
    while referee.end is None:
        running.check()
        watch.hear(0.1)
        if len(referee.truths) != heard:
            heard, heard_at = len(referee.truths), time.monotonic()
            truth = referee.truths[-1]
            progress.show(Glance(truth, referee.left(truth), listener.rocks, listener.says))
        elif time.monotonic() - heard_at > SILENCE:
            return End(False, f"the simulator was silent for {SILENCE:.0f} s")
    return referee.end


def fresh(out: Path) -> Path:
    """The folder of a drive, made; one that holds a drive already is refused."""
    if (out / BAG).exists():
        raise DriveError(f"{out} holds a drive already: name another folder, or remove it")
    out.mkdir(parents=True, exist_ok=True)
    return out
