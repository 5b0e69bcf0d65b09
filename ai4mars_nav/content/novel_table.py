"""What was found to be new, for programs: a row an image as CSV, and all of it as JSON."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ai4mars_nav.content.demud import DemudSettings
from ai4mars_nav.content.novel import Neighbour, New
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.content.where_new import in_words
from ai4mars_nav.dataset.errors import Problem
from ai4mars_nav.dataset.images import write_atomically, write_text

FORMAT = "ai4mars-content-novel/1"
_COLUMNS = ("rank", "image", "product", "instrument", "group", "score", "unexplained", "class",
            "probability", "where", "expected", "nearest", "nearest_distance")  # fmt: skip


@dataclass(frozen=True)
class Searched:
    """What was looked through, and by what."""

    sidecar: ContentSidecar
    settings: DemudSettings
    images: int
    known: int
    problems: tuple[Problem, ...]


def write_tables(folder: Path, searched: Searched, found: Sequence[New]) -> tuple[Path, Path]:
    """Write novel.csv and novel.json; their paths."""
    rows = [_row(rank, one) for rank, one in enumerate(found, start=1)]
    table, document = folder / "novel.csv", folder / "novel.json"

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, _COLUMNS)
            lines.writeheader()
            lines.writerows(rows)

    write_atomically(table, write)
    whole = {
        "format": FORMAT,
        "model": searched.sidecar.name,
        "model_sha256": searched.sidecar.model.sha256,
        **asdict(searched.settings),
        "images": searched.images,
        "known": searched.known,
        "problems": dict(Counter(problem.kind for problem in searched.problems)),
        "left_out": [str(problem) for problem in searched.problems],
        "newest": [
            {
                **row,
                "places": [[round(value, 6) for value in line] for line in one.places.tolist()],
                "expected": _neighbour(one.expected),
                "nearest": _neighbour(one.nearest),
            }
            for row, one in zip(rows, found, strict=True)
        ],
    }
    write_text(document, json.dumps(whole, indent=1, allow_nan=False) + "\n")
    return table, document


def _row(rank: int, one: New) -> dict[str, Any]:
    name = one.image[0]
    origin = origin_of(Path(name).stem)
    return {
        "rank": rank,
        "image": name,
        "product": Path(name).stem,
        "instrument": origin.instrument,
        "group": origin.group,
        "score": round(one.score, 6),
        "unexplained": round(one.unexplained, 6),
        "class": one.answer,
        "probability": round(one.probability, 6),
        "where": in_words(one.places),
        "expected": "" if one.expected is None else one.expected.image[0],
        "nearest": "" if one.nearest is None else one.nearest.image[0],
        "nearest_distance": "" if one.nearest is None else round(one.nearest.distance, 6),
    }


def _neighbour(other: Neighbour | None) -> dict[str, Any] | None:
    if other is None:
        return None
    return {
        "image": other.image[0],
        "distance": round(other.distance, 6),
        "class": other.answer,
        "probability": round(other.probability, 6),
    }
