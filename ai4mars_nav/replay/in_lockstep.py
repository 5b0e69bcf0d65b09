"""A replay in lockstep: the next frame goes in when the nodes have answered the last."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from ai4mars_nav.replay.account import FrameFate
from ai4mars_nav.replay.feeder import Feeder
from ai4mars_nav.replay.moves import Moves
from ai4mars_nav.replay.order import Heard, Step
from ai4mars_nav.ros.lockstep import PATIENT_MISSES, Lockstep

FRAME_PATIENCE, ORDER_PATIENCE = 60.0, 3.0
"""Seconds that an answer is waited for; the diagnostics mostly tell earlier that none comes."""
SETTLE = 0.01
"""Seconds for what the graph has published to reach all of it before time goes on."""


class InLockstep:
    """Feeds steps and waits, over all loops of a replay."""

    def __init__(self, feeder: Feeder, moves: Moves) -> None:
        self._feeder = feeder
        self._moves = moves
        self._frames = Lockstep(FRAME_PATIENCE, feeder.hear)
        self._orders = Lockstep(ORDER_PATIENCE, feeder.hear)

    def play(self, steps: Iterable[Step], loop: int) -> Iterator[FrameFate]:
        """Feed all steps; the fate of each frame as soon as it is known."""
        for step in steps:
            for message in step.before:
                self._feed_and_follow(message)
            if step.frame is None:
                continue
            before, begun = self._feeder.answers.fates(), time.monotonic()
            if self._feeder.feed(step.frame):
                yield self._await(step, step.frame.stamp, loop, before, begun)

    def _feed_and_follow(self, message: Heard) -> None:
        """Feed what is no frame; if the driver answers it, wait for its command."""
        answers, given = self._feeder.answers, self._feeder.answers.orders
        if not self._feeder.feed(message) or not self._moves.is_answered(message):
            self._feeder.hear(0.0)
        elif self._orders.counts["order unanswered"] <= PATIENT_MISSES:
            # a driver that knows another frame of the rover never answers
            self._orders.wait("order", lambda: answers.orders > given, lambda: True)

    def _await(
        self, step: Step, stamp: int, loop: int, before: dict[str, Counter[str]], begun: float
    ) -> FrameFate:
        answers = self._feeder.answers
        wanted, lacking = self._feeder.expected(step.companions)
        given = answers.given[stamp]
        reasons = [""]

        def is_settled() -> bool:
            reasons[0] = answers.why_dropped(before) or answers.why_incomplete(stamp, wanted)
            return wanted <= given or bool(reasons[0])

        self._frames.wait("frame", is_settled, lambda: True)
        # what was said together with the last answer is on its way
        self._feeder.hear(SETTLE)
        missing = tuple(sorted(wanted - given))
        why = (reasons[0] or f"no answer within {FRAME_PATIENCE:.0f} s") if missing else ""
        took = time.monotonic() - begun
        return FrameFate(stamp, loop, tuple(sorted(given)), missing, why, took, lacking)
