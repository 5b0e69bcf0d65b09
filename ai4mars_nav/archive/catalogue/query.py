"""What is searched for, as it stands in the address of the page: the address is all there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import urlencode

from ai4mars_nav.archive.catalogue.tables import NUMBERS
from ai4mars_nav.archive.errors import ArchiveError

CHOSEN = ("mission", "instrument", "target", "class", "landmark", "site")
"""Facets that are chosen from, in the order of the page."""
RANGES = ("sol", *NUMBERS)
SORTS = {
    "newest": "newest first",
    "oldest": "oldest first",
    "confidence": "surest class first",
    "novelty": "most novel first",
    "name": "by product id",
}
PAGE = 48
"""Images of a page."""
WORDS = 8
"""Words of a free text; more are refused."""
SURE = 0.9
"""Confidence from which on a landmark counts, as in the paper."""
_LONGEST = 64
_PAGES = 10_000_000
_SPLIT = re.compile(r"[^\w.+-]+")

Range = tuple[float | None, float | None]
_EMPTY: Mapping[str, frozenset[str]] = MappingProxyType({})
_OPEN: Mapping[str, Range] = MappingProxyType({})


class BadQuery(ArchiveError):
    """An address that asks for something that cannot be meant."""


@dataclass(frozen=True)
class Query:
    """One search. Values of a facet are alternatives; facets, ranges and words must all hold."""

    chosen: Mapping[str, frozenset[str]] = field(default_factory=lambda: _EMPTY)
    ranges: Mapping[str, Range] = field(default_factory=lambda: _OPEN)
    """Lowest and highest, both included; an image without the number is in no range."""
    confidence: int = 0
    """Percent from which on a class counts."""
    landmarks: int = 1
    """Landmarks of one class from which on that class counts."""
    text: str = ""
    sort: str = "newest"
    page: int = 1

    @property
    def words(self) -> tuple[str, ...]:
        """Of the text, in lower case: each must begin a word of a name, or the product id."""
        return tuple(dict.fromkeys(word for word in _SPLIT.split(self.text.lower()) if word))

    def pairs(self) -> list[tuple[str, str]]:
        """The query as an address has it, in one order, without what is as it is anyway."""
        told = [(facet, name) for facet in CHOSEN for name in sorted(self.chosen.get(facet, ()))]
        for name in RANGES:
            for end, value in zip(("from", "to"), self.ranges.get(name, (None, None)), strict=True):
                if value is not None:
                    told.append((f"{name}_{end}", f"{value:.10g}"))
        plain = Query()
        told += [("confidence", str(self.confidence))] * (self.confidence != plain.confidence)
        told += [("landmarks", str(self.landmarks))] * (self.landmarks != plain.landmarks)
        told += [("q", self.text)] * bool(self.text)
        told += [("sort", self.sort)] * (self.sort != plain.sort)
        told += [("page", str(self.page))] * (self.page != plain.page)
        return told

    def address(self, path: str = "/") -> str:
        """The page of this query."""
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def with_choice(self, facet: str, name: str, on: bool) -> Query:
        """The same with a value chosen or not, on its first page."""
        names = self.chosen.get(facet, frozenset())
        names = names | {name} if on else names - {name}
        return replace(self, chosen={**self.chosen, facet: names}, page=1)

    def without_range(self, name: str) -> Query:
        """The same without a range, on its first page."""
        ranges = {key: value for key, value in self.ranges.items() if key != name}
        return replace(self, ranges=ranges, page=1)


def read_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """The query of an address; empty fields of a form say nothing, unknown names are refused."""
    chosen: dict[str, set[str]] = {}
    ends: dict[str, dict[str, float]] = {}
    plain: dict[str, str] = {}
    for key, value in pairs:
        value = value.strip()
        name, _, end = key.rpartition("_")
        if not value:
            continue
        if key in CHOSEN:
            chosen.setdefault(key, set()).add(value)
        elif name in RANGES and end in ("from", "to"):
            ends.setdefault(name, {})[end] = _number(key, value)
        elif key in ("confidence", "landmarks", "q", "sort", "page"):
            plain[key] = value
        else:
            raise BadQuery(f"{key[:_LONGEST]!r} is nothing that can be searched for")
    query = Query(
        chosen={facet: frozenset(names) for facet, names in chosen.items()},
        ranges={name: (given.get("from"), given.get("to")) for name, given in ends.items()},
        confidence=_whole("confidence", plain.get("confidence", "0"), 0, 100),
        landmarks=_whole("landmarks", plain.get("landmarks", "1"), 1, 10_000),
        text=plain.get("q", ""),
        sort=plain.get("sort", "newest"),
        page=_whole("page", plain.get("page", "1"), 1, _PAGES),
    )
    if query.sort not in SORTS:
        raise BadQuery(f"sort is {query.sort[:_LONGEST]!r}, must be one of {', '.join(SORTS)}")
    if len(query.words) > WORDS:
        raise BadQuery(f"{len(query.words)} words, at most {WORDS} are looked for at once")
    return query


def percent(confidence: float) -> int:
    """Whole percent that a confidence (0..1) reaches: what the slider compares."""
    return min(max(int(confidence * 100.0 + 1e-4), 0), 100)


def _number(key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise BadQuery(f"{key} is {value[:_LONGEST]!r}, must be a number") from error
    if not abs(number) < 1e15:
        raise BadQuery(f"{key} is {value[:_LONGEST]!r}, must be a number that can be meant")
    return number


def _whole(key: str, value: str, lowest: int, highest: int) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 12:
        raise BadQuery(f"{key} is {value[:_LONGEST]!r}, must be a whole number")
    if not lowest <= int(value) <= highest:
        raise BadQuery(f"{key} is {value}, must be {lowest} to {highest}")
    return int(value)
