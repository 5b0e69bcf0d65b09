"""The log of a run: one JSON line an interval, cut back to the checkpoint when a run goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def append(path: Path, line: dict[str, Any]) -> None:
    """Write one line and see it onto the disk."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def cut(path: Path, step: int) -> None:
    """Drop the lines past the checkpoint's step: those steps are run again."""
    if not path.exists():
        return
    whole = [line for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    kept = [line for line in whole if json.loads(line)["step"] <= step]
    aside = path.with_name(path.name + ".part")
    aside.write_text("".join(line + "\n" for line in kept), encoding="utf-8")
    aside.replace(path)


def read(path: Path) -> list[dict[str, Any]]:
    """Every line of a log; a last one that was torn is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
