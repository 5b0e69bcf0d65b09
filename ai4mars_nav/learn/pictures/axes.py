"""Axes to draw values in: grid, lines, dots and columns on pictures RGB u8 (h, w, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ai4mars_nav.sim.poster import FAINT, INK, WHITE, Colour, Picture, write
from ai4mars_nav.terrain import CLASSES, COLOURS

GRID: Colour = (226, 224, 219)
QUIET: Colour = (166, 162, 156)
"""For what is there to be compared with."""
_SHIFT = 4
"""Binary digits of a pixel's fraction in OpenCV's drawing."""

Ticks = Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Axes:
    """A rectangle of a picture (pixels, upper left corner first) and the values at its edges."""

    x: int
    y: int
    width: int
    height: int
    left: float
    right: float
    bottom: float
    top: float

    def at(self, xs: ArrayLike, ys: ArrayLike) -> NDArray[np.float64]:
        """Pixels (n, 2) of values (n,) and (n,), held inside the rectangle."""
        across = (np.asarray(xs, np.float64) - self.left) / (self.right - self.left)
        up = (np.asarray(ys, np.float64) - self.bottom) / (self.top - self.bottom)
        u = self.x + np.clip(across, 0.0, 1.0) * self.width
        v = self.y + (1.0 - np.clip(up, 0.0, 1.0)) * self.height
        return np.stack(np.broadcast_arrays(u, v), axis=-1)


def class_colour(kind: int) -> Colour:
    """The colour of a terrain class."""
    red, green, blue = (int(level) for level in COLOURS[kind])
    return red, green, blue


CLASS_COLOURS: tuple[Colour, ...] = tuple(class_colour(kind) for kind in CLASSES)


def blank(width: int, height: int) -> Picture:
    """A white picture."""
    return np.full((height, width, 3), 255, np.uint8)


def ticks(values: Sequence[float], form: str = "g") -> list[tuple[float, str]]:
    """Marks at values, in words."""
    return [(value, format(value, form)) for value in values]


def grid(picture: Picture, axes: Axes, across: Ticks, up: Ticks, x_name: str, y_name: str) -> None:
    """Lines at the ticks with their words, and what the axes show."""
    for value, words in up:
        u, v = axes.at(axes.left, value)
        cv2.line(picture, (int(u), int(v)), (axes.x + axes.width, int(v)), GRID, 1)
        write(picture, words, axes.x - 22, int(v) + 4, 8, FAINT, centred=True)
    for value, words in across:
        u, v = axes.at(value, axes.bottom)
        cv2.line(picture, (int(u), int(v)), (int(u), axes.y), GRID, 1)
        write(picture, words, int(u), axes.y + axes.height + 17, 8, FAINT, centred=True)
    write(
        picture, x_name, axes.x + axes.width // 2, axes.y + axes.height + 36, 9, INK, centred=True
    )
    write(picture, y_name, axes.x, axes.y - 9, 9, INK)


def line(
    picture: Picture, axes: Axes, xs: ArrayLike, ys: ArrayLike, colour: Colour, width: int = 2
) -> None:
    """A line through the points (n,), broken where one is nan."""
    points = axes.at(xs, ys)
    whole = np.isfinite(points.sum(axis=1))
    for part in np.split(np.arange(len(points)), np.flatnonzero(~whole)):
        kept = part[whole[part]]
        if len(kept) > 1:
            cv2.polylines(
                picture, [_fixed(points[kept])], False, colour, width, cv2.LINE_AA, _SHIFT
            )


def dots(
    picture: Picture,
    axes: Axes,
    xs: ArrayLike,
    ys: ArrayLike,
    radii: ArrayLike,
    colour: Colour,
    *,
    hollow: bool = False,
) -> None:
    """Discs of radii (n,) pixels at the points (n,), nan left out; hollow ones are rings."""
    points = axes.at(xs, ys)
    sizes = np.broadcast_to(np.asarray(radii, np.float64), len(points))
    for point, size in zip(points, sizes, strict=True):
        if np.isfinite(point).all():
            centre = [int(c) for c in _fixed(point)]
            radius = round(float(size) * 2**_SHIFT)
            fill = WHITE if hollow else colour
            cv2.circle(picture, centre, radius, fill, cv2.FILLED, cv2.LINE_AA, _SHIFT)
            edge = colour if hollow else WHITE
            cv2.circle(picture, centre, radius, edge, 1 + hollow, cv2.LINE_AA, _SHIFT)


def column(
    picture: Picture, axes: Axes, left: float, right: float, top: float, ink: Colour
) -> None:
    """A filled column from the lower edge up to a value, between two others."""
    (u0, v0), (u1, v1) = axes.at([left, right], [axes.bottom, top])
    if v0 - v1 >= 0.5:
        corners = (round(float(u0)), round(float(v1))), (round(float(u1)) - 1, int(v0))
        cv2.rectangle(picture, *corners, ink, cv2.FILLED)


def key(picture: Picture, x: int, y: int, entries: Sequence[tuple[Colour, str]]) -> None:
    """Coloured squares with words below each other, the first with its top at y."""
    for index, (colour, words) in enumerate(entries):
        top = y + 18 * index
        cv2.rectangle(picture, (x, top), (x + 10, top + 10), colour, cv2.FILLED)
        write(picture, words, x + 17, top + 10, 9, INK)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.rint(points * 2**_SHIFT).astype(np.int32)
    return fixed
