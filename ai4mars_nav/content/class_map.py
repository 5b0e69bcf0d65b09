"""Class maps as Deep Mars has them: lines of `number name`, from 0 without a gap."""

from __future__ import annotations

from pathlib import Path

from ai4mars_nav.content.errors import ContentError


def read_class_map(path: Path) -> tuple[str, ...]:
    """The names of the classes, by number."""
    names: dict[int, str] = {}
    for at, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        number, name = _parts(line)
        if not number.isdecimal() or not name:
            raise ContentError(f"{path}:{at}: {line!r}; a class map has lines of `number name`")
        if int(number) in names:
            raise ContentError(f"{path}:{at}: class {number} was {names[int(number)]!r} already")
        if name in names.values():
            raise ContentError(f"{path}:{at}: a second class of the name {name!r}")
        names[int(number)] = name
    if sorted(names) != list(range(len(names))) or len(names) < 2:
        raise ContentError(
            f"{path}: its classes are {sorted(names)}; from 0 without a gap is asked"
        )
    return tuple(names[number] for number in range(len(names)))


def _parts(line: str) -> tuple[str, str]:
    number, *rest = line.split(maxsplit=1)
    return number, rest[0].strip() if rest else ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path}: cannot be read as a class map: {error}") from error
