"""A page of pictures drawn with OpenCV alone: smooth text, titled panels, colour bars, scale bars.

Pictures are RGB u8 (h, w, 3); lengths on the page are pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

PAPER: Colour = (250, 249, 246)
INK: Colour = (38, 36, 34)
FAINT: Colour = (120, 116, 110)
WHITE: Colour = (255, 255, 255)

_FINE = 4
"""Text is drawn this much larger and made smaller, since OpenCV's strokes are coarse."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAP_HEIGHT = 21.0
"""Pixels of a capital letter of this font at scale 1."""


@dataclass(frozen=True)
class Panel:
    """One picture of the page with its title and what is said below it."""

    title: str
    note: str
    picture: Picture


def page(title: str, subtitle: str, panels: Sequence[Panel], columns: int) -> Picture:
    """All panels, of one size, in rows under a heading."""
    height, width = panels[0].picture.shape[:2]
    margin, gap, head, caption = 36, 26, 92, 54
    rows = -(-len(panels) // columns)
    sheet = np.empty(
        (
            head + rows * (height + caption) + margin // 2,
            2 * margin + columns * width + (columns - 1) * gap,
            3,
        ),
        np.uint8,
    )
    sheet[:] = PAPER
    write(sheet, title, margin, 44, 18, INK, bold=True)
    write(sheet, subtitle, margin, 72, 11, FAINT)
    for index, panel in enumerate(panels):
        row, column = divmod(index, columns)
        x, y = margin + column * (width + gap), head + row * (height + caption)
        sheet[y : y + height, x : x + width] = panel.picture
        cv2.rectangle(sheet, (x - 1, y - 1), (x + width, y + height), (205, 202, 196), 1)
        write(sheet, panel.title, x, y + height + 20, 12, INK, bold=True)
        write(sheet, panel.note, x, y + height + 38, 9, FAINT)
    return sheet


def write(
    picture: Picture,
    words: str,
    x: int,
    y: int,
    height: int,
    colour: Colour,
    *,
    bold: bool = False,
    edge: Colour | None = None,
    centred: bool = False,
) -> None:
    """Words with their baseline's left end (or middle) at x, y, capitals `height` pixels high."""
    scale = height * _FINE / _CAP_HEIGHT
    stroke = max(round(height * _FINE * (0.15 if bold else 0.105)), 1)
    (long, _), below = cv2.getTextSize(words, _FONT, scale, stroke)
    pad = 3 * _FINE
    wide = -(-(long + 2 * pad) // _FINE) * _FINE
    tall = -(-(round(height * 1.4 * _FINE) + below + 2 * pad) // _FINE) * _FINE
    base = tall - below - pad
    base -= base % _FINE
    left = x - (wide // _FINE) // 2 if centred else x - pad // _FINE
    for ink, extra in ((edge, 2 * _FINE + stroke), (colour, stroke)):
        if ink is not None:
            mask = np.zeros((tall, wide), np.uint8)
            cv2.putText(mask, words, (pad, base), _FONT, scale, 255, extra, cv2.LINE_AA)
            small = resized(mask, wide // _FINE, tall // _FINE)
            _stain(picture, small, ink, left, y - base // _FINE)


def colour_bar(
    picture: Picture, ramp: Picture, ticks: Sequence[tuple[float, str]], caption: str
) -> None:
    """Top right: a bar of colours `ramp` (n, 1, 3), from left to right, with ticks at 0..1."""
    width, x, y = 150, picture.shape[1] - 150 - 22, 30
    box(picture, x - 18, 8, width + 32, 50)
    write(picture, caption, x + width // 2, y - 7, 8, INK, centred=True)
    bar = cv2.resize(ramp.reshape(1, -1, 3), (width, 8), interpolation=cv2.INTER_LINEAR)
    picture[y : y + 8, x : x + width] = bar
    for share, words in ticks:
        write(picture, words, x + round(share * (width - 1)), y + 21, 8, INK, centred=True)


def scale_bar(picture: Picture, pixels_per_metre: float, metres: float) -> None:
    """Bottom left: a bar that long on the ground."""
    length, x, y = round(metres * pixels_per_metre), 22, picture.shape[0] - 20
    box(picture, x - 12, y - 24, length + 24, 36)
    cv2.rectangle(picture, (x, y), (x + length, y + 3), INK, cv2.FILLED)
    write(picture, f"{metres:g} m", x + length // 2, y - 5, 9, INK, centred=True)


def legend(picture: Picture, entries: Sequence[tuple[Colour, str]]) -> None:
    """Bottom left: coloured squares with their names."""
    step, width = 19, 36 + round(max(len(name) for _, name in entries) * 7.2)
    top = picture.shape[0] - 10 - step * len(entries) - 8
    box(picture, 10, top, width, step * len(entries) + 8)
    for index, (colour, name) in enumerate(entries):
        y = top + 8 + index * step
        cv2.rectangle(picture, (18, y), (29, y + 10), colour, cv2.FILLED)
        write(picture, name, 37, y + 10, 9, INK)


def box(picture: Picture, x: int, y: int, width: int, height: int) -> None:
    """A veil of paper under writing."""
    part = picture[y : y + height, x : x + width]
    part[:] = (0.18 * part + 0.82 * np.array(PAPER)).astype(np.uint8)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """A picture (h, w) or (h, w, 3) made smaller, each pixel the mean of what it covers."""
    return np.asarray(
        cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


def few_greys(picture: Picture, levels: int) -> Picture:
    """The picture with `levels` steps per channel: a smaller file, and nobody sees it."""
    step = 256 // levels
    reduced: Picture = (picture // step) * step + step // 2
    return reduced


def _stain(picture: Picture, mask: NDArray[np.uint8], colour: Colour, x: int, y: int) -> None:
    """Blend a colour into the picture where the mask says, as far as it lies inside."""
    height, width = mask.shape
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, picture.shape[1]), min(y + height, picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    share = mask[y0 - y : y1 - y, x0 - x : x1 - x, None] / 255.0
    part = picture[y0:y1, x0:x1]
    part[:] = np.rint(part * (1.0 - share) + np.array(colour) * share).astype(np.uint8)
