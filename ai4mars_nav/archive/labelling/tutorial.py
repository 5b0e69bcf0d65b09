"""The tutorial of a project as a file: examples with what is right, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling.projects import IMAGE, Lesson

_LONGEST = 2000
_KEYS = {"image", "text", "answer"}


def read_tutorial(path: Path, kind: str) -> tuple[Lesson, ...]:
    """The lessons of a JSON list of {"image", "text", "answer"}; files are beside it.

    The answer is a list of class values for whole images, a label image for pixels, or missing.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArchiveError(f"{path}: cannot be read as a tutorial: {error}") from error
    if not isinstance(found, list) or not found:
        raise ArchiveError(f"{path}: a tutorial is a list of examples")
    return tuple(_lesson(path, at, one, kind) for at, one in enumerate(found, start=1))


def _lesson(path: Path, at: int, one: Any, kind: str) -> Lesson:
    where = f"{path}: example {at}"
    if not isinstance(one, dict) or not {"image", "text"} <= set(one) <= _KEYS:
        raise ArchiveError(f"{where} has other keys than image, text and answer")
    text, answer = one["text"], one.get("answer")
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ArchiveError(f"{where}: its text is none, or over {_LONGEST} characters")
    if answer is None:
        return Lesson(_file(path, where, one["image"]), text, None)
    if kind == IMAGE:
        if not isinstance(answer, list) or not all(type(value) is int for value in answer):
            raise ArchiveError(f"{where}: the answer is a list of class values")
        return Lesson(_file(path, where, one["image"]), text, tuple(answer))
    return Lesson(_file(path, where, one["image"]), text, _file(path, where, answer))


def _file(path: Path, where: str, name: Any) -> str:
    if not isinstance(name, str) or not (path.parent / name).is_file():
        raise ArchiveError(f"{where}: there is no file {str(name)[:200]!r} beside it")
    return str((path.parent / name).resolve())
