"""Connections that are one thread's each, and end with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closes(Protocol):
    """A connection."""

    def close(self) -> object:
        """Give back what it holds."""
        ...


C = TypeVar("C", bound=Closes)


class PerThread(Generic[C]):
    """A connection a thread, made when it first asks.

    Threads of a server come and go, and a connection does not notice that its thread has ended:
    whoever needs a new one closes those that are left behind.
    """

    def __init__(self, connect: Callable[[], C]) -> None:
        self._connect = connect
        self._turn = threading.Lock()
        self._of: dict[threading.Thread, C] = {}

    def mine(self) -> C:
        """This thread's own."""
        thread = threading.current_thread()
        kept = self._of.get(thread)
        if kept is not None:
            return kept
        made = self._connect()
        with self._turn:
            for other in [other for other in self._of if not other.is_alive()]:
                self._of.pop(other).close()
            self._of[thread] = made
        return made

    def drop(self) -> None:
        """Forget this thread's: the next time it asks, it gets a new one."""
        with self._turn:
            kept = self._of.pop(threading.current_thread(), None)
        if kept is not None:
            kept.close()

    def close(self) -> None:
        """Close all of them."""
        with self._turn:
            while self._of:
                self._of.popitem()[1].close()
