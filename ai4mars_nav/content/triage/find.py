"""Targets in one image: outcrops, float rocks and what is new, as points in the map."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.image import Ground
from ai4mars_nav.content.triage.wants import FLOAT_ROCK, NEW, OUTCROP, FindSettings
from ai4mars_nav.terrain import Terrain

F64 = NDArray[np.float64]
Place = tuple[float, float, float]

CELL = 0.25
"""Metres of the squares in which the ground of an outcrop is counted."""
FEWEST = 20
"""Pixels of a target: fewer are a mistake at some edge."""
NEW_ENOUGH = 0.5
"""Share of the largest novelty of an image under which a part of it is not what is new."""
LARGE = 4.0
"""Square metres from which on an outcrop counts fully."""


@dataclass(frozen=True)
class Found:
    """A target as one image shows it."""

    kind: str
    position: Place
    strength: float
    """0..1: how much of a target it is."""
    view: float
    """How well this image shows it: larger is better, among those of a kind."""
    says: str


def find(ground: Ground, new_at: Place | None, novelty: float, wanted: FindSettings) -> list[Found]:
    """All targets of an image; `new_at` is where that lies which is newest in it."""
    found: list[Found] = []
    if ground.points is not None and ground.eye is not None:
        found += _outcrops(ground.points, ground.classes, ground.eye, wanted)
    if ground.eye is not None:
        found += _float_rocks(ground, ground.eye, wanted)
    if new_at is not None and novelty >= wanted.new_from:
        found.append(Found(NEW, new_at, novelty, novelty, f"place that is new {novelty:.2f}"))
    return found


def middle(ground: Ground, farthest: float) -> Place | None:
    """The middle of the ground that an image shows within so many metres; none if it shows none."""
    if ground.points is None or ground.eye is None:
        return None
    points = ground.points.reshape(-1, 3)
    near = points[_near(points, ground.eye, farthest)]
    return _median(near) if len(near) else None


def newest(ground: Ground, places: F64, farthest: float) -> Place | None:
    """Where the ground lies that is newest; `places` (rows, columns) is how new what is where.

    None where that is sky, too far, or not measured.
    """
    if ground.points is None or ground.eye is None or places.max() <= 0.0:
        return None
    (height, width), (rows, columns) = ground.points.shape[:2], places.shape
    for at in np.argsort(places, axis=None)[::-1]:
        row, column = divmod(int(at), columns)
        if places[row, column] < NEW_ENOUGH * places.max():
            return None
        part = ground.points[
            row * height // rows : (row + 1) * height // rows,
            column * width // columns : (column + 1) * width // columns,
        ].reshape(-1, 3)
        near = part[_near(part, ground.eye, farthest)]
        if len(near) >= FEWEST:
            return _median(near)
    return None


def _outcrops(
    points: NDArray[np.float32], classes: NDArray[np.uint8], eye: F64, wanted: FindSettings
) -> Iterator[Found]:
    near = _near(points.reshape(-1, 3), eye, wanted.farthest).reshape(classes.shape)
    rock = ((classes == Terrain.BEDROCK) & near).astype(np.uint8)
    count, labels = cv2.connectedComponents(rock, connectivity=8)
    for label in range(1, count):
        inside = labels == label
        if np.count_nonzero(inside) < FEWEST:
            continue
        here = points[inside]
        area = len(np.unique(np.floor(here[:, :2] / CELL), axis=0)) * CELL**2
        if area >= wanted.outcrop_area:
            view = float(inside.mean())
            yield Found(
                OUTCROP, _median(here), min(1.0, area / LARGE), view, f"outcrop of {area:.1f} m2"
            )


def _float_rocks(ground: Ground, eye: F64, wanted: FindSettings) -> Iterator[Found]:
    for rock in ground.rocks:
        distance = float(np.linalg.norm(rock.position - eye))
        if rock.probability < wanted.rock_probability or distance > wanted.farthest:
            continue
        tall = f" {rock.height:.2f} m high," if math.isfinite(rock.height) else ""
        x, y, z = rock.position.tolist()
        yield Found(
            FLOAT_ROCK,
            (x, y, z),
            rock.probability,
            rock.width / max(distance, 0.1),
            f"float rock{tall} {rock.width:.2f} m wide",
        )


def _near(points: NDArray[np.float32], eye: F64, farthest: float) -> NDArray[np.bool_]:
    """Which of (n, 3) lie within `farthest` metres of the eye; nan does not."""
    offsets = points - eye.astype(np.float32)
    return np.asarray(np.einsum("nd,nd->n", offsets, offsets) <= farthest**2)


def _median(points: NDArray[np.float32]) -> Place:
    x, y, z = np.median(points, axis=0).tolist()
    return x, y, z
