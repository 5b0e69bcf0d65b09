"""What the search page shows beside the images: facets with counts, what is chosen, pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ai4mars_nav.archive.catalogue.query import CHOSEN, PAGE, RANGES, Query
from ai4mars_nav.archive.catalogue.search import Found
from ai4mars_nav.archive.web import search_words as words

FIRST, MOST = 8, 200
"""Values of a facet that are shown at once, and when all are asked for."""
BARS = 60
"""Of the picture of sols."""
GROUND = ("soil", "bedrock", "sand", "big_rock", "rocks")
PLACE = ("drive", "north", "east", "sun", "novelty")


@dataclass(frozen=True)
class Value:
    """A value of a facet: a box to tick."""

    name: str
    shown: str
    count: int
    on: bool


@dataclass(frozen=True)
class Facet:
    """A facet with its values, those that are chosen and the commonest first."""

    key: str
    title: str
    first: tuple[Value, ...]
    more: tuple[Value, ...]
    hidden: int
    """Values that are not even among `more`."""


@dataclass(frozen=True)
class Chip:
    """Something that is asked for, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True)
class Bar:
    """Some sols: place and height in percent, and words."""

    left: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class RangeField:
    """Two fields for the ends of a range."""

    key: str
    title: str
    unit: str
    low: str
    high: str


def facets(query: Query, found: Found) -> list[Facet]:
    """All facets that the result has values of."""
    made = []
    for key in CHOSEN:
        on = query.chosen.get(key, frozenset())
        counts = {**dict.fromkeys(on, 0), **found.counts[key]}
        values = [
            Value(name, words.shown(key, name), count, name in on)
            for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
        values.sort(key=lambda value: not value.on)
        if values:
            first, more = tuple(values[:FIRST]), tuple(values[FIRST:MOST])
            made.append(Facet(key, words.FACETS[key], first, more, len(values[MOST:])))
    return made


def chips(query: Query) -> list[Chip]:
    """Everything that narrows the result."""
    made = [
        Chip(words.shown(facet, name), query.with_choice(facet, name, False).address())
        for facet in CHOSEN
        for name in sorted(query.chosen.get(facet, ()))
    ]
    made += [
        Chip(words.between(name, query.ranges[name]), query.without_range(name).address())
        for name in RANGES
        if name in query.ranges
    ]
    plain = replace(query, page=1)
    if query.confidence:
        text = f"confidence at least {query.confidence} %"
        made.append(Chip(text, replace(plain, confidence=0).address()))
    if query.landmarks > 1:
        text = f"at least {query.landmarks} landmarks"
        made.append(Chip(text, replace(plain, landmarks=1).address()))
    if query.text:
        made.append(Chip(f"“{query.text}”", replace(plain, text="").address()))
    return made


def bars(sols: Mapping[int, int]) -> list[Bar]:
    """The images of all sols in at most BARS bars; the height is a root, so that few are seen."""
    if not sols:
        return []
    lowest, highest = min(sols), max(sols)
    width = -(-(highest - lowest + 1) // BARS)
    sums: dict[int, int] = {}
    for sol, count in sols.items():
        sums[(sol - lowest) // width] = sums.get((sol - lowest) // width, 0) + count
    tallest = max(sums.values())
    step = 100.0 / (max(sums) + 1)
    made = []
    for at, count in sorted(sums.items()):
        first = lowest + at * width
        text = f"sol {first}" if width == 1 else f"sols {first} to {first + width - 1}"
        height = 100.0 * (count / tallest) ** 0.5
        made.append(Bar(at * step, step, height, f"{text}: {count:,}"))
    return made


def fields(query: Query, names: tuple[str, ...]) -> list[RangeField]:
    """The fields of some ranges, as they are filled."""
    made = []
    for name in names:
        low, high = query.ranges.get(name, (None, None))
        ends = ("" if end is None else f"{end:.10g}" for end in (low, high))
        made.append(RangeField(name, *words.RANGES[name], *ends))
    return made


def pages(query: Query, total: int) -> dict[str, str | int]:
    """Addresses of the pages around this one, and which it is."""
    last = max(-(-total // PAGE), 1)
    made: dict[str, str | int] = {"now": query.page, "last": last}
    if query.page > 1:
        made["before"] = replace(query, page=min(query.page - 1, last)).address()
    if query.page < last:
        made["after"] = replace(query, page=query.page + 1).address()
    return made
