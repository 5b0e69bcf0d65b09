"""Views of a picture that shows several things: turned, sheared and skewed, and nothing cut off.

What a picture shows is often at its edge, and a view without it would make its label wrong.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

_GAIN = 0.25
"""Logarithm of how much lighter or of how much more contrast a view may be."""


def whole_view(picture: U8, settings: MultiLabelTraining, rng: np.random.Generator) -> U8:
    """(h, w, 3) to a random view (side, side, 3) of all of it; past its edge it is reflected."""
    side = settings.side
    cut = cv2.warpPerspective(
        picture,
        view_from_picture(picture.shape[0], picture.shape[1], settings, rng),
        (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    ).astype(np.float64)
    gain, contrast = np.exp(rng.uniform(-_GAIN, _GAIN, 2))
    middle = cut.mean((0, 1))
    levels = (cut - middle) * gain * contrast + middle * gain
    return np.asarray(np.clip(np.rint(levels), 0, 255), np.uint8)


def view_from_picture(
    height: int, width: int, settings: MultiLabelTraining, rng: np.random.Generator
) -> F64:
    """(3, 3) from pixels of the picture to pixels of the view, all four corners inside it."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    turned = corners * (1.0 - rng.uniform(0.0, settings.skew, (4, 2)))
    angle = np.deg2rad(rng.uniform(-settings.turn_deg, settings.turn_deg))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1.0, rng.uniform(-settings.shear, settings.shear)], [0.0, 1.0]])
    mirror = [rng.choice((-1.0, 1.0)), 1.0 if settings.upright else rng.choice((-1.0, 1.0))]
    placed = turned * mirror @ (turn @ shear).T
    low, high = placed.min(axis=0), placed.max(axis=0)
    # as large as it fits; where it has room it lies anywhere
    scale = (settings.side - 1) / max(high - low)
    room = settings.side - 1 - (high - low) * scale
    seen = (placed - low) * scale + room * rng.uniform(0.0, 1.0, 2)
    ends = (corners + 0.5) * [width - 1, height - 1]
    return np.asarray(
        cv2.getPerspectiveTransform(ends.astype(np.float32), seen.astype(np.float32)), np.float64
    )
