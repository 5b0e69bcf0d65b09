"""Big rocks of some frames put into others: the rare class is seen on more grounds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.data import U8
from ai4mars_nav.terrain import UNKNOWN, Terrain

AREA = (40, 6000)  # pixels of a rock that is taken; below it nothing of its shape is left
MARGIN = 4  # pixels around a rock that tell how bright its ground is
MOVED_ROWS = 0.08  # of the frame's height: further up or down a rock of this size is not seen
GAIN = (0.5, 2.0)
FEATHER = 0.7  # pixels


@dataclass(frozen=True)
class Cutting:
    """One labelled rock and its surroundings: grey (h, w), rock mask (h, w), its top row."""

    grey: U8
    mask: npt.NDArray[np.bool_]
    row: int

    @property
    def ground(self) -> float:
        """Median grey level around the rock."""
        around = self.grey[~self.mask]
        return float(np.median(around)) if around.size else 0.0


def cut_rocks(images: U8, labels: U8) -> tuple[Cutting, ...]:
    """Every connected big rock of (n, h, w) frames whose area is within AREA."""
    cuttings = []
    for image, label in zip(images, labels, strict=True):
        rock = (label == Terrain.BIG_ROCK).astype(np.uint8)
        if not rock.any():
            continue
        _, parts, boxes, _ = cv2.connectedComponentsWithStats(rock)
        for part, (left, top, width, height, area) in enumerate(boxes):
            if part == 0 or not AREA[0] <= area <= AREA[1]:
                continue
            rows = slice(max(0, top - MARGIN), top + height + MARGIN)
            columns = slice(max(0, left - MARGIN), left + width + MARGIN)
            window = (rows, columns)
            cuttings.append(Cutting(image[window].copy(), parts[window] == part, rows.start))
    return tuple(cuttings)


def paste(
    image: U8, label: U8, cuttings: tuple[Cutting, ...], rng: np.random.Generator
) -> tuple[U8, U8]:
    """One random rock put onto labelled ground of a frame (h, w), near its own row, its
    brightness fitted to the ground there; the frame itself where it does not fit."""
    cutting = cuttings[rng.integers(len(cuttings))]
    grey, mask = cutting.grey, cutting.mask
    if rng.random() < 0.5:
        grey, mask = grey[:, ::-1], mask[:, ::-1]
    height, width = grey.shape
    reach = int(MOVED_ROWS * image.shape[0])
    row = int(np.clip(cutting.row + rng.integers(-reach, reach + 1), 0, image.shape[0] - height))
    column = int(rng.integers(0, image.shape[1] - width + 1))
    window = (slice(row, row + height), slice(column, column + width))
    there = label[window][mask]
    if (there == UNKNOWN).any() or (there == Terrain.BIG_ROCK).any() or cutting.ground == 0.0:
        return image, label
    gain = np.clip(np.median(image[window][~mask]) / cutting.ground, *GAIN) if (~mask).any() else 1
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), FEATHER)
    blended = alpha * gain * grey + (1.0 - alpha) * image[window]
    image, label = image.copy(), label.copy()
    image[window] = np.clip(np.rint(blended), 0, 255)
    label[window][mask] = Terrain.BIG_ROCK
    return image, label
