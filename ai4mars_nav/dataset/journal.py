"""What a long run has finished: one JSON line an image, so that a killed run goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import write_text


class Journal:
    """A file whose first line is the run's settings and every other one a finished image.

    A line counts once its line end is on disk; a torn last line is cut off and done again.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self.done: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._read(settings)
        else:
            write_text(path, json.dumps(settings) + "\n")

    def add(self, key: str, record: dict[str, Any]) -> None:
        """Write down that `key` is finished, with what is to be known about it."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, **record}) + "\n")
        self.done[key] = record

    def _read(self, settings: dict[str, Any]) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            write_text(self.path, "".join(lines[:-1]))
            lines = lines[:-1]
        try:
            records = [dict(json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise DatasetError(f"{self.path}: not a journal of this command: {error}") from error
        now = json.loads(json.dumps(settings))
        if len(records) < 2:
            # nothing was finished with whatever settings it was begun
            write_text(self.path, json.dumps(settings) + "\n")
        elif records[0] != now:
            raise DatasetError(
                f"{self.path}: begun with other settings ({_difference(records[0], now)}); "
                "choose another output, or delete this one"
            )
        for record in records[1:]:
            self.done[record.pop("key")] = record


def _difference(begun: dict[str, Any], now: dict[str, Any]) -> str:
    keys = [key for key in {**begun, **now} if begun.get(key) != now.get(key)]
    return ", ".join(f"{key}: {begun.get(key)}, now {now.get(key)}" for key in keys)


def stamp(files: Iterable[tuple[str, Path]]) -> str:
    """A digest of files with their names, sizes and times: other ones have another."""
    parts = []
    for name, path in files:
        stat = path.stat()
        parts.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
