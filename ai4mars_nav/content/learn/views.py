"""Views of training pictures: cut, turned, mirrored and in other light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.learn.settings import Training

U8 = NDArray[np.uint8]
_STRETCH = 0.15
"""Logarithm of how much wider or narrower a view may be."""
_GAIN = 0.25
_TINT = 0.06
_GREY = 0.15
"""Share of views without colour: some of the archive's pictures have one band."""


def view(picture: U8, settings: Training, rng: np.random.Generator) -> U8:
    """(h, w, 3) to a random view (side, side, 3) of it."""
    cut = _cut(picture, settings, rng)
    gains = np.exp(rng.uniform(-_GAIN, _GAIN) + np.zeros(3))
    if settings.coloured:
        if rng.random() < _GREY:
            grey = cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY)
            cut = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
        else:
            gains *= np.exp(rng.uniform(-_TINT, _TINT, 3))
    middle = cut.mean((0, 1))
    contrast = np.exp(rng.uniform(-_GAIN, _GAIN))
    levels = (cut - middle) * (gains * contrast) + middle * gains
    return np.asarray(np.clip(np.rint(levels), 0, 255), np.uint8)


def _cut(picture: U8, settings: Training, rng: np.random.Generator) -> U8:
    """A turned, mirrored part of the picture; past its edge it is reflected."""
    height, width = picture.shape[:2]
    share = np.sqrt(rng.uniform(settings.smallest, 1.0))
    stretch = np.exp(rng.uniform(-_STRETCH, _STRETCH))
    across = min(1.0, share * stretch) * width
    down = min(1.0, share / stretch) * height
    angle = np.deg2rad(rng.uniform(-settings.turn_deg, settings.turn_deg))
    mirror = np.diag(
        [rng.choice((-1.0, 1.0)), 1.0 if settings.upright else rng.choice((-1.0, 1.0))]
    )
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    picture_from_view = np.diag([across, down]) @ turn @ mirror / settings.side
    centre = np.array(
        [
            rng.uniform(across / 2, width - across / 2),
            rng.uniform(down / 2, height - down / 2),
        ]
    )
    shift = centre - picture_from_view @ np.full(2, settings.side / 2)
    size = (settings.side, settings.side)
    return np.asarray(
        cv2.warpAffine(
            picture,
            np.column_stack([picture_from_view, shift]),
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        ),
        np.uint8,
    )
