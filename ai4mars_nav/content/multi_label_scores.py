"""How good answers are where a picture may show several classes: by class, and all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.scores import BINS, ClassScore

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

SHOWN_FROM = 0.9
"""MERNet shows people what it is as sure of as this."""
_DRAWS = 200
_RESAMPLES = 1000


@dataclass(frozen=True)
class Claims:
    """Probabilities (n, classes), labels (n, classes) of 1, 0 or -1, and each picture's group."""

    probabilities: F64
    labels: I8
    groups: tuple[str, ...]

    def of(self, pictures: NDArray[np.intp]) -> Claims:
        """Those pictures alone, by their places."""
        groups = tuple(self.groups[at] for at in pictures)
        return Claims(self.probabilities[pictures], self.labels[pictures], groups)


def calibration_errors(claims: Claims) -> F64:
    """(classes,) expected calibration error over 15 equal bins; nan where nobody said."""
    classes = range(claims.labels.shape[1])
    return np.array([_error(*_said(claims, at)) for at in classes])


def chance_errors(claims: Claims, seed: int = 0) -> F64:
    """(classes,) what the calibration error would be on average if all probabilities were right.

    So few pictures give an error to the best of classifiers: labels are drawn by its own word.
    """
    rng = np.random.default_rng(seed)
    found = []
    for at in range(claims.labels.shape[1]):
        share, _ = _said(claims, at)
        drawn = rng.random((_DRAWS, len(share))) < share
        found.append(np.mean([_error(share, truth) for truth in drawn]) if len(share) else np.nan)
    return np.array(found)


def average_precisions(claims: Claims) -> F64:
    """(classes,) mean of the precision at each picture that shows a class; nan where none does."""
    found = []
    for at in range(claims.labels.shape[1]):
        share, truth = _said(claims, at)
        ranked = truth[np.argsort(-share, kind="stable")]
        precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        found.append(precision[ranked].mean() if ranked.any() else np.nan)
    return np.array(found)


def at_threshold(claims: Claims, threshold: float) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each class where what is as likely as `threshold` is claimed."""
    found = []
    for at in range(claims.labels.shape[1]):
        share, truth = _said(claims, at)
        claimed = share >= threshold
        hits, support, count = int((claimed & truth).sum()), int(truth.sum()), int(claimed.sum())
        found.append(
            ClassScore(
                support,
                count,
                hits / count if count else None,
                hits / support if support else None,
                2.0 * hits / (support + count) if support else None,
            )
        )
    return tuple(found)


def surprise(claims: Claims) -> float:
    """Mean negative log likelihood in nats of a label that somebody said."""
    said = claims.labels >= 0
    right = np.where(claims.labels == 1, claims.probabilities, 1.0 - claims.probabilities)
    return float(-np.log(np.maximum(right[said], 1e-300)).mean())


def all_right(claims: Claims) -> float:
    """Share of pictures of which every label is got right, at one half; what is not said counts."""
    wrong = (claims.probabilities >= 0.5) != (claims.labels == 1)
    return float(1.0 - (wrong & (claims.labels >= 0)).any(axis=1).mean())


MEASURES: Mapping[str, Callable[[Claims], float]] = {
    "mean_average_precision": lambda claims: float(np.nanmean(average_precisions(claims))),
    "all_right": all_right,
    "nll": surprise,
    "mean_ece": lambda claims: float(np.nanmean(calibration_errors(claims))),
}
"""What one number says of all classes."""


def interval(
    measure: Callable[[Claims], float], one: Claims, other: Claims | None = None, seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of a measure, or of one less the other: whole groups drawn again."""
    _, index = np.unique(np.asarray(one.groups), return_inverse=True)
    places = [np.flatnonzero(index == group) for group in range(index.max() + 1)]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(0, len(places), len(places))
        pictures = np.concatenate([places[group] for group in drawn])
        value = measure(one.of(pictures))
        found.append(value - measure(other.of(pictures)) if other is not None else value)
    low, high = np.nanquantile(found, (0.025, 0.975))
    return float(low), float(high)


def _said(claims: Claims, at: int) -> tuple[F64, NDArray[np.bool_]]:
    """Probabilities and truths (m,) of a class, where somebody said."""
    said = claims.labels[:, at] >= 0
    return claims.probabilities[said, at], claims.labels[said, at] == 1


def _error(share: F64, truth: NDArray[np.bool_]) -> float:
    if len(share) == 0:
        return float("nan")
    bins = np.minimum((share * BINS).astype(np.int64), BINS - 1)
    return float(np.abs(np.bincount(bins, truth - share, BINS)).sum() / len(share))
