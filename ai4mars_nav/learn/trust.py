"""How far a model's confidence can be believed, from counts: reliability, risk and coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.calibrate import BINS
from ai4mars_nav.terrain import CLASSES, UNKNOWN

F64 = npt.NDArray[np.float64]

FINE = 100 * BINS


@dataclass(frozen=True)
class Trust:
    """Labelled pixels, how many of them are right, and their summed confidence, each (4, FINE).

    A row is the class that was said, a column i holds the confidences from i / FINE on.
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

    def where_said(self, kind: int) -> Trust:
        """The counts of the pixels that were called one class."""
        rows = slice(kind, kind + 1)
        return Trust(self.pixels[rows], self.right[rows], self.confidence[rows])


_SHAPE = (len(CLASSES), FINE)
NOTHING = Trust(np.zeros(_SHAPE), np.zeros(_SHAPE), np.zeros(_SHAPE))


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
    said = predicted[used]
    bins = np.minimum((sure * FINE).astype(np.int64), FINE - 1) + FINE * said.astype(np.int64)
    size = len(CLASSES) * FINE

    def counted(what: F64) -> F64:
        return np.bincount(bins, what, size).astype(np.float64).reshape(_SHAPE)

    right = (said == truth[used]).astype(np.float64)
    return Trust(counted(np.ones(said.size)), counted(right), counted(sure))


def calibration_error(trust: Trust) -> float | None:
    """Expected calibration error over BINS equal bins of the confidence (0 to 1); None of none."""
    gap = _coarse(trust.right) - _coarse(trust.confidence)
    pixels = trust.pixels.sum()
    return float(np.abs(gap).sum() / pixels) if pixels else None


def diagram(trust: Trust) -> list[Bin]:
    """The bars of the reliability diagram, from the least confidence to the most."""
    columns = (_coarse(trust.pixels), _coarse(trust.confidence), _coarse(trust.right))
    return [
        Bin(int(n), float(sure / n), float(right / n)) if n else Bin(0, None, None)
        for n, sure, right in zip(*columns, strict=True)
    ]


def _coarse(counts: F64) -> F64:
    sums: F64 = counts.sum(axis=0).reshape(BINS, -1).sum(axis=1)
    return sums


def _surest_first(counts: F64) -> F64:
    """Sums (FINE,) over all pixels from the surest down to each bin."""
    sums: F64 = np.cumsum(counts.sum(axis=0)[::-1])
    return sums


def at_coverage(trust: Trust, wanted: float) -> Point:
    """The highest threshold, in steps of 1 / FINE, that keeps at least this share of the pixels."""
    kept = _surest_first(trust.pixels)
    last = int(np.searchsorted(kept, wanted * kept[-1] * (1.0 - 1e-12)))
    right = _surest_first(trust.right)[last]
    return Point((FINE - 1 - last) / FINE, float(kept[last] / kept[-1]), float(right / kept[last]))


def risk_curve(trust: Trust) -> tuple[F64, F64]:
    """Coverage and risk (k,), rising, as the threshold falls; bins without pixels are left out."""
    kept, right = _surest_first(trust.pixels), _surest_first(trust.right)
    steps = np.flatnonzero(np.diff(kept, prepend=0.0) > 0)
    return kept[steps] / kept[-1], 1.0 - right[steps] / kept[steps]


def mean_risk(trust: Trust) -> float:
    """The area under the risk-coverage curve: the mean share of wrong pixels over all coverages."""
    coverage, risk = risk_curve(trust)
    return float(np.sum(risk * np.diff(coverage, prepend=0.0)))
