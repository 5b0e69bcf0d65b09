"""Reading a JSON document key by key, so that each wrong one is named with its file."""

from __future__ import annotations

import math
from typing import Any

from ai4mars_nav.perception.errors import ModelError


class Section:
    """One mapping of a document: keys are taken one by one, and none may be left."""

    def __init__(self, document: Any, source: str, prefix: str = "") -> None:
        """`prefix` is the path of keys that leads here, with a dot at its end."""
        if not isinstance(document, dict):
            what = prefix.rstrip(".") or "the document"
            raise ModelError(f"{source}: {what} must be a mapping, is {type(document).__name__}")
        self._left = dict(document)
        self._source = source
        self._prefix = prefix

    def wrong(self, key: str, what: str) -> ModelError:
        """The error that names file and key."""
        return ModelError(f"{self._source}: {self._prefix}{key} {what}")

    def take(self, key: str, kind: type) -> Any:
        """A value of the given type, taken out of what is left."""
        if key not in self._left:
            raise self.wrong(key, "is missing")
        value = self._left.pop(key)
        # True and False are whole numbers to Python, but not to whoever wrote the file
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.wrong(key, f"must be {kind.__name__}, is {value!r}")
        return value

    def section(self, key: str) -> Section:
        """The mapping under a key."""
        return Section(self.take(key, dict), self._source, f"{self._prefix}{key}.")

    def section_if_there(self, key: str) -> Section | None:
        """The mapping under a key that may be missing."""
        return self.section(key) if key in self._left else None

    def names(self) -> tuple[str, ...]:
        """The keys that nobody took yet, where a document is free to choose them."""
        return tuple(self._left)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value: str = self.take(key, str)
        if not value:
            raise self.wrong(key, "is empty")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the texts that are allowed."""
        value = self.text(key)
        if value not in choices:
            raise self.wrong(key, f"is {value!r}, must be one of {', '.join(choices)}")
        return value

    def must_be(self, key: str, wanted: str | int) -> None:
        """Take a key that has one allowed value only."""
        value = self.take(key, type(wanted))
        if value != wanted:
            raise self.wrong(key, f"is {value!r}, must be {wanted!r}")

    def whole(self, key: str, *, lowest: int) -> int:
        """A whole number of at least `lowest`."""
        value: int = self.take(key, int)
        if value < lowest:
            raise self.wrong(key, f"is {value}, must be at least {lowest}")
        return value

    def number(self, key: str, *, lowest: float = -math.inf, highest: float = math.inf) -> float:
        """A finite number in [lowest, highest]; a whole one will do."""
        value = self._left.get(key)
        if isinstance(value, int):
            self._left[key] = value if isinstance(value, bool) else float(value)
        value = self.take(key, float)
        if not math.isfinite(value) or not lowest <= value <= highest:
            raise self.wrong(key, f"is {value}, must be a finite number in [{lowest}, {highest}]")
        return float(value)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """Exactly `count` finite numbers."""
        values = self.take(key, list)
        if len(values) != count:
            raise self.wrong(key, f"has {len(values)} numbers, must have {count}")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise self.wrong(key, f"holds {value!r}, must be numbers")
            if not math.isfinite(value):
                raise self.wrong(key, f"holds {value!r}, must be finite")
        return tuple(float(value) for value in values)

    def nothing_left(self) -> None:
        """Refuse keys that nobody took: a misspelt one would silently do nothing."""
        if self._left:
            raise self.wrong(min(self._left), "is not a key of this format")
