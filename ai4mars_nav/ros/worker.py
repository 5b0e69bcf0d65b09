"""One thread for a node's heavy work: while it is busy, the newest job replaces the waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

J = TypeVar("J")


class Worker(Generic[J]):
    """Runs `work(job)` in its own thread; `failed(error)` hears of what it raised."""

    def __init__(
        self, name: str, work: Callable[[J], None], failed: Callable[[Exception], None]
    ) -> None:
        self._work = work
        self._failed = failed
        self._wake = threading.Condition()
        self._waiting: list[J] = []
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: J) -> bool:
        """Do this job next; True when it replaced one that had not begun."""
        with self._wake:
            replaced = bool(self._waiting)
            self._waiting[:] = [job]
            self._wake.notify()
        return replaced

    def drop(self) -> None:
        """Forget the job that waits, if any."""
        with self._wake:
            self._waiting.clear()

    def end(self, timeout: float = 5.0) -> bool:
        """Finish the job in work and stop; False when it did not within `timeout` seconds."""
        with self._wake:
            self._ended = True
            self._waiting.clear()
            self._wake.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._ended:
                    self._wake.wait()
                if self._ended:
                    return
                job = self._waiting.pop()
            try:
                self._work(job)
            except Exception as error:
                # told to the node, which names it in log and diagnostics: a thread that
                # died silently would look like a camera that stopped
                self._failed(error)
