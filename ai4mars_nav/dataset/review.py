"""The review: which labels agree least, and each of them as a picture to be judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.dataset.tables import Label

OPACITY = 0.45
_EDGE = 512
"""Longest edge of a picture on the sheet, pixels."""
_CONTRAST = 8
"""Grey values that a picture must span to be brightened."""


def lowest(scores: Mapping[Label, float], share: float) -> list[Label]:
    """The `share` of all scored labels that agree least, the worst first; nan has no score."""
    if not 0.0 < share <= 1.0:
        raise DatasetError(f"share of labels to review is {share}, must be above 0 and at most 1")
    scored = sorted((score, label) for label, score in scores.items() if not math.isnan(score))
    return [label for _, label in scored[: math.ceil(share * len(scored))]]


def overlay(picture: U8 | None, label: U8) -> U8:
    """The plain picture beside itself with the label (h, w) in colour: RGB, made small.

    `picture` is (h, w, 3) RGB; without it the colours alone are shown. It is brightened, as most
    frames are dark, and the edges of each area are drawn in its full colour.
    """
    shown = _small(label, cv2.INTER_NEAREST)
    colours = terrain.colourise(shown)
    if picture is None:
        return colours
    plain = _bright(_small(picture, cv2.INTER_AREA))
    strength = np.where(_edges(shown), 1.0, OPACITY) * (shown != terrain.UNKNOWN)
    blended = plain + (colours.astype(float) - plain) * strength[..., None]
    return np.hstack([plain, np.round(blended).astype(np.uint8)])


def _bright(picture: U8) -> U8:
    """A picture whose darkest and brightest hundredth are black and white; a plain one as it is."""
    low, high = np.percentile(picture, (1.0, 99.0))
    if high - low < _CONTRAST:
        return picture
    stretched = np.clip((picture.astype(float) - low) * (255.0 / (high - low)), 0.0, 255.0)
    bright: U8 = np.round(stretched).astype(np.uint8)
    return bright


def _edges(label: U8) -> NDArray[np.bool_]:
    """(h, w), true where a neighbour has another label."""
    steps = cv2.morphologyEx(label, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edges: NDArray[np.bool_] = np.asarray(steps, np.uint8) > 0
    return edges


def _small(picture: U8, how: int) -> U8:
    scale = _EDGE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    height, width = (max(1, round(edge * scale)) for edge in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)
