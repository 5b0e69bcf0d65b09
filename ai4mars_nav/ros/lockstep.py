"""Waiting for the graph, so that a slow machine gives the same drive; every miss is counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

PATIENT_MISSES = 2
"""Misses in a row after which less patience is left."""
LISTEN = 0.01
"""Seconds between two looks at whether it has come true."""
IMPATIENT = 0.1
"""Share of the patience that is left then, until an answer comes again."""


def _never() -> bool:
    return False


class Lockstep:
    """Waits until something is true while `hear(seconds)` lets messages in."""

    def __init__(self, patience: float, hear: Callable[[float], None]) -> None:
        self._patience = patience
        self._hear = hear
        self._misses: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        """Of each thing waited for: `<what> answered` and `<what> unanswered`."""

    def wait(
        self,
        what: str,
        done: Callable[[], bool],
        go_on: Callable[[], bool],
        in_vain: Callable[[], bool] = _never,
    ) -> bool:
        """Whether `done` came true within patience; stops waiting once `go_on` is false, or once it
        is known that it will not come true, which costs no patience."""
        share = 1.0 if self._misses[what] < PATIENT_MISSES else IMPATIENT
        until = time.monotonic() + share * self._patience
        while not done():
            if not go_on():
                return False
            if in_vain():
                # what was said before that word may still wait beside it
                self._hear(LISTEN)
                if done() or not in_vain():
                    continue
                self.counts[f"{what} unanswered"] += 1
                return False
            left = until - time.monotonic()
            if left <= 0.0:
                self._misses[what] += 1
                self.counts[f"{what} unanswered"] += 1
                return False
            self._hear(min(left, LISTEN))
        self._misses[what] = 0
        self.counts[f"{what} answered"] += 1
        return True
