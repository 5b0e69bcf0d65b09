"""Calibrated probabilities: vector scaling fitted on held-out sites, and when to abstain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.terrain import CLASSES

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Real = npt.NDArray[np.floating]

BINS = 15


@dataclass(frozen=True)
class Scaling:
    """Vector scaling: probabilities are softmax(logits * scale + bias), a number per class."""

    scale: tuple[float, ...]
    bias: tuple[float, ...]

    def adjust(self, logits: Real) -> Real:
        """Scaled logits, same shape (..., 4)."""
        scale = np.asarray(self.scale, logits.dtype)
        return logits * scale + np.asarray(self.bias, logits.dtype)

    def probabilities(self, logits: Real) -> F64:
        """Class probabilities (..., 4) of logits (..., 4)."""
        return softmax(self.adjust(logits.astype(np.float64)))


IDENTITY = Scaling((1.0,) * len(CLASSES), (0.0,) * len(CLASSES))


@dataclass(frozen=True)
class Pixels:
    """A sample of labelled pixels: logits (m, 4), labels (m,) 0 to 3, site numbers (m,)."""

    logits: F64
    labels: I64
    sites: I64

    def where(self, chosen: npt.NDArray[np.bool_]) -> Pixels:
        """The pixels of a mask (m,)."""
        return Pixels(self.logits[chosen], self.labels[chosen], self.sites[chosen])


@dataclass(frozen=True)
class Reliability:
    """Mean negative log likelihood (nats) and expected calibration error (0 to 1)."""

    nll: float
    ece: float


def softmax(logits: Real) -> F64:
    """Probabilities of logits (..., 4), float64."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True), dtype=np.float64)
    shares: F64 = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def reliability(probabilities: F64, labels: I64) -> Reliability:
    """Reliability of (m, 4) against (m,); ECE over 15 equal bins of the top probability."""
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((top * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(bins, right - top, BINS)
    chosen = probabilities[np.arange(labels.size), labels]
    return Reliability(
        nll=float(-np.log(np.maximum(chosen, 1e-300)).mean()),
        ece=float(np.abs(gap).sum() / labels.size),
    )


def fit(pixels: Pixels) -> Scaling:
    """The scaling of least NLL on the pixels among those that do not raise their ECE.

    A scale and a bias per class come first, then one temperature, then no change at all.
    """
    if pixels.labels.size == 0:
        raise DataError("no labelled pixel to calibrate on")
    before = reliability(softmax(pixels.logits), pixels.labels)
    for candidate in (_fit_vector(pixels), _fit_temperature(pixels)):
        after = reliability(candidate.probabilities(pixels.logits), pixels.labels)
        if after.nll <= before.nll and after.ece <= before.ece:
            return candidate
    return IDENTITY


def _fit_vector(pixels: Pixels) -> Scaling:
    count = len(CLASSES)
    truth = np.eye(count)[pixels.labels]

    def objective(free: F64) -> tuple[float, F64]:
        scale = np.exp(free[:count])
        shares = softmax(pixels.logits * scale + free[count:])
        slope = (shares - truth) / pixels.labels.size
        by_scale = (slope * pixels.logits).sum(axis=0) * scale
        return _nll(shares, pixels.labels), np.concatenate([by_scale, slope.sum(axis=0)])

    found = minimize(objective, np.zeros(2 * count), jac=True, method="L-BFGS-B").x
    bias = found[count:] - found[count:].mean()
    return Scaling(tuple(np.exp(found[:count]).tolist()), tuple(bias.tolist()))


def _fit_temperature(pixels: Pixels) -> Scaling:
    count = len(CLASSES)
    truth = np.eye(count)[pixels.labels]

    def objective(free: F64) -> tuple[float, F64]:
        scale = np.exp(free[0])
        shares = softmax(pixels.logits * scale)
        slope = ((shares - truth) * pixels.logits).sum() * scale / pixels.labels.size
        return _nll(shares, pixels.labels), np.array([slope])

    scale = float(np.exp(minimize(objective, np.zeros(1), jac=True, method="L-BFGS-B").x[0]))
    return Scaling((scale,) * count, (0.0,) * count)


def _nll(shares: F64, labels: I64) -> float:
    return float(-np.log(np.maximum(shares[np.arange(labels.size), labels], 1e-300)).mean())


def cross_fitted(pixels: Pixels) -> tuple[Reliability, Reliability]:
    """Reliability before and after, each half of the sites calibrated on the other half."""
    names, counts = np.unique(pixels.sites, return_counts=True)
    if names.size < 2:
        raise DataError("calibration needs pixels of two sites at least")
    first = np.isin(pixels.sites, names[np.argsort(-counts)][::2])
    after = np.empty_like(pixels.logits)
    for half in (first, ~first):
        after[half] = fit(pixels.where(~half)).probabilities(pixels.logits[half])
    before = reliability(softmax(pixels.logits), pixels.labels)
    return before, reliability(after, pixels.labels)


def threshold_for_risk(confidence: F64, right: npt.NDArray[np.bool_], risk: float) -> float | None:
    """Least confidence such that, of all pixels at or above it, at most `risk` are wrong.

    None where even the surest pixels are wrong more often.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    wrong = np.cumsum(~right[order]) / np.arange(1, right.size + 1)
    last_of_ties = np.append(sorted_confidence[1:] < sorted_confidence[:-1], True)
    allowed = np.flatnonzero((wrong <= risk) & last_of_ties)
    if allowed.size == 0:
        return None
    return math.floor(float(sorted_confidence[allowed[-1]]) * 1e6) / 1e6


def risk_and_coverage(
    confidence: F64, right: npt.NDArray[np.bool_], threshold: float
) -> tuple[float, float]:
    """Share of wrong pixels among those kept (nan if none), and share of the pixels kept."""
    kept = confidence >= threshold
    wrong = float((~right[kept]).mean()) if kept.any() else math.nan
    return wrong, float(kept.mean())
