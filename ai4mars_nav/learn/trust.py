"""How far a model's confidence can be believed, from counts: reliability, risk and coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.calibrate import BINS
from ai4mars_nav.terrain import UNKNOWN

F64 = npt.NDArray[np.float64]

FINE = 100 * BINS


@dataclass(frozen=True)
class Trust:
    """Labelled pixels, how many of them are right, and their summed confidence, each (FINE,).

    Bin i holds the confidences from i / FINE on.
    """

    pixels: F64
    right: F64
    confidence: F64

    def __add__(self, other: Trust) -> Trust:
        """The counts of both."""
        return Trust(
            self.pixels + other.pixels,
            self.right + other.right,
            self.confidence + other.confidence,
        )


NOTHING = Trust(np.zeros(FINE), np.zeros(FINE), np.zeros(FINE))


@dataclass(frozen=True)
class Bin:
    """One bar of the reliability diagram: pixels, mean confidence, share right (None: empty)."""

    pixels: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Point:
    """What is left when the model abstains below a confidence: share of pixels, share right."""

    abstain_below: float
    coverage: float
    accuracy: float


def trust_of(
    truth: npt.NDArray[np.uint8],
    predicted: npt.NDArray[np.uint8],
    confidence: npt.NDArray[np.float32],
) -> Trust:
    """The counts of one image: label, classes and confidence (0 to 1), each (h, w)."""
    used = truth != UNKNOWN
    sure = confidence[used].astype(np.float64)
    bins = np.minimum((sure * FINE).astype(np.int64), FINE - 1)
    right = predicted[used] == truth[used]
    return Trust(
        np.bincount(bins, minlength=FINE).astype(np.float64),
        np.bincount(bins, right, FINE).astype(np.float64),
        np.bincount(bins, sure, FINE).astype(np.float64),
    )


def calibration_error(trust: Trust) -> float:
    """Expected calibration error over BINS equal bins of the confidence (0 to 1)."""
    gap = _coarse(trust.right) - _coarse(trust.confidence)
    return float(np.abs(gap).sum() / trust.pixels.sum())


def diagram(trust: Trust) -> list[Bin]:
    """The bars of the reliability diagram, from the least confidence to the most."""
    columns = (_coarse(trust.pixels), _coarse(trust.confidence), _coarse(trust.right))
    return [
        Bin(int(n), float(sure / n), float(right / n)) if n else Bin(0, None, None)
        for n, sure, right in zip(*columns, strict=True)
    ]


def _coarse(counts: F64) -> F64:
    sums: F64 = counts.reshape(BINS, -1).sum(axis=1)
    return sums


def at_coverage(trust: Trust, wanted: float) -> Point:
    """The highest threshold, in steps of 1 / FINE, that keeps at least this share of the pixels."""
    kept = np.cumsum(trust.pixels[::-1])
    last = int(np.searchsorted(kept, wanted * kept[-1] * (1.0 - 1e-12)))
    right = np.cumsum(trust.right[::-1])[last]
    return Point((FINE - 1 - last) / FINE, float(kept[last] / kept[-1]), float(right / kept[last]))
