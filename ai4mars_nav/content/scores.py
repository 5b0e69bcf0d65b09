"""How good answers about whole pictures are: by class, by confidence, beside what costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BINS = 15
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
RESAMPLES = 2000


@dataclass(frozen=True)
class Judged:
    """Answers: probabilities (n, classes), true classes (n,), and the group of each picture.

    A group is a sol or a source image: pictures of one group see the same thing.
    """

    probabilities: F64
    kinds: I64
    groups: tuple[str, ...]

    @property
    def best(self) -> I64:
        """The likeliest class of each picture (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    @property
    def confidence(self) -> F64:
        """Its probability (n,)."""
        return np.asarray(self.probabilities.max(axis=1), np.float64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether it is the true one (n,)."""
        return np.asarray(self.best == self.kinds)


@dataclass(frozen=True)
class ClassScore:
    """Of one class; None where there is nothing to divide by."""

    support: int
    claimed: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Kept:
    """What is left at a threshold: accuracy of the pictures kept (None: none), share abstained."""

    threshold: float
    accuracy: float | None
    abstained: float


def confusion(judged: Judged) -> I64:
    """Counts (classes, classes), rows truth and columns answer."""
    count = judged.probabilities.shape[1]
    codes = judged.kinds * count + judged.best
    return np.asarray(np.bincount(codes, minlength=count * count).reshape(count, count), np.int64)


def by_class(matrix: I64) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each class of a confusion matrix."""
    found = []
    for kind in range(len(matrix)):
        hits = int(matrix[kind, kind])
        support, claimed = int(matrix[kind].sum()), int(matrix[:, kind].sum())
        both = support + claimed
        found.append(
            ClassScore(
                support,
                claimed,
                hits / claimed if claimed else None,
                hits / support if support else None,
                2.0 * hits / both if support else None,
            )
        )
    return tuple(found)


def accuracy(judged: Judged) -> float:
    """Share of pictures that are right."""
    return float(judged.right.mean())


def interval(judged: Judged, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the accuracy: whole groups are drawn again."""
    _, index = np.unique(np.asarray(judged.groups), return_inverse=True)
    pictures = np.bincount(index)
    hits = np.bincount(index, judged.right)
    drawn = np.random.default_rng(seed).integers(0, len(pictures), (RESAMPLES, len(pictures)))
    low, high = np.quantile(hits[drawn].sum(axis=1) / pictures[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def calibration_error(judged: Judged) -> float:
    """Expected calibration error: mean gap of confidence and accuracy over 15 equal bins."""
    bins = np.minimum((judged.confidence * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, judged.right - judged.confidence, BINS)
    return float(np.abs(gap).sum() / len(judged.kinds))


def surprise(judged: Judged) -> float:
    """Mean negative log likelihood in nats."""
    chosen = judged.probabilities[np.arange(len(judged.kinds)), judged.kinds]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def curve(judged: Judged, thresholds: Sequence[float] = THRESHOLDS) -> tuple[Kept, ...]:
    """Accuracy and share abstained at each threshold of confidence."""
    found = []
    for threshold in thresholds:
        kept = judged.confidence >= threshold
        right = float(judged.right[kept].mean()) if kept.any() else None
        found.append(Kept(threshold, right, float(1.0 - kept.mean())))
    return tuple(found)


def baselines(kinds: I64, trained: Sequence[int]) -> Mapping[str, float]:
    """Accuracy of what costs nothing: any class at random, and the commonest one of training."""
    return {
        "random": 1.0 / len(trained),
        "most common in training": float((kinds == int(np.argmax(trained))).mean()),
    }
