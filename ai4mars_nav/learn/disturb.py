"""Frames that are harder to learn by heart: turned, blurred or grainy, mixed with each other."""

from __future__ import annotations

import cv2
import numpy as np

from ai4mars_nav.learn.data import U8
from ai4mars_nav.terrain import UNKNOWN

SHARE = 0.5  # of the frames that are turned, and of those that are blurred or grainy
ZOOM = (0.92, 1.16)  # magnification of a turned frame
SHEAR = 0.1  # columns a row, either way, of a turned frame
BLUR = (0.3, 1.0)  # pixels
PART = (0.25, 0.75)  # of a frame's side: the rectangle that comes from the next one
GRAIN_MEAN = 60.0  # grey level at which grain is stated; it grows with the brightness


def turned(image: U8, label: U8, degrees: float, rng: np.random.Generator) -> tuple[U8, U8]:
    """A frame (s, s) turned by up to `degrees` either way; what comes in has no label."""
    side = image.shape[0]
    zoom = np.exp(rng.uniform(*np.log(ZOOM)))
    centre = side / 2.0
    matrix = cv2.getRotationMatrix2D((centre, centre), rng.uniform(-degrees, degrees), zoom)
    lean = rng.uniform(-SHEAR, SHEAR)
    matrix[0, 1] += lean
    matrix[0, 2] -= lean * centre
    size = (side, side)
    moved = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT)
    known = cv2.warpAffine(label, matrix, size, flags=cv2.INTER_NEAREST, borderValue=UNKNOWN)
    return moved.astype(np.uint8), known.astype(np.uint8)


def grainy(image: U8, levels: float, rng: np.random.Generator) -> U8:
    """A frame (s, s) either a little out of focus or with up to `levels` grey levels of noise."""
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(*BLUR)), np.uint8)
    strength = rng.uniform(0.0, levels) * image.mean() / GRAIN_MEAN
    noisy = image + rng.normal(0.0, 1.0, image.shape) * strength
    grains: U8 = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return grains


def mixed(images: U8, labels: U8, share: float, rng: np.random.Generator) -> tuple[U8, U8]:
    """A batch (n, s, s) in which a `share` of the frames got a rectangle of the next one.

    The rectangle keeps its place, so that near stays near (CutMix, Yun et al. 2019).
    """
    count, side, _ = images.shape
    after, known = images.copy(), labels.copy()
    for slot in range(count):
        if rng.random() >= share:
            continue
        height, width = (rng.uniform(*PART, 2) * side).astype(int)
        row, column = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
        part = slice(row, row + height), slice(column, column + width)
        after[slot][part] = images[(slot + 1) % count][part]
        known[slot][part] = labels[(slot + 1) % count][part]
    return after, known


def disturb(
    images: U8,
    labels: U8,
    degrees: float,
    levels: float,
    share: float,
    rng: np.random.Generator,
) -> tuple[U8, U8]:
    """A batch (n, s, s) turned by up to `degrees`, grainy by up to `levels`, a `share` mixed."""
    images, labels = images.copy(), labels.copy()
    for slot in range(len(images)):
        if degrees > 0.0 and rng.random() < SHARE:
            images[slot], labels[slot] = turned(images[slot], labels[slot], degrees, rng)
        if levels > 0.0 and rng.random() < SHARE:
            images[slot] = grainy(images[slot], levels, rng)
    return mixed(images, labels, share, rng)
