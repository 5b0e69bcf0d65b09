"""What a node tells about itself: stage times, counts, ages, and why nothing is published."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from ai4mars_nav.ros.convert.header import header

OK, WARN, ERROR, STALE = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)
_WINDOW = 300
"""Samples that the percentiles of a stage are taken over."""


class Health:
    """Collected while a node works, from any of its threads; ages on the steady clock.

    `news` is called, from the same thread, after something was published or withheld.
    """

    def __init__(self, silence: float, news: Callable[[], None] = lambda: None) -> None:
        self.silence = silence
        self._news = news
        self._lock = threading.Lock()
        self._stages: dict[str, deque[float]] = {}
        self._counts: Counter[str] = Counter()
        self._needed: set[str] = set()
        self._heard: dict[str, float] = {}
        self._published: dict[str, float] = {}
        self._fault = ""
        self._withheld = (ERROR, "", -1.0)
        self._refused = ("", -1.0)
        self._lacking = ""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of the work, in wall seconds."""
        begun = time.perf_counter()
        yield
        self.took(name, time.perf_counter() - begun)

    def took(self, name: str, seconds: float) -> None:
        """Add a duration measured elsewhere."""
        with self._lock:
            self._stages.setdefault(name, deque(maxlen=_WINDOW)).append(seconds)

    def count(self, what: str, times: int = 1) -> None:
        """Count something that happened."""
        with self._lock:
            self._counts[what] += times

    def counts(self) -> dict[str, int]:
        """Everything counted so far."""
        with self._lock:
            return dict(self._counts)

    def expect(self, topic: str) -> None:
        """Without this topic nothing can be published."""
        self._needed.add(topic)

    def heard(self, topic: str) -> None:
        """A message of a topic came in."""
        with self._lock:
            self._heard[topic] = time.monotonic()
            self._counts[f"{topic} received"] += 1

    def published(self, topic: str, lacking: str = "") -> None:
        """A message went out; `lacking` says what it could have had besides."""
        with self._lock:
            self._published[topic] = time.monotonic()
            self._counts[f"{topic} published"] += 1
            self._lacking = lacking
        self._news()

    def withheld(self, reason: str, level: bytes = ERROR) -> None:
        """Nothing went out this time, and why; OK where nothing was asked for."""
        with self._lock:
            self._withheld = (level, reason, time.monotonic())
            self._counts["withheld"] += 1
        self._news()

    def refused(self, reason: str) -> None:
        """A message was refused; others may be good enough to publish from."""
        with self._lock:
            self._refused = (reason, time.monotonic())

    def fault(self, reason: str) -> None:
        """The node cannot work at all until something is done; "" ends the fault."""
        self._fault = reason

    def verdict(self) -> tuple[bytes, str]:
        """Level and the one line."""
        with self._lock:
            now = time.monotonic()
            if self._fault:
                return ERROR, f"nothing is published: {self._fault}"
            for topic in sorted(self._needed):
                if topic not in self._heard:
                    return STALE, f"nothing is published: {topic} has never been received"
                ago = now - self._heard[topic]
                if ago > self.silence:
                    return STALE, f"nothing is published: {topic} is silent for {ago:.1f} s"
            return self._of_flow(now)

    def _of_flow(self, now: float) -> tuple[bytes, str]:
        last = max(self._published.values(), default=-1.0)
        level, reason, when = self._withheld
        if when > last:
            return level, f"nothing is published: {self._with_refusal(reason, now)}"
        refused, when = self._refused
        if when > last and (last < 0.0 or now - last > self.silence):
            return ERROR, f"nothing is published: {refused}"
        if last < 0.0:
            return STALE, "nothing is published yet: the first input is in work"
        if self._lacking:
            return WARN, f"publishing, but {self._with_refusal(self._lacking, now)}"
        if when > last:
            return WARN, f"publishing, but {refused}"
        return OK, f"publishing, last {now - last:.1f} s ago"

    def _with_refusal(self, reason: str, now: float) -> str:
        """What is missing may be what was refused of late: an old pose, where odometry is nan."""
        refused, when = self._refused
        news = refused and now - when <= self.silence and refused not in reason
        return f"{reason}; {refused}" if news else reason

    def values(self) -> dict[str, str]:
        """Stage percentiles, counts and ages, as text."""
        with self._lock:
            now = time.monotonic()
            told = {}
            for name, seconds in self._stages.items():
                p50, p95 = np.percentile(seconds, (50, 95)) * 1e3
                told[f"{name} p50 [ms]"] = f"{p50:.1f}"
                told[f"{name} p95 [ms]"] = f"{p95:.1f}"
            told |= {name: str(number) for name, number in sorted(self._counts.items())}
            for what, times in (("heard", self._heard), ("published", self._published)):
                for topic, moment in times.items():
                    told[f"{topic} {what} ago [s]"] = f"{now - moment:.2f}"
            return told


def to_message(
    node: str, verdict: tuple[bytes, str], values: Mapping[str, str], stamp: int
) -> DiagnosticArray:
    """The DiagnosticArray of one node."""
    level, line = verdict
    status = DiagnosticStatus(
        level=level,
        name=node,
        message=line,
        hardware_id="",
        values=[KeyValue(key=key, value=value) for key, value in values.items()],
    )
    return DiagnosticArray(header=header(stamp, ""), status=[status])
