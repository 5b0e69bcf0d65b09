"""How often something may be tried: waits that grow with failures, and a rate.

Kept in memory, of a bounded number of keys: a restart forgets them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

KEYS = 20_000
"""Keys that are remembered; the longest unused one is forgotten first."""


class GrowingWait:
    """After some failures in a row each further one doubles the wait before the next try."""

    def __init__(self, free: int, longest: float = 900.0) -> None:
        self.free, self.longest = free, longest
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._turn = threading.Lock()

    def wait(self, key: str, now: float) -> float:
        """Seconds until `key` may try, 0 if now."""
        with self._turn:
            _, until = self._failures.get(key, (0, 0.0))
        return max(0.0, until - now)

    def failed(self, key: str, now: float) -> None:
        """It was tried in vain."""
        with self._turn:
            count = self._failures.pop(key, (0, 0.0))[0] + 1
            over = count - self.free
            wait = min(self.longest, 2.0**over) if over >= 0 else 0.0
            self._failures[key] = count, now + wait
            while len(self._failures) > KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Its failures are forgotten."""
        with self._turn:
            self._failures.pop(key, None)


@dataclass
class _Bucket:
    left: float
    at: float


class Rate:
    """So many a second, and a number at once."""

    def __init__(self, per_second: float, at_once: int) -> None:
        self.per_second, self.at_once = per_second, at_once
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, key: str, now: float) -> float:
        """0 if `key` may go on, and that is counted; else the seconds that it has to wait."""
        with self._turn:
            bucket = self._buckets.pop(key, _Bucket(float(self.at_once), now))
            gained = (now - bucket.at) * self.per_second
            left = min(float(self.at_once), bucket.left + gained)
            may = left >= 1.0
            self._buckets[key] = _Bucket(left - 1.0 if may else left, now)
            while len(self._buckets) > KEYS:
                self._buckets.popitem(last=False)
        return 0.0 if may else (1.0 - left) / self.per_second
