"""Images with their label, what the model says and how sure it is: the best, middle and worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.data import I64
from ai4mars_nav.learn.pictures.axes import CLASS_COLOURS
from ai4mars_nav.learn.scores import pixel_accuracy
from ai4mars_nav.perception.overlay import STRONGEST
from ai4mars_nav.sim.poster import FAINT, INK, PAPER, Colour, Picture, legend, write
from ai4mars_nav.terrain import NAMES, UNKNOWN, colourise

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

COUNT = 4
"""Images of a page."""
_SIDE, _GAP, _LEFT, _HEAD, _CAPTION = 300, 12, 30, 118, 34
_COLUMNS = ("image", "label", "what the model says", "confidence: white is sure; wrong: red")
_WRONG: Colour = (214, 48, 40)
_LEAST = 0.1
"""Labelled pixels that an example must have, as a share of the median image's."""
_MIXED = 0.02
"""Share of an image's labels that a class must have for the image to show it."""


@dataclass(frozen=True)
class Example:
    """A frame u8, its label u8, what was said of it u8 and the confidence f32, all (h, w)."""

    product: str
    image: U8
    label: U8
    classes: U8
    confidence: F32


def chosen(matrices: I64) -> dict[str, list[int]]:
    """Which images (n) to show on which page, from their matrices (n, 4, 4).

    The best and the middle ones show two classes at least: an image of a single class says little.
    """
    support = matrices.sum(axis=2)
    labelled = support.sum(axis=1)
    whole = np.flatnonzero(labelled > _LEAST * np.median(labelled))
    order = whole[np.argsort(pixel_accuracy(matrices[whole]), kind="stable")]
    shown = (support >= _MIXED * labelled[:, None]) & (support > 0)
    mixed = order[shown[order].sum(axis=1) >= 2]
    middle = max(0, (len(mixed) - COUNT) // 2)
    pages = {
        "best": mixed[::-1][:COUNT],
        "middle": mixed[middle : middle + COUNT],
        "worst": order[:COUNT],
    }
    return {name: [int(i) for i in rows] for name, rows in pages.items() if len(rows)}


ABOUT: Mapping[str, str] = {
    "best": "The images with the largest share of pixels right, of those that show two classes.",
    "middle": "Half of the images with two classes or more are better than these, half are worse.",
    "worst": "The images with the largest share of pixels wrong. Some of them are wrong labels.",
}


def examples_page(title: str, words: str, examples: list[Example]) -> Picture:
    """A page with a row for each example."""
    row = _SIDE + _CAPTION
    width = 2 * _LEFT + len(_COLUMNS) * _SIDE + (len(_COLUMNS) - 1) * _GAP
    sheet = np.empty((_HEAD + row * len(examples) + 10, width, 3), np.uint8)
    sheet[:] = PAPER
    write(sheet, title, _LEFT, 42, 17, INK, bold=True)
    write(sheet, words, _LEFT, 70, 10, FAINT)
    for column, name in enumerate(_COLUMNS):
        write(sheet, name, _LEFT + column * (_SIDE + _GAP), _HEAD - 12, 10, INK)
    for index, example in enumerate(examples):
        y = _HEAD + index * row
        for column, picture in enumerate(_pictures(example)):
            x = _LEFT + column * (_SIDE + _GAP)
            sheet[y : y + _SIDE, x : x + _SIDE] = picture
        write(sheet, _caption(example), _LEFT, y + _SIDE + 18, 10, INK)
    first = sheet[_HEAD : _HEAD + _SIDE, _LEFT : _LEFT + _SIDE]
    legend(first, list(zip(CLASS_COLOURS, NAMES, strict=True)))
    return sheet


def _pictures(example: Example) -> list[Picture]:
    """The four pictures of a row, each (_SIDE, _SIDE, 3)."""
    grey = _brightened(_fitted(example.image))
    label, classes = _nearest(example.label), _nearest(example.classes)
    sure = cv2.resize(example.confidence, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    frame = np.repeat(grey[..., None], 3, axis=2)
    shades = np.repeat(np.rint(255.0 * np.clip(sure, 0.0, 1.0))[..., None], 3, axis=2)
    wrong = (label != UNKNOWN) & (label != classes)
    shades[wrong] = 0.35 * shades[wrong] + 0.65 * np.array(_WRONG)
    return [frame, _tinted(grey, label), _tinted(grey, classes), shades.astype(np.uint8)]


def _caption(example: Example) -> str:
    known = example.label != UNKNOWN
    if not known.any():
        return f"{example.product}: nothing labelled"
    right = (example.label == example.classes)[known]
    return (
        f"{example.product}: {right.mean():.1%} of the labelled pixels right, "
        f"{known.mean():.0%} of the image labelled"
    )


def _tinted(grey: U8, label: U8) -> Picture:
    opacity = np.where(label == UNKNOWN, 0.0, STRONGEST)[..., None]
    tinted: Picture = (grey[..., None] * (1.0 - opacity) + colourise(label) * opacity).astype(
        np.uint8
    )
    return tinted


def _brightened(grey: U8) -> U8:
    """Rover frames are dark: stretched so that one pixel in a hundred is white."""
    white = max(1.0, float(np.percentile(grey, 99)))
    bright: U8 = np.clip(np.rint(255.0 * (grey / white) ** 0.8), 0, 255).astype(np.uint8)
    return bright


def _fitted(image: U8) -> U8:
    way = cv2.INTER_AREA if image.shape[0] >= _SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (_SIDE, _SIDE), interpolation=way), dtype=np.uint8)


def _nearest(label: U8) -> U8:
    small = cv2.resize(label, (_SIDE, _SIDE), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(small, dtype=np.uint8)
