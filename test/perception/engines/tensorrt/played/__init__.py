"""Objects that obey the facts: no name that a version lacks, no call that it does not take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FACTS = json.loads((Path(__file__).parents[2] / "tensorrt_facts.json").read_text(encoding="utf-8"))


def arguments(signature: str) -> tuple[int, int]:
    """The fewest and the most arguments of a call, without self: pybind11's and Cython's lines."""
    inner = signature[signature.index("(") + 1 : signature.rindex(")")]
    inner = re.sub(r"<[^>]*>|\[[^\]]*\]", "", inner)
    taken = [each.strip() for each in inner.split(",") if each.strip()]
    taken = [each for each in taken if not re.match(r"self\b", each)]
    return sum("=" not in each for each in taken), len(taken)


def fits(fact: dict[str, Any], count: int) -> bool:
    """Whether a function may be called with so many arguments."""
    limits = [arguments(each) for each in fact["signatures"]]
    return any(fewest <= count <= most for fewest, most in limits)


class Played:
    """An object of a class of the real module; `_names` are the facts of the version it plays."""

    _kind = ""
    _names: dict[str, Any]

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return super().__getattribute__(name)
        fact = self._fact(name)
        found = super().__getattribute__(name)
        if not fact.get("signatures") or isinstance(found, type) or not callable(found):
            return found

        def called(*given: Any) -> Any:
            if not fits(fact, len(given)):
                raise TypeError(f"{self._kind}.{name}: {fact['signatures']} called with {given}")
            return found(*given)

        return called

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            self._fact(name)
        super().__setattr__(name, value)

    def _fact(self, name: str) -> dict[str, Any]:
        path = f"{self._kind}.{name}" if self._kind else name
        fact: dict[str, Any] | None = self._names.get(path)
        if fact is None:
            raise AttributeError(f"this version has no {path}")
        return fact


class Number(int):
    """A member of an enum: knows its name, equal only to itself."""

    name: str

    def __new__(cls, value: int, name: str) -> Number:
        made = super().__new__(cls, value)
        made.name = name
        return made

    def __repr__(self) -> str:
        return self.name


def enum(names: dict[str, Any], kind: str) -> Played:
    """All members of an enum that this version has."""
    holder = type(kind, (Played,), {"_kind": kind, "_names": names})()
    for path, fact in names.items():
        owner, _, member = path.rpartition(".")
        if owner == kind and fact and fact["kind"] == "value":
            setattr(holder, member, Number(fact["value"], f"{kind}.{member}"))
    return holder
