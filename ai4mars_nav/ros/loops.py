"""The compiled loops that points and rocks need, loaded once the first classes are out (no ROS in
it).

To load them is half a second of Python, or half a minute where they were never compiled. In a
thread, too, that holds up all else, as Python runs one thread at a time: so it comes second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE = 1.0
"""Seconds for which the first classes are waited for: no image may come for long."""


def load_loops() -> None:
    """Load all that is compiled, which the first points need."""
    from ai4mars_nav.geometry.range_error import RangeError
    from ai4mars_nav.perception.rock_finder import RockFinder
    from ai4mars_nav.perception.rocks import RockSettings

    RockFinder(RockSettings(), (8, 8), 0.01, RangeError(500.0, 0.5))


class Loops:
    """When they are loaded; `failed(error)` hears, from a thread, why they cannot be."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._begin = threading.Event()
        self._wanted = False
        self.begun = False
        """Whether a frame may wait for them by now."""

    def load(self) -> None:
        """Load them now and here."""
        self.begun = True
        load_loops()

    def load_later(self) -> None:
        """Load them in a thread, from `go_on` on."""
        if not self.begun:
            self._begin.clear()
            self._wanted = True
            threading.Thread(target=self._load_later, name="loops", daemon=True).start()

    def go_on(self) -> None:
        """The first classes are out."""
        self.begun = True
        self._begin.set()

    def give_up(self) -> None:
        """They are not wanted any more, unless they are being loaded already."""
        self._wanted = False
        self._begin.set()

    def _load_later(self) -> None:
        self._begin.wait(PATIENCE)
        if not self._wanted:
            return
        try:
            self.load()
        except Exception as error:
            # in a thread nobody else would hear of it
            self._failed(error)
