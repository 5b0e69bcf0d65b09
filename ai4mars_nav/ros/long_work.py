"""Work that takes long, beside the thread that answers for a node; no ROS in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")
Say = Callable[[str], None]


class Stopped(Exception):
    """Nobody waits for the work any more; raised through it, from the `say` that it was given."""


class LongWork(Generic[R]):
    """Runs `work(say)` in a thread of its own, from now on, until it is done or stopped.

    `over()` is called once, from whatever thread, when it is either. Work that was stopped may take
    no notice; what it makes then goes to `discard`.
    """

    def __init__(
        self,
        work: Callable[[Say], R],
        hear: Callable[[str], None],
        over: Callable[[], None],
        discard: Callable[[R], None],
    ) -> None:
        self._work = work
        self._hear = hear
        self._over = over
        self._discard = discard
        self._begun = time.monotonic()
        self._step = "begun"
        self._lock = threading.Lock()
        self._done = False
        self._made: list[R] = []
        self._error: Exception | None = None
        self.stopped = False
        threading.Thread(target=self._run, name="preparation", daemon=True).start()

    def told(self) -> str:
        """How long it has been at it, and the last that it said."""
        return f"getting ready for {time.monotonic() - self._begun:.0f} s: {self._step}"

    def result(self) -> R:
        """What the work made, once, or what it raised; only when it is over and was not stopped."""
        with self._lock:
            if self._error is not None:
                raise self._error
            return self._made.pop()

    def stop(self) -> None:
        """Want no result any more; the work hears of it when it next says something."""
        with self._lock:
            first = not (self._done or self.stopped)
            self.stopped = True
        self._throw_away()
        if first:
            self._over()

    def _run(self) -> None:
        try:
            made = [self._work(self._say)]
        except Exception as error:
            # kept for whoever asks for the result
            made, self._error = [], error
        with self._lock:
            self._made, self._done = made, True
            wanted = not self.stopped
        if wanted:
            self._over()
        else:
            self._throw_away()

    def _say(self, line: str) -> None:
        if self.stopped:
            raise Stopped
        self._step = line
        self._hear(line)

    def _throw_away(self) -> None:
        with self._lock:
            made, self._made = self._made, []
        for each in made:
            self._discard(each)
