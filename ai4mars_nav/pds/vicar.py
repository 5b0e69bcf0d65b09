"""VICAR labels: KEY=value pairs to the same tree of blocks as PDS3 labels.

The system items come first; then each PROPERTY, and the history TASKs, which are blocks here.
"""

from __future__ import annotations

import re
from pathlib import Path

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Block, Quantity, Value

SYSTEM = "SYSTEM"
_ITEM = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*")
_SCALAR = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^\s,()']+))\s*")
_INTEGER = re.compile(r"[+-]?\d{1,64}")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
_UNIT = "__UNIT"


def label_size(path: Path, head: bytes) -> int:
    """Bytes of the label that begins `head`, from its LBLSIZE."""
    match = re.match(rb"\s*LBLSIZE\s*=\s*(\d{1,12})", head)
    if match is None:
        raise PdsError(path, "LBLSIZE", "a VICAR label must begin with it")
    return int(match.group(1))


def parse(path: Path, text: str) -> Block:
    """The tree of a label's text, which ends at its first NUL."""
    text = text.split("\0", 1)[0].rstrip()
    root = Block("", blocks=[Block(SYSTEM)])
    block, at = root.blocks[0], 0
    while at < len(text):
        match = _ITEM.match(text, at)
        if match is None:
            where = text[at : at + 30].strip() or "label"
            raise PdsError(path, where, f"is no KEY=value (byte {at} of the VICAR label)")
        keyword = match.group(1).upper()
        value, at = _value(path, keyword, text, match.end())
        if keyword in ("PROPERTY", "TASK"):
            block = Block(str(value).upper() if keyword == "PROPERTY" else f"TASK {value}")
            root.blocks.append(block)
        else:
            block.state(keyword, value)
    for each in root.blocks:
        _take_units(each)
    return root


def _value(path: Path, keyword: str, text: str, at: int) -> tuple[Value, int]:
    if not text.startswith("(", at):
        return _scalar(path, keyword, text, at)
    values: list[Value] = []
    at += 1
    while True:
        value, at = _scalar(path, keyword, text, at)
        values.append(value)
        end = text[at : at + 1]
        at += 1
        if end == ")":
            return tuple(values), at
        if end != ",":
            raise PdsError(path, keyword, f"has {end!r} inside its list, not ',' or ')'")


def _scalar(path: Path, keyword: str, text: str, at: int) -> tuple[Value, int]:
    match = _SCALAR.match(text, at)
    if match is None:
        raise PdsError(path, keyword, f"has no value at {text[at : at + 20]!r}")
    quoted, bare = match.group(1), match.group(2)
    if quoted is not None:
        return quoted.replace("''", "'"), match.end()
    if _INTEGER.fullmatch(bare):
        return int(bare), match.end()
    if _REAL.fullmatch(bare):
        return float(bare.replace("D", "E").replace("d", "e")), match.end()
    return bare, match.end()


def _take_units(block: Block) -> None:
    """KEY and KEY__UNIT become one quantity; lists of them stay numbers."""
    for keyword in [key for key in block.values if key.endswith(_UNIT)]:
        unit = block.values.pop(keyword)
        value = block.values.get(keyword.removesuffix(_UNIT))
        if isinstance(value, int | float) and isinstance(unit, str):
            block.values[keyword.removesuffix(_UNIT)] = Quantity(value, unit.strip("<> "))
