"""Cells and tables of the pages."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Table(NamedTuple):
    """Words of the head are plain, cells are HTML already."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self) -> str:
        """As a page has it."""
        top = "".join(f"<th>{html.escape(word)}</th>" for word in self.head)
        rows = ("".join(f"<td>{cell}</td>" for cell in row) for row in self.rows)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><tr>{top}</tr>{body}</table>"

    def markdown(self) -> str:
        """As a document has it, which shows the marks of HTML in a cell as they are meant."""
        rule = ["---"] * len(self.head)
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.head, rule, *self.rows))


def interval(
    told: Mapping[str, float] | None, factor: float, digits: int, unit: str, sign: bool = False
) -> str:
    """A value and between what it lies; with `sign`, bold where that leaves out zero. One site says
    nothing of others: there its value stands alone."""
    if told is None:
        return "-"
    mark = "+" if sign else ""
    low, value, high = (factor * told[key] for key in ("low", "value", "high"))
    words = f"{value:{mark}.{digits}f} {unit}"
    if told.get("n", 2) < 2:
        return words
    if sign and (low > 0.0 or high < 0.0):
        words = f"<b>{words}</b>"
    return f"{words} <small>{low:{mark}.{digits}f} to {high:{mark}.{digits}f}</small>"


def scaled(told: Mapping[str, float] | None, factor: float) -> dict[str, float] | None:
    """An interval times a factor."""
    if told is None:
        return None
    return {key: factor * told[key] for key in ("low", "value", "high")}


def metres(value: float | None, form: str) -> str:
    """A length, or that there is none."""
    return "-" if value is None else f"{value:{form}} m"


def latency(told: Mapping[str, float] | None) -> str:
    """Median and 99th percentile of milliseconds."""
    return "-" if told is None else f"{told['p50']:.1f} ms <small>p99 {told['p99']:.1f}</small>"
