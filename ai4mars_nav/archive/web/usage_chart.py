"""The usage by month as bars: the classes that are asked for most, and all others together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = 7
"""Classes with a colour of their own."""
MONTHS = 24
"""Last months that are shown."""
OTHERS = "others"


@dataclass(frozen=True)
class Piece:
    """A part of a month's bar, in percent of the chart."""

    kind: int
    bottom: float
    height: float
    text: str


@dataclass(frozen=True)
class Month:
    """One bar."""

    name: str
    total: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Chart:
    """Months in order, and what the colours stand for."""

    kinds: tuple[str, ...]
    totals: tuple[int, ...]
    months: tuple[Month, ...]
    tallest: int


def chart(months: Mapping[str, Mapping[str, int]]) -> Chart:
    """The chart of queries of each class of each month."""
    shown = dict(list(months.items())[-MONTHS:])
    sums: Counter[str] = Counter()
    for counts in shown.values():
        sums.update(counts)
    kinds = [kind for kind, _ in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))]
    named = kinds[:KINDS]
    rest = sum(sums[kind] for kind in kinds[KINDS:])
    tallest = max((sum(counts.values()) for counts in shown.values()), default=0)
    bars = []
    for name, counts in shown.items():
        parts = [counts.get(kind, 0) for kind in named]
        parts.append(sum(n for kind, n in counts.items() if kind not in named))
        bottom, pieces = 0.0, []
        for at, number in enumerate(parts):
            height = 100.0 * number / tallest if tallest else 0.0
            if number:
                kind = named[at] if at < len(named) else OTHERS
                pieces.append(Piece(at, bottom, height, f"{name}, {kind}: {number:,}"))
            bottom += height
        bars.append(Month(name, sum(parts), tuple(pieces)))
    labels = (*named, OTHERS) if rest else tuple(named)
    totals = (*(sums[kind] for kind in named), rest) if rest else tuple(sums[k] for k in named)
    return Chart(labels, totals, tuple(bars), tallest)
