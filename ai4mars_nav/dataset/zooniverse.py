"""Zooniverse classification exports: polygons and freehand lines as JSON in CSV.

One row a classification: user_name, metadata (the image's size), annotations (the shapes) and
subject_data (the image's file name). Coordinates are pixels of the full image. Both of Zooniverse's
front ends are read: marks with `points`, and marks with `pathX` and `pathY`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.drawing import Drawing, Shape, outline_of, product_in, terrain_of
from ai4mars_nav.dataset.errors import UNREADABLE, BadInput, DatasetError, Findings, Problem
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES

_COLUMNS = ("user_name", "metadata", "annotations", "subject_data")


def read_zooniverse(
    path: Path,
    aliases: Mapping[str, int],
    tools: Sequence[str],
    size: tuple[int, int] | None,
    findings: Findings,
) -> Iterator[Drawing]:
    """Every classification of an export as a drawing, one after the other.

    `tools` names the drawing tools in order, for exports whose marks have a number only; `size` is
    rows and columns of the images where the metadata do not tell.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        for row in _rows(path, rows):
            where = f"{path} line {rows.line_num}"
            drawing = _drawing_or_note(row, where, aliases, tools, size, findings)
            if drawing is not None:
                yield drawing


def _rows(path: Path, rows: csv.DictReader[str]) -> Iterator[Mapping[str, str]]:
    try:
        missing = [column for column in _COLUMNS if column not in (rows.fieldnames or [])]
        if missing:
            raise DatasetError(f"{path}: not a Zooniverse export, no column {missing[0]}")
        yield from rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: after line {rows.line_num}: not CSV: {error}") from error


def _drawing_or_note(
    row: Mapping[str, str],
    where: str,
    aliases: Mapping[str, int],
    tools: Sequence[str],
    size: tuple[int, int] | None,
    findings: Findings,
) -> Drawing | None:
    try:
        parts = [json.loads(row[column] or "null") for column in _COLUMNS[1:]]
        metadata, annotations, subjects = parts
        subject, name = _image_of(subjects, where)
        shapes = [
            shape
            for annotation in annotations
            for number, mark in enumerate(_marks_of(annotation))
            if (shape := _shape(mark, f"{where} mark {number + 1}", aliases, tools, findings))
        ]
        height, width = _size_of(metadata, size, where)
    except BadInput as error:
        findings.note(error.problem)
        return None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        text = f"not the JSON of a Zooniverse classification: {error!r}"
        findings.note(Problem(UNREADABLE, where, text))
        return None
    return Drawing(name, row["user_name"], (height, width), tuple(shapes), where, subject)


def _marks_of(annotation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The marks of a drawing task, or of those in a combined task; questions have none."""
    value = annotation.get("value")
    if not isinstance(value, list):
        return []
    marks: list[Mapping[str, Any]] = []
    for item in value:
        if isinstance(item, dict) and "task" in item and "value" in item:
            marks += _marks_of(item)
        elif isinstance(item, dict) and ("points" in item or "pathX" in item):
            marks.append(item)
    return marks


def _shape(
    mark: Mapping[str, Any],
    where: str,
    aliases: Mapping[str, int],
    tools: Sequence[str],
    findings: Findings,
) -> Shape | None:
    name = mark.get("tool_label")
    if name is None:
        number = mark.get("tool", mark.get("toolIndex"))
        if not isinstance(number, int) or not 0 <= number < len(tools):
            text = f"the mark says tool {number} and no name; name the tools in their order"
            raise BadInput(Problem(UNREADABLE, where, text))
        name = tools[number]
    terrain = terrain_of(str(name), aliases, where, findings)
    if terrain is None:
        return None
    closed = next((bool(mark[key]) for key in ("closed", "isClosed") if key in mark), None)
    kind = str(mark.get("toolType", ""))
    line = "pathX" in mark or kind.lower().startswith("freehandline") or "_currentlyDrawing" in mark
    outline = outline_of(_points_of(mark), closed, where, findings, freehand=line)
    return None if outline is None else Shape(terrain, outline)


def _points_of(mark: Mapping[str, Any]) -> NDArray[np.float64]:
    if "pathX" in mark:
        return np.array([mark["pathX"], mark["pathY"]], float).T.reshape(-1, 2)
    pairs = [(point["x"], point["y"]) for point in mark["points"]]
    return np.array(pairs, float).reshape(-1, 2)


def _image_of(subjects: Mapping[str, Any], where: str) -> tuple[str, str]:
    """The subject's number and the product id of its image's file name."""
    ((number, facts),) = subjects.items()
    for value in facts.values():
        if isinstance(value, str) and value.lower().endswith(IMAGE_SUFFIXES):
            return f"subject {number}", product_in(value)
    raise BadInput(Problem(UNREADABLE, where, f"subject {number} has no image's file name"))


def _size_of(
    metadata: Mapping[str, Any] | None, size: tuple[int, int] | None, where: str
) -> tuple[int, int]:
    for facts in (metadata or {}).get("subject_dimensions") or []:
        if facts and facts.get("naturalHeight") and facts.get("naturalWidth"):
            return int(facts["naturalHeight"]), int(facts["naturalWidth"])
    if size is None:
        text = "the metadata tell no subject_dimensions; give the images' size"
        raise BadInput(Problem(UNREADABLE, where, text))
    return size
