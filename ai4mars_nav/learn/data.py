"""Labelled frames of one size in memory, as training takes them; read through the dataset room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ai4mars_nav.dataset.errors import BadInput, Findings
from ai4mars_nav.dataset.layout import Frame, find_frames, read_frame
from ai4mars_nav.dataset.product import parse_product
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.learn.errors import DataError

MULTIPLE = 32  # the network needs heights and widths that divide by this

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Frames:
    """Images (n, side, side) uint8 grey and labels (n, side, side) uint8, 255 where unlabelled."""

    names: tuple[str, ...]
    images: U8
    labels: U8


def load_frames(frames: Sequence[Frame], side: int, findings: Findings | None = None) -> Frames:
    """Every frame in memory, its label masked: 2 * side^2 bytes each.

    A frame that cannot be used is an error, or where findings keep it, left out.
    """
    findings = Findings(skip=False) if findings is None else findings
    images = np.empty((len(frames), side, side), np.uint8)
    labels = np.empty_like(images)
    names: list[str] = []
    for frame in frames:
        try:
            image, label = read_frame(frame)
        except BadInput as error:
            findings.note(error.problem)
            continue
        images[len(names)], labels[len(names)] = _resized(image, label, side)
        names.append(frame.product)
    if not names:
        raise DataError("no labelled frame to read")
    return Frames(tuple(names), images[: len(names)], labels[: len(names)])


def load_rendered(roots: Sequence[Path], side: int) -> Frames:
    """Every frame that `ai4mars sim render` wrote under each of the roots."""
    findings = Findings(skip=False)
    return load_frames([f for root in roots for f in find_frames(root, TRAIN, findings)], side)


def _resized(image: U8, label: U8, side: int) -> tuple[U8, U8]:
    """Image (area-averaged) and label (nearest), both (side, side) uint8."""
    if image.shape == (side, side):
        return image, label
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    nearest = cv2.resize(label, (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
    return small.astype(np.uint8), nearest.astype(np.uint8)


def sites(names: Sequence[str]) -> I64:
    """Number (n,) of the place that each product shows: frames of one place see the same ground."""
    return np.unique([parse_product(name).place for name in names], return_inverse=True)[1]
