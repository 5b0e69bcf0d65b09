"""The landmarks of one image with their classes: what is counted, and what is only its border."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.classifier import Classifier
from ai4mars_nav.content.landmarks import (
    Box,
    Landmark,
    LandmarkSettings,
    cut,
    find_landmarks,
    square_around,
)
from ai4mars_nav.content.origin import instrument_of

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

EDGE = "edge"
"""The class of squares that show the border of their image and nothing else."""


@dataclass(frozen=True)
class Classified:
    """A landmark, the square of it that was looked at, and its likeliest class."""

    box: Box
    square: Box
    salience: float
    answer: str
    number: int
    probability: float

    @property
    def edge(self) -> bool:
        """Whether it is taken for the image's border."""
        return self.answer == EDGE

    def counted(self, least: float) -> bool:
        """Whether it is sure enough, and not the image's border."""
        return not self.edge and self.probability >= least


@dataclass(frozen=True)
class Landmarked:
    """An image (width, height) with its landmarks."""

    name: str
    width: int
    height: int
    landmarks: tuple[Classified, ...]

    def counts(self, least: float) -> Counter[str]:
        """How many of each class are as sure as that."""
        return Counter(one.answer for one in self.landmarks if one.counted(least))


def landmarked(
    name: str, grey: U8, classifier: Classifier, settings: LandmarkSettings
) -> Landmarked:
    """The landmarks of an image (h, w), classified together."""
    height, width = grey.shape
    landmarks = find_landmarks(grey, settings)
    if not landmarks:
        return Landmarked(name, width, height, ())
    squares = [square_around(one.box, settings.margin, grey.shape) for one in landmarks]
    logits = np.stack([classifier.logits(cut(grey, square)) for square in squares])
    same, by = [name] * len(landmarks), [instrument_of(Path(name))] * len(landmarks)
    shares = classifier.sidecar.in_company(logits, same, by)
    classes = classifier.sidecar.classes
    found = [_classified(*each, classes) for each in zip(landmarks, squares, shares, strict=True)]
    return Landmarked(name, width, height, tuple(found))


def _classified(
    landmark: Landmark, square: Box, shares: F64, classes: tuple[str, ...]
) -> Classified:
    best = int(shares.argmax())
    name = classes[best]
    return Classified(landmark.box, square, landmark.salience, name, best, float(shares[best]))
