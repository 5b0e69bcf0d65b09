"""The rock list of a world as JSON: one rock a line, for Gazebo's meshes and for our rasters."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.world import Rocks

FORMAT = 1
KEYS = tuple(each.name for each in fields(Rocks))
_SIZES = ("length", "width", "height")


def write_rocks(path: Path, rocks: Rocks) -> None:
    """Write the list; numbers keep all their figures."""
    columns = [getattr(rocks, key).tolist() for key in KEYS]
    lines = [json.dumps(dict(zip(KEYS, row, strict=True))) for row in zip(*columns, strict=True)]
    body = ",\n".join(lines)
    path.write_text(f'{{"format": {FORMAT}, "rocks": [\n{body}\n]}}\n', encoding="utf-8")


def read_rocks(path: Path) -> Rocks:
    """The rocks of a list; a key that is missing or a size that cannot be names the rock."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SimError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SimError(f"{path}: format must be {FORMAT}")
    listed = document.get("rocks")
    if not isinstance(listed, list):
        raise SimError(f"{path}: rocks must be a list")
    for index, rock in enumerate(listed):
        _check(rock, f"{path}: rock {index}")
    columns: dict[str, Any] = {
        key: np.array([rock[key] for rock in listed], np.int64 if key == "seed" else np.float64)
        for key in KEYS
    }
    return Rocks(**columns)


def check_on_map(
    rocks: Rocks, origin: tuple[float, float], size: tuple[float, float], source: Path
) -> None:
    """Refuse a rock whose centre is off the map."""
    inside = (rocks.x >= origin[0]) & (rocks.x <= origin[0] + size[0])
    inside &= (rocks.y >= origin[1]) & (rocks.y <= origin[1] + size[1])
    outside = np.flatnonzero(~inside)
    if len(outside):
        first = outside[0]
        raise SimError(
            f"{source}: {len(outside)} rocks lie off the map, rock {first} at "
            f"({rocks.x[first]:g}, {rocks.y[first]:g}); the map is x {origin[0]:g} to "
            f"{origin[0] + size[0]:g} m, y {origin[1]:g} to {origin[1] + size[1]:g} m"
        )


def _check(rock: Any, where: str) -> None:
    if not isinstance(rock, dict):
        raise SimError(f"{where}: must hold keys, holds {rock!r}")
    for key in KEYS:
        value = rock.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SimError(f"{where}: {key} must be a number, is {value!r}")
        if not math.isfinite(value) or (key in _SIZES and value <= 0.0):
            raise SimError(f"{where}: {key} is {value!r}")
    if not isinstance(rock["seed"], int) or rock["seed"] < 0:
        raise SimError(f"{where}: seed must be a whole number from 0 on, is {rock['seed']!r}")
