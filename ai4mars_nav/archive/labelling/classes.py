"""The classes that labellers choose from: a table, a class map of Deep Mars, or the terrain's."""

from __future__ import annotations

import colorsys
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.terrain import CLASSES, COLOURS, NAMES

COLUMNS = ("value", "name", "colour", "key", "help")
MOST = 100
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_KEY = re.compile(r"[0-9a-z]?")
_LONGEST_NAME, _LONGEST_HELP = 60, 300
_HELP = {
    "soil": "Compact ground that carries a rover well.",
    "bedrock": "Flat rock that is part of the ground.",
    "sand": "Loose sand, ripples and dunes.",
    "big rock": "A rock over 30 cm high.",
}
_TURN = 0.61803398875
"""Of the colour circle, from a class to the next: neighbours differ most."""


@dataclass(frozen=True)
class LabelClass:
    """One class: what is stored, and what labellers see and press."""

    value: int
    name: str
    colour: str
    """#rrggbb."""
    key: str
    """A digit or small letter, or nothing."""
    help: str


def terrain_classes() -> tuple[LabelClass, ...]:
    """The four classes of AI4Mars."""
    return tuple(
        LabelClass(int(c), NAMES[c], "#{:02x}{:02x}{:02x}".format(*COLOURS[c]), str(c + 1),
                   _HELP[NAMES[c]])
        for c in CLASSES
    )  # fmt: skip


def read_classes(path: Path) -> tuple[LabelClass, ...]:
    """The classes of a file, see `parse_classes`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path}: cannot be read as classes: {error}") from error
    return parse_classes(text, str(path))


def parse_classes(text: str, source: str) -> tuple[LabelClass, ...]:
    """The classes of a CSV with the heading `value,name,colour,key,help`, or of a class map.

    A class map has lines of `number name`; its classes get colours and the first nine a key.
    Values count from 0 without a gap, as in the lists that training reads.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].replace(" ", "") == ",".join(COLUMNS):
        found = _table(lines, source)
    else:
        found = [_mapped(line, f"{source}: line {at}") for at, line in enumerate(lines, start=1)]
    check_classes(found, source)
    return tuple(found)


def check_classes(classes: Sequence[LabelClass], source: str) -> None:
    """An error where labellers could not tell classes apart, or training could not use them."""
    if not 2 <= len(classes) <= MOST:
        raise ArchiveError(f"{source}: {len(classes)} classes; 2 to {MOST} are asked for")
    if [one.value for one in classes] != list(range(len(classes))):
        values = [one.value for one in classes]
        raise ArchiveError(f"{source}: values are {values}; from 0 without a gap is asked")
    for what in ("name", "key"):
        given = [str(getattr(one, what)) for one in classes if getattr(one, what)]
        twice = sorted({text for text in given if given.count(text) > 1})
        if twice:
            raise ArchiveError(f"{source}: two classes with the {what} {twice[0]!r}")


def _table(lines: list[str], source: str) -> list[LabelClass]:
    found = []
    for at, row in enumerate(csv.reader(io.StringIO("\n".join(lines[1:]))), start=2):
        where = f"{source}: line {at}"
        if len(row) != len(COLUMNS):
            raise ArchiveError(f"{where} has {len(row)} columns, must be {', '.join(COLUMNS)}")
        value, name, colour, key, words = (cell.strip() for cell in row)
        if not value.isdecimal() or len(value) > 3:
            raise ArchiveError(f"{where}: value {value[:20]!r} is no number below {MOST}")
        if not _COLOUR.fullmatch(colour.lower()) or not _KEY.fullmatch(key.lower()):
            raise ArchiveError(f"{where}: a colour is #rrggbb, a key one digit or letter")
        if len(words) > _LONGEST_HELP:
            raise ArchiveError(f"{where}: help of over {_LONGEST_HELP} characters")
        found.append(LabelClass(int(value), _name(name, where), colour.lower(), key.lower(), words))
    return found


def _mapped(line: str, where: str) -> LabelClass:
    number, *rest = line.split(maxsplit=1)
    if not number.isdecimal() or len(number) > 3 or not rest:
        raise ArchiveError(f"{where}: {line[:60]!r} is no `number name` of a class map")
    value = int(number)
    rgb = colorsys.hls_to_rgb(value * _TURN % 1.0, 0.55, 0.6)
    colour = "#" + "".join(f"{round(255 * band):02x}" for band in rgb)
    return LabelClass(value, _name(rest[0], where), colour, str(value + 1) if value < 9 else "", "")


def _name(text: str, where: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ArchiveError(f"{where}: {name[:70]!r} is no name of a class")
    return name
