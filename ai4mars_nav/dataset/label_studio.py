"""Label Studio's JSON export: polygons in per cent of the image, and brush strokes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.dataset.brush import decode_brush
from ai4mars_nav.dataset.drawing import Drawing, Shape, outline_of, product_in, terrain_of
from ai4mars_nav.dataset.errors import (
    OPEN_POLYGON,
    UNREADABLE,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES

_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""


def read_label_studio(
    path: Path, aliases: Mapping[str, int], findings: Findings
) -> Iterator[Drawing]:
    """Every annotation of an export as a drawing; those that were cancelled are none."""
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: not JSON: {error}") from error
    if not isinstance(tasks, list):
        raise DatasetError(f"{path}: not a Label Studio export, which is a list of tasks")
    for task in tasks:
        where = f"{path} task {task.get('id') if isinstance(task, dict) else task!r}"
        try:
            drawings = _drawings(task, where, aliases, findings)
        except BadInput:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            text = f"not a task of a Label Studio export: {error!r}"
            findings.note(Problem(UNREADABLE, where, text))
        else:
            yield from drawings


def _drawings(
    task: Mapping[str, Any], where: str, aliases: Mapping[str, int], findings: Findings
) -> list[Drawing]:
    name = _UPLOAD.sub("", product_in(_image_of(task["data"])))
    drawn = (
        _drawing(annotation, name, f"task {task['id']}", where, aliases, findings)
        for annotation in task["annotations"]
        if not annotation.get("was_cancelled")
    )
    return [drawing for drawing in drawn if drawing is not None]


def _image_of(data: Mapping[str, Any]) -> str:
    for value in data.values():
        if isinstance(value, str) and value.split("?")[0].lower().endswith(IMAGE_SUFFIXES):
            return value
    raise ValueError("no image's file name in its data")


def _drawing(
    annotation: Mapping[str, Any],
    name: str,
    source: str,
    where: str,
    aliases: Mapping[str, int],
    findings: Findings,
) -> Drawing | None:
    user = annotation["completed_by"]
    labeller = str(user.get("email") or user["id"]) if isinstance(user, dict) else str(user)
    where = f"{where} by {labeller}"
    results = [one for one in annotation["result"] if "value" in one]
    if not results:
        return None
    size = int(results[0]["original_height"]), int(results[0]["original_width"])
    shapes = (_shape(result, size, where, aliases, findings) for result in results)
    drawn = tuple(shape for shape in shapes if shape is not None)
    return Drawing(name, labeller, size, drawn, where, source)


def _shape(
    result: Mapping[str, Any],
    size: tuple[int, int],
    where: str,
    aliases: Mapping[str, int],
    findings: Findings,
) -> Shape | None:
    value, kind = result["value"], result["type"]
    if kind not in ("polygonlabels", "brushlabels"):
        text = f"a result of type {kind!r}; only polygonlabels and brushlabels are areas"
        findings.note(Problem(OPEN_POLYGON, where, text))
        return None
    (name,) = value[kind]
    terrain = terrain_of(str(name), aliases, where, findings)
    if terrain is None:
        return None
    if kind == "brushlabels":
        return Shape(terrain, None, decode_brush(value["rle"], size))
    points = np.array(value["points"], float).reshape(-1, 2) * (size[1] / 100, size[0] / 100)
    outline = outline_of(points, value.get("closed"), where, findings)
    return None if outline is None else Shape(terrain, outline)
