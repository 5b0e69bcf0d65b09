"""Runs a replay: the graph as processes, the bag into it, its outputs into another bag."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ai4mars_nav.replay.account import Asked, FrameFate, Outcome
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import FRAME, INPUTS, LEFT_INFO, SAID, TF, TF_STATIC, hearers
from ai4mars_nav.replay.order import Heard, steps
from ai4mars_nav.replay.routes import Routes, find_routes
from ai4mars_nav.replay.source import Raw, Recording
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.errors import StartError
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.ros.runner import Runner
from ai4mars_nav.ros.start import START_PATIENCE, await_active

if TYPE_CHECKING:
    from ai4mars_nav.bags.recorder import Recorder
    from ai4mars_nav.replay.feeder import Feeder
    from ai4mars_nav.replay.player import Player
    from ai4mars_nav.ros.answers import Answers
    from ai4mars_nav.ros.watch import Watch

Say = Callable[[str], None]

WINDOW, TOLERANCE = 10**9, 5_000_000
"""Nanoseconds of log time that are looked ahead, and between the stamps of one frame."""
ALSO = (FRAME, LEFT_INFO, "odom", TF, TF_STATIC)
"""Inputs that are recorded as well, so that the outputs can be looked at alone."""
RECORDED: dict[str, str] = {
    **SAID,
    **{topic: INPUTS[topic] for topic in ALSO},
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
}
BETWEEN = 10**9
"""Nanoseconds between two loops in the recorded bag, whose time goes on."""
LATCHED_FIRST = 0.3
"""Seconds for what is latched to reach the nodes before anything else does."""
LAST_WORDS = 5.0
"""Seconds that nodes are given to tell of the last frames in their diagnostics."""


def conduct(asked: Asked, say: Say) -> Outcome:
    """Replay a bag; all processes have ended then."""
    with Recording(asked.bag) as recording:
        routes = find_routes(asked.bag, recording.kinds, asked.remap)
        if asked.start >= recording.seconds:
            raise ReplayError(
                f"{asked.bag}: is {recording.seconds:.1f} s long, --start is {asked.start:g} s"
            )
        fresh(asked.out)
        with private_domain() as domain, (asked.out / "nodes.log").open("w") as log:
            environment = node_environment(domain)
            # what we hear and say with has to live where the nodes live
            os.environ.update(environment)
            return _replayed(_Run(asked, recording, routes, say), environment, log)


def fresh(out: Path) -> None:
    """Make the folder of a replay; one that holds a replay already is refused."""
    if (out / "bag").exists():
        raise ReplayError(f"{out} holds a replay already: name another folder, or remove it")
    out.mkdir(parents=True, exist_ok=True)


@dataclass
class _Run:
    """What a replay works with."""

    asked: Asked
    recording: Recording
    routes: Routes
    say: Say
    frames: list[FrameFate] = field(default_factory=list)

    @property
    def topics(self) -> list[str]:
        """The bag's topics that are fed."""
        return list(self.routes.by_source)

    @property
    def begin(self) -> int:
        """Log time to begin at."""
        return self.recording.begin + round(self.asked.start * 1e9)

    def messages(self) -> Iterator[Raw]:
        """What is fed in each loop."""
        length = self.asked.duration
        end = None if length is None else self.begin + round(length * 1e9)
        return self.recording.messages(self.topics, self.begin, end)

    def lasting(self) -> list[Raw]:
        """What was said before, and still holds."""
        return self.recording.lasting(self.topics, self.begin) if self.asked.start else []


def _replayed(run: _Run, environment: dict[str, str], log: TextIO) -> Outcome:
    from ai4mars_nav.bags.recorder import Recorder
    from ai4mars_nav.replay.feeder import Feeder
    from ai4mars_nav.replay.player import Player
    from ai4mars_nav.ros.answers import Answers
    from ai4mars_nav.ros.watch import Watch

    def hear(name: str, line: str) -> None:
        log.write(f"{name:>8} | {line}\n")
        log.flush()

    begun = time.monotonic()
    wall = {"start": 0.0, "replay": 0.0}
    end, interrupted = "", False
    with Watch([f"/{spec.name}" for spec in graph.GRAPH]) as watch:
        recorder = Recorder(run.asked.out / "bag", watch.node, RECORDED)
        answers = Answers(recorder)
        player = Player(watch.node, run.routes, run.recording.latched())
        feeder = Feeder(player, answers, watch.hear)
        try:
            with recorder, Runner(run.asked.commands(), environment, hear) as running:
                await_active(watch, running, run.say)
                _await_topics(watch, running, player, answers)
                wall["start"] = time.monotonic() - begun
                run.say(f"all nodes are up after {wall['start']:.0f} s, replaying")
                begun = time.monotonic()
                _play(run, feeder, recorder, running)
                wall["replay"] = time.monotonic() - begun
                _hear_last_words(watch, answers)
        except StartError as error:
            end = f"a process ended: {error}"
        except KeyboardInterrupt:
            end, interrupted = "interrupted", True
    return Outcome(
        asked=run.asked,
        frames=run.frames,
        fed=feeder.fed,
        refused=feeder.refused,
        left_out=run.routes.left_out,
        nodes=answers.nodes,
        recorded=dict(recorder.counts),
        wall=wall,
        end=end or run.recording.broken,
        interrupted=interrupted,
    )


def _play(run: _Run, feeder: Feeder, recorder: Recorder, running: Runner) -> None:
    """All loops, one after the other; the recorded time goes on from one to the next."""
    from ai4mars_nav.replay import at_rate
    from ai4mars_nav.replay.in_lockstep import InLockstep
    from ai4mars_nav.replay.moves import Moves

    lockstep = InLockstep(feeder, Moves(_driver_period(run.asked), run.asked.base_frame))
    for loop in range(run.asked.loops):
        messages = feeder.player.heard(run.messages())
        head = _up_to_first_moving(messages)
        if not head:
            raise ReplayError(f"{run.asked.bag}: holds nothing between start and end")
        recorded = recorder.now
        feeder.answers.clear()
        feeder.player.begin(head[-1].stamp)
        shift = recorded + BETWEEN - feeder.player.now if loop else 0
        feeder.tell_time = partial(_tell_time, recorder, shift)
        feeder.tell_time(feeder.player.now)
        for message in feeder.player.heard(run.lasting()):
            feeder.feed(message)
        feeder.hear(LATCHED_FIRST)
        again = chain(head, messages)
        if run.asked.rate is None:
            fates = lockstep.play(steps(again, WINDOW, TOLERANCE), loop)
        else:
            fates = at_rate.play(feeder, again, run.asked.rate, loop)
        for fate in fates:
            running.check()
            run.frames.append(fate)
            run.say(_in_words(fate, len(run.frames)))


def _tell_time(recorder: Recorder, shift: int, now: int) -> None:
    recorder.now = now + shift


def _up_to_first_moving(messages: Iterator[Heard]) -> list[Heard]:
    """Messages up to the first that bears the time of a moment, not of a mount."""
    head: list[Heard] = []
    for message in messages:
        head.append(message)
        if message.topic != TF_STATIC:
            break
    return head


def _driver_period(asked: Asked) -> int:
    """Nanoseconds between two commands of the driver."""
    from ai4mars_nav.ros.driver_node import DriverSettings

    file = graph.parameter_file(asked.arguments())
    return round(1e9 / settings_in(file, graph.DRIVER, "driver", DriverSettings).rate)


def _await_topics(watch: Watch, running: Runner, player: Player, answers: Answers) -> None:
    """Until everybody hears what is going to be said, and we hear what they say."""
    from ai4mars_nav.ros.acquainted import strangers

    until = time.monotonic() + START_PATIENCE
    while True:
        deaf = [
            topic
            for topic, publisher in player.publishers.items()
            if publisher.get_subscription_count() < hearers(topic) + (topic in ALSO)
        ]
        dumb = [topic for topic in SAID if not watch.node.count_publishers(topic)]
        apart = deaf + dumb + strangers(answers.nodes, player.publishers, dict.fromkeys(SAID, 1))
        if not apart:
            return
        running.check()
        watch.hear(0.1)
        if time.monotonic() > until:
            raise StartError(f"not found within {START_PATIENCE:.0f} s: {', '.join(apart)}")


def _hear_last_words(watch: Watch, answers: Answers) -> None:
    before = {spec.name: answers.nodes[spec.name].times for spec in graph.GRAPH}
    until = time.monotonic() + LAST_WORDS
    while time.monotonic() < until:
        if all(answers.nodes[name].times > times + 1 for name, times in before.items()):
            return
        watch.hear(0.1)


def _in_words(fate: FrameFate, count: int) -> str:
    """`frame 3 at 12.300 s: 7 outputs in 0.20 s`."""
    took = f" in {fate.seconds:.2f} s" if fate.seconds else ""
    words = f"frame {count} at {fate.stamp / 1e9:.3f} s: {len(fate.answered)} outputs{took}"
    if fate.missing:
        words += f"; without {', '.join(fate.missing)}: {fate.why}"
    return words
