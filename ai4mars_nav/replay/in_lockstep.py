"""A replay in lockstep: the next message goes in when the nodes have answered the last.

What is said depends on the bag alone then, not on how busy the machine is. So nothing is given up
because it takes long while a node may still answer: the diagnostics tell what is not answered.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ai4mars_nav.replay.account import FrameFate
from ai4mars_nav.replay.feeder import Feeder
from ai4mars_nav.replay.inputs import GOAL, PLAN
from ai4mars_nav.replay.moves import Moves
from ai4mars_nav.replay.order import Heard, Step
from ai4mars_nav.ros.answers import ORDER
from ai4mars_nav.ros.lockstep import PATIENT_MISSES, Lockstep
from ai4mars_nav.ros.told import Counts

PATIENCE = 60.0
"""Seconds that an answer is waited for of which the diagnostics say nothing."""
SETTLE = 0.01
"""Seconds for what was said besides the answers to reach the recorder."""


class InLockstep:
    """Feeds steps and waits, over all loops of a replay."""

    def __init__(self, feeder: Feeder, moves: Moves) -> None:
        self._feeder = feeder
        self._moves = moves
        self._waits = Lockstep(PATIENCE, feeder.hear)

    def play(self, steps: Iterable[Step], loop: int) -> Iterator[FrameFate]:
        """Feed all steps; the fate of each frame as soon as it is known."""
        answers = self._feeder.answers
        for step in steps:
            for message in step.before:
                self._feed_and_follow(message)
            if step.frame is None:
                continue
            before, begun = answers.counts(), time.monotonic()
            answers.clear()
            if self._feeder.feed(step.frame):
                yield self._await(step, step.frame.stamp, loop, before, begun)

    def _feed_and_follow(self, message: Heard) -> None:
        """Feed what is no frame; a goal is answered with a plan, most poses with a command."""
        answers = self._feeder.answers
        before, heard = answers.counts(), answers.heard.copy()
        if not self._feeder.feed(message):
            return
        if message.topic == GOAL:
            answer, awaited = PLAN, [PLAN]
        elif self._moves.is_answered(message):
            # by the pose itself, as it lies in the bag of outputs, its command is known
            answer, awaited = ORDER, [ORDER, message.topic]
        else:
            self._feeder.hear(0.0)
            return

        def is_settled() -> bool:
            if all(answers.heard[topic] > heard[topic] for topic in awaited):
                return answers.all_sent()
            return answers.is_refused(message.topic, before)

        # one that is silent for good, and does not say why, is not waited for on and on
        if self._waits.counts[f"{answer} unanswered"] <= PATIENT_MISSES:
            self._waits.wait(answer, is_settled, _always)

    def _await(self, step: Step, stamp: int, loop: int, before: Counts, begun: float) -> FrameFate:
        answers = self._feeder.answers
        wanted, lacking = self._feeder.expected(step.companions)
        why = ""

        def is_complete() -> bool:
            return answers.is_complete(stamp, wanted)

        def is_in_vain() -> bool:
            nonlocal why
            why = answers.why_not(stamp, wanted, before)
            return bool(why)

        self._waits.wait("frame", is_complete, _always, is_in_vain)
        self._feeder.hear(SETTLE)
        given = answers.given[stamp]
        missing = tuple(sorted(wanted - given))
        why = (why or f"no answer within {PATIENCE:.0f} s") if missing else ""
        took = time.monotonic() - begun
        return FrameFate(stamp, loop, tuple(sorted(given)), missing, why, took, lacking)


def _always() -> bool:
    return True
