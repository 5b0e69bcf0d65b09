"""What every label is: a tree of named blocks with keywords, read by name and by type.

PDS3, VICAR and PDS4 labels all become this, so that one place knows what keywords mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from ai4mars_nav.pds.errors import PdsError

ABSENT = frozenset({"N/A", "UNK", "NULL", "UNKNOWN", "NONE", ""})
"""How labels write that a keyword has no value."""


class Quantity(NamedTuple):
    """A number with the unit that the label gives it, without its brackets."""

    value: int | float
    unit: str


Value = int | float | str | Quantity | tuple["Value", ...]


@dataclass
class Block:
    """A group or object: keywords with their values, and the blocks inside it, in order."""

    name: str
    values: dict[str, Value] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    contradicted: set[str] = field(default_factory=set)
    """Keywords that are stated again with another value."""

    def state(self, keyword: str, value: Value) -> None:
        """Add a keyword; the first value stays, another one later is remembered."""
        if self.values.setdefault(keyword, value) != value:
            self.contradicted.add(keyword)

    def walk(self) -> Iterator[Block]:
        """This block and all inside it, outer ones first."""
        waiting = [self]
        while waiting:
            block = waiting.pop(0)
            yield block
            waiting.extend(block.blocks)


@dataclass(frozen=True)
class Section:
    """A block of a file's label; every question that it cannot answer names both."""

    path: Path
    block: Block

    def has(self, keyword: str) -> bool:
        """Whether the keyword is there with a value."""
        return keyword in self.block.values and not _absent(self.block.values[keyword])

    def value(self, keyword: str) -> Value:
        """The value of a keyword, which must be there."""
        if not self.has(keyword):
            raise self.error(keyword, "missing")
        if keyword in self.block.contradicted:
            raise self.error(keyword, "stated twice, with different values")
        return self.block.values[keyword]

    def text(self, keyword: str, default: str | None = None) -> str:
        """A word or string; numbers as they are written."""
        if default is not None and not self.has(keyword):
            return default
        value = self.value(keyword)
        if isinstance(value, Quantity):
            return str(value.value)
        if isinstance(value, tuple):
            raise self.error(keyword, f"{_shown(value)} is not one word")
        return str(value)

    def number(self, keyword: str, default: float | None = None) -> float:
        """A finite number, its unit left off."""
        if default is not None and not self.has(keyword):
            return default
        return self._finite(keyword, self.value(keyword))

    def integer(self, keyword: str, default: int | None = None) -> int:
        """A whole number."""
        if default is not None and not self.has(keyword):
            return default
        return self._whole(keyword, self.value(keyword))

    def numbers(self, keyword: str, count: int) -> tuple[float, ...]:
        """A sequence of exactly `count` finite numbers."""
        values = self._sequence(keyword)
        if len(values) != count:
            raise self.error(keyword, f"has {len(values)} numbers, must have {count}")
        return tuple(self._finite(keyword, each) for each in values)

    def integers(self, keyword: str) -> tuple[int, ...]:
        """A sequence of whole numbers, or one of them."""
        return tuple(self._whole(keyword, each) for each in self._sequence(keyword))

    def counters(self, keyword: str) -> tuple[int, ...]:
        """Whole numbers up to the first that is not known; none where the keyword is not there."""
        if not self.has(keyword):
            return ()
        known = takewhile(lambda each: not _absent(each), self._sequence(keyword))
        return tuple(self._whole(keyword, each) for each in known)

    def words(self, keyword: str) -> tuple[str, ...]:
        """A sequence of words, or one of them."""
        return tuple(str(each) for each in self._sequence(keyword))

    def error(self, keyword: str, text: str) -> PdsError:
        """An error about a keyword of this section."""
        where = f"{self.block.name}.{keyword}" if self.block.name else keyword
        return PdsError(self.path, where, text)

    def _sequence(self, keyword: str) -> tuple[Value, ...]:
        value = self.value(keyword)
        if isinstance(value, tuple) and not isinstance(value, Quantity):
            return value
        return (value,)

    def _finite(self, keyword: str, value: Value) -> float:
        plain = value.value if isinstance(value, Quantity) else value
        if isinstance(plain, str):  # VICAR and MSL write some numbers in quotes
            try:
                plain = float(plain)
            except ValueError as error:
                raise self.error(keyword, f"{_shown(value)} is not a number") from error
        if isinstance(plain, tuple):
            raise self.error(keyword, f"{_shown(value)} is not one number")
        try:
            number = float(plain)
        except OverflowError as error:
            raise self.error(keyword, "is a number with far too many digits") from error
        if not math.isfinite(number):
            raise self.error(keyword, f"{number} is not finite")
        return number

    def _whole(self, keyword: str, value: Value) -> int:
        number = self._finite(keyword, value)
        if number != int(number):
            raise self.error(keyword, f"{_shown(value)} is not a whole number")
        return int(number)


@dataclass(frozen=True)
class Label:
    """A whole label, its format and the file it was read from."""

    path: Path
    format: str
    """PDS3, VICAR or PDS4."""
    root: Block

    def section(self, *names: str) -> Section | None:
        """The first block that bears one of these names, outer ones before inner ones."""
        for name in names:
            for block in self.root.walk():
                if block.name == name:
                    return Section(self.path, block)
        return None

    def required(self, *names: str) -> Section:
        """A block that must be there."""
        found = self.section(*names)
        if found is None:
            raise PdsError(self.path, names[0], "the label has no such group")
        return found

    def only(self, word: str) -> Label:
        """A label with nothing but the blocks whose names have `word` in them."""
        kept = [block for block in self.root.walk() if word in block.name]
        return Label(self.path, self.format, Block("", blocks=kept))

    def sections(self) -> Iterator[Section]:
        """All blocks."""
        return (Section(self.path, block) for block in self.root.walk())


def _absent(value: Value) -> bool:
    """Whether a word, or all words of a sequence, say that there is no value."""
    if isinstance(value, tuple) and not isinstance(value, Quantity):
        return bool(value) and all(_absent(each) for each in value)
    return isinstance(value, str) and value.strip().upper() in ABSENT


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
