"""Landmarks as tables: a row each in Parquet and CSV, and counts a class and image in JSON."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.content.landmarked import Classified, Landmarked
from ai4mars_nav.content.landmarks import LandmarkSettings
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.content.parquet import Numbers, Texts, write_parquet
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.dataset.errors import Problem
from ai4mars_nav.dataset.images import write_atomically, write_text

FORMAT = "ai4mars-content-landmarks/1"
COLUMNS = ("image", "product", "group", "landmark",
           "box_left", "box_top", "box_right", "box_bottom",
           "square_left", "square_top", "square_right", "square_bottom",
           "salience", "class", "class_number", "probability", "counted",
           "model", "model_sha256")  # fmt: skip
_TEXTS = ("image", "product", "group", "class", "model", "model_sha256")
_TRUTHS = ("counted",)
_REALS = ("salience", "probability")


@dataclass(frozen=True)
class Looked:
    """How landmarks were looked for."""

    sidecar: ContentSidecar
    settings: LandmarkSettings
    least: float
    """Probability from which a landmark is counted."""
    problems: tuple[Problem, ...]


def write_tables(folder: Path, looked: Looked, images: Sequence[Landmarked]) -> tuple[Path, ...]:
    """Write landmarks.parquet, landmarks.csv and landmarks.json; their paths."""
    rows = [
        _row(image, number, one, looked)
        for image in images
        for number, one in enumerate(image.landmarks, start=1)
    ]
    columns = {name: _column(name, [row[name] for row in rows]) for name in COLUMNS}
    paths = tuple(folder / f"landmarks.{kind}" for kind in ("parquet", "csv", "json"))
    write_parquet(paths[0], columns)

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, COLUMNS)
            lines.writeheader()
            lines.writerows(rows)

    write_atomically(paths[1], write)
    write_text(paths[2], json.dumps(_document(looked, images), indent=1, allow_nan=False) + "\n")
    return paths


def _row(image: Landmarked, number: int, one: Classified, looked: Looked) -> dict[str, Any]:
    product = Path(image.name).stem
    edges = {f"box_{key}": value for key, value in asdict(one.box).items()}
    square = {f"square_{key}": value for key, value in asdict(one.square).items()}
    return {
        "image": image.name,
        "product": product,
        "group": origin_of(product).group,
        "landmark": number,
        **edges,
        **square,
        "salience": round(one.salience, 4),
        "class": one.answer,
        "class_number": one.number,
        "probability": round(one.probability, 6),
        "counted": one.counted(looked.least),
        "model": looked.sidecar.name,
        "model_sha256": looked.sidecar.model.sha256,
    }


def _column(name: str, values: list[Any]) -> Texts | Numbers:
    if name in _TEXTS:
        return values
    kind = np.bool_ if name in _TRUTHS else np.float32 if name in _REALS else np.int32
    return np.asarray(values, kind)


def _document(looked: Looked, images: Sequence[Landmarked]) -> dict[str, Any]:
    names = looked.sidecar.classes

    def counts(image: Landmarked) -> dict[str, int]:
        found = image.counts(looked.least)
        return {name: found[name] for name in names if found[name]}

    return {
        "format": FORMAT,
        "model": looked.sidecar.name,
        "model_sha256": looked.sidecar.model.sha256,
        "settings": asdict(looked.settings),
        "counted_from": looked.least,
        "images": {
            image.name: {
                "width": image.width,
                "height": image.height,
                "landmarks": len(image.landmarks),
                "edge": sum(one.edge for one in image.landmarks),
                "counts": counts(image),
            }
            for image in images
        },
        "problems": dict(Counter(problem.kind for problem in looked.problems)),
        "left_out": [str(problem) for problem in looked.problems],
    }
