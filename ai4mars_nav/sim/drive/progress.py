"""How a drive goes, for the terminal: one line that is written over itself, or one now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from ai4mars_nav.sim.drive.truth_state import Truth

EVERY = 10.0
"""Seconds between two lines where they cannot be written over."""


@dataclass(frozen=True)
class Glance:
    """What a line is made of."""

    truth: Truth
    left: float
    """Metres to the goal."""
    rocks: int
    """Big rocks in the newest frame."""
    says: str
    """The driver's own words."""


class Progress:
    """Shows glances as they come."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._over = out.isatty()
        self._begun: tuple[float, float] | None = None
        self._told_at = -EVERY
        self._length = 0

    def show(self, glance: Glance) -> None:
        """Show one, if it is time."""
        now = self._clock()
        if self._begun is None:
            self._begun = now, glance.truth.time
        if now - self._told_at < (0.2 if self._over else EVERY):
            return
        self._told_at = now
        elapsed = now - self._begun[0]
        pace = (glance.truth.time - self._begun[1]) / elapsed if elapsed > 1.0 else 0.0
        text = line(glance, pace, glance.truth.frames / elapsed if elapsed > 1.0 else 0.0)
        if self._over:
            self._out.write("\r" + text.ljust(self._length))
            self._length = len(text)
        else:
            self._out.write(text + "\n")
        self._out.flush()

    def say(self, text: str) -> None:
        """A line of its own."""
        if self._over and self._length:
            self._out.write("\n")
            self._length = 0
        self._out.write(text + "\n")
        self._out.flush()


def line(glance: Glance, pace: float, rate: float) -> str:
    """`12.3 m to go | driven 4.5 m | ...`."""
    truth = glance.truth
    parts = [
        f"{glance.left:5.1f} m to go",
        f"driven {truth.distance_m:5.1f} m",
        f"slip {100 * truth.slip:3.0f} %",
        f"{truth.energy_j / 1e3:6.1f} kJ",
        f"big rocks {glance.rocks:2d}",
        f"{rate:.1f} frames/s",
        f"{pace:.1f} x real time",
        glance.says,
    ]
    return " | ".join(parts)
