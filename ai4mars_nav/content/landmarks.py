"""Landmarks of a map-projected image: boxes around what stands out, and squares to classify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.salience import WINDOW, Level, levels
from ai4mars_nav.settings import setting

U8 = NDArray[np.uint8]

SIDE = 227
"""Pixels of a square as it is classified, and as HiRISENet's training had it."""
_REACH = 1.2
"""Gap between the halves of a rim, in lengths of the longer."""
WHOLE = 1.15
"""What twice the size counts in salience: a crater comes before the halves of its rim."""


@dataclass(frozen=True)
class LandmarkSettings:
    """What counts as standing out, and how much of its surroundings is shown with it."""

    peak: float = setting(4.5, "salience that a landmark has somewhere, in spreads", lo=0.0)
    share: float = setting(
        0.6, "of its highest salience that all of a landmark has", lo=0.0, hi=1.0
    )
    sizes: int = setting(4, "sizes that are looked for: 28 pixels and its doubles", lo=1, hi=8)
    margin: int = setting(30, "pixels around the box in what is classified", unit="px", lo=0)
    overlap: float = setting(
        0.5, "of two boxes that share more than this of the smaller one, one goes",
        lo=0.0, hi=1.0,
    )  # fmt: skip


@dataclass(frozen=True)
class Box:
    """Pixels left <= x < right, top <= y < bottom of an image."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Landmark:
    """What stands out, and how far."""

    box: Box
    salience: float
    """At its highest, in spreads of what is around."""
    weight: float
    """What it counts beside others that it overlaps."""


def find_landmarks(grey: U8, settings: LandmarkSettings) -> tuple[Landmark, ...]:
    """The landmarks of an image (h, w) uint8, the most salient first; its black border is none."""
    found: list[Landmark] = []
    for size, level in enumerate(levels(grey, settings.sizes)):
        found += paired(_standing_out(level, settings, grey.shape, WHOLE**size))
    return apart(found, settings.overlap)


def apart(landmarks: Sequence[Landmark], overlap: float) -> tuple[Landmark, ...]:
    """Of those that overlap the one that counts most; ties by place, so that it is always the same.

    The most salient of what is left comes first.
    """
    order = sorted(landmarks, key=lambda one: (-one.weight, one.box.top, one.box.left))
    kept: list[Landmark] = []
    edges = np.empty((len(order), 4))
    for one in order:
        box = one.box
        taken = edges[: len(kept)]
        across = np.minimum(taken[:, 2], box.right) - np.maximum(taken[:, 0], box.left)
        down = np.minimum(taken[:, 3], box.bottom) - np.maximum(taken[:, 1], box.top)
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        sizes = (taken[:, 2] - taken[:, 0]) * (taken[:, 3] - taken[:, 1])
        if (shared <= overlap * np.minimum(sizes, box.width * box.height)).all():
            edges[len(kept)] = (box.left, box.top, box.right, box.bottom)
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: (-one.salience, one.box.top, one.box.left)))


def paired(landmarks: Sequence[Landmark]) -> list[Landmark]:
    """Two that face each other, no farther apart than they are long, are one: a crater's rim.

    Each is given to one other at most, the nearest; those of one size, the most salient first.
    """
    edges = np.asarray([astuple(one.box) for one in landmarks], np.float64).reshape(-1, 4)
    longest = np.maximum(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    free = np.ones(len(landmarks), bool)
    found = []
    for at, one in enumerate(landmarks):
        if not free[at]:
            continue
        free[at] = False
        across = np.maximum(edges[:, 0] - edges[at, 2], edges[at, 0] - edges[:, 2])
        down = np.maximum(edges[:, 1] - edges[at, 3], edges[at, 1] - edges[:, 3])
        gap = np.maximum(across, down)
        # one beside the other, or above it
        facing = (np.minimum(across, down) < 0) & (longest < 2 * longest[at])
        reach = _REACH * np.maximum(longest, longest[at])
        partner = int(np.where(free & facing & (gap <= reach), gap, np.inf).argmin())
        if not (free[partner] and facing[partner] and gap[partner] <= reach[partner]):
            found.append(one)
            continue
        free[partner] = False
        low, high = np.minimum(edges[at], edges[partner]), np.maximum(edges[at], edges[partner])
        box = Box(int(low[0]), int(low[1]), int(high[2]), int(high[3]))
        found.append(Landmark(box, one.salience, one.weight))
    return found


def square_around(box: Box, margin: int, shape: Sequence[int]) -> Box:
    """The square with `margin` pixels around a box, moved into an image (h, w) where it fits.

    It is no larger than the image's shorter side.
    """
    height, width = shape[:2]
    side = min(max(box.width, box.height) + 2 * margin, height, width)
    left = min(max(0, (box.left + box.right - side) // 2), width - side)
    top = min(max(0, (box.top + box.bottom - side) // 2), height - side)
    return Box(left, top, left + side, top + side)


def cut(grey: U8, square: Box) -> U8:
    """(SIDE, SIDE, 3) of a square of an image (h, w)."""
    part = grey[square.top : square.bottom, square.left : square.right]
    way = cv2.INTER_AREA if len(part) > SIDE else cv2.INTER_LINEAR
    resized = cv2.resize(part, (SIDE, SIDE), interpolation=way)
    return np.asarray(cv2.cvtColor(resized, cv2.COLOR_GRAY2RGB), np.uint8)


def _standing_out(
    level: Level, settings: LandmarkSettings, shape: Sequence[int], counts: float
) -> list[Landmark]:
    """Each peak with all around it that is at least a share of it as salient, highest first."""
    salience = level.salience
    highest = cv2.dilate(salience, np.ones((3, 3), np.uint8)) == salience
    rows, columns = np.nonzero(highest & (salience > settings.peak))
    taken = np.zeros((salience.shape[0] + 2, salience.shape[1] + 2), np.uint8)
    found = []
    for at in np.argsort(-salience[rows, columns], kind="stable"):
        row, column = int(rows[at]), int(columns[at])
        if taken[row + 1, column + 1]:
            continue
        top = float(salience[row, column])
        # the mask alone is filled; no neighbour is higher than a peak that is not taken by itself
        flags = 8 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
        down = top * (1.0 - settings.share)
        _, _, _, (x, y, across, high) = cv2.floodFill(
            salience, taken, (column, row), 0.0, down, float(salience.max()), flags
        )
        found.append(Landmark(_shrunk(x, y, across, high, level.step, shape), top, top * counts))
    return found


def _shrunk(left: int, top: int, across: int, down: int, step: int, shape: Sequence[int]) -> Box:
    """Of blocks the pixels, less half a window each way: windows reach past what is in them."""

    def ends(first: int, count: int, limit: int) -> tuple[int, int]:
        reach = min(WINDOW // 2, (count - 1) // 2)
        return step * (first + reach), min(step * (first + count - reach), limit)

    (x, right), (y, bottom) = ends(left, across, shape[1]), ends(top, down, shape[0])
    return Box(x, y, right, bottom)
