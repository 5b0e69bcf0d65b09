"""The black border of a map-projected image: where there is nothing to look at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]

BLACK = 3
"""Grey levels up to this are black: JPEG leaves a little noise on 0."""


def reduced(grey: U8, step: int) -> tuple[F32, Mask]:
    """(h / step, w / step): mean levels of blocks of (h, w), and which blocks hold ground.

    What is black and joined to the edge of the image is border; a black shadow inside is ground.
    Rows and columns that fill no block are left out.
    """
    rows, columns = grey.shape[0] // step, grey.shape[1] // step
    means = np.empty((rows, columns), np.float32)
    black = np.empty((rows, columns), np.uint8)
    whole = grey[: rows * step, : columns * step]
    strip = max(1, 1_000_000 // max(1, columns * step))
    for at in range(0, rows, strip):
        # a strip at a time: floats of a whole image of 100 Mpixel are 400 MB
        part = whole[at * step : (at + strip) * step].reshape(-1, step, columns, step)
        means[at : at + strip] = part.mean(axis=(1, 3), dtype=np.float32)
        black[at : at + strip] = (part <= BLACK).mean(axis=(1, 3), dtype=np.float32) > 0.5
    return means, ~_border(black)


def _border(black: U8) -> Mask:
    """The parts of black (h, w) that touch an edge, and one more block around them."""
    count, parts = cv2.connectedComponents(black, connectivity=4)
    touching = np.zeros(count, bool)
    for line in (parts[0], parts[-1], parts[:, 0], parts[:, -1]):
        touching[line] = True
    touching[0] = False
    border = touching[parts].astype(np.uint8)
    # blocks that the border cuts through are half black
    grown = cv2.dilate(border, np.ones((3, 3), np.uint8))
    return np.asarray(grown > 0)
