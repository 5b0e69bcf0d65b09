"""A picture for people: the frame with its terrain in colour, its big rocks and a legend."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.perception.rocks import Rock

STRONGEST = 0.55
"""Opacity of a colour whose class is certain; the grey image must stay readable."""
FUSED_COLOUR = (255, 40, 40)
OPINION_COLOUR = (255, 220, 60)
"""RGB of rocks that the fused verdict accepts, and of those that only one source claims."""


def overlay(
    grey: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    confidence: NDArray[np.float32],
    rocks: Sequence[Rock] = (),
) -> NDArray[np.uint8]:
    """RGB (h, w, 3) from a grey frame of any size, classes and confidence (0..1) (h, w).

    Confidence is the opacity of the class colours; unknown stays grey. Rocks carry their height
    in centimetres, `?` where it could not be measured.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise PerceptionError(f"overlay: frame is {grey.dtype} {grey.shape}, must be uint8 (H, W)")
    if classes.shape != confidence.shape:
        raise PerceptionError(
            f"overlay: classes are {classes.shape}, confidence is {confidence.shape}; "
            "both must come from one segmentation"
        )
    height, width = classes.shape
    frame = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    opacity = np.where(classes == terrain.UNKNOWN, 0.0, STRONGEST * confidence)[..., None]
    blended = frame[..., None] * (1.0 - opacity) + terrain.colourise(classes) * opacity
    picture = np.ascontiguousarray(blended.astype(np.uint8))
    for rock in rocks:
        _draw_rock(picture, rock)
    _draw_legend(picture)
    return picture


def _draw_rock(picture: NDArray[np.uint8], rock: Rock) -> None:
    colour = FUSED_COLOUR if rock.fused else OPINION_COLOUR
    cv2.polylines(picture, [rock.outline], True, colour, 1, cv2.LINE_AA)
    label = f"{100.0 * rock.height:.0f}" if np.isfinite(rock.height) else "?"
    left, top = rock.outline.min(axis=0)
    _write(picture, label, int(left), int(top) - 3)


def _draw_legend(picture: NDArray[np.uint8]) -> None:
    """Class names beside their colours, bottom left, where a picture is large enough."""
    step = 14
    height, width = picture.shape[:2]
    first = height - step * len(terrain.CLASSES)
    if first < 0 or width < 100:
        return
    for index, name in enumerate(terrain.NAMES):
        bottom = first + step * (index + 1) - 4
        colour = tuple(int(level) for level in terrain.COLOURS[index])
        cv2.rectangle(picture, (4, bottom - 8), (12, bottom), colour, cv2.FILLED)
        _write(picture, name, 17, bottom)


def _write(picture: NDArray[np.uint8], text: str, x: int, y: int) -> None:
    """White on a black edge, so that it reads on any ground."""
    for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(
            picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, thickness, cv2.LINE_AA
        )
