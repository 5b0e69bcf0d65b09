"""Fitting of a content classifier's calibration: a temperature, and a bias a class for how common
it is; by instrument, where there are pictures enough of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.content.calibration import (
    NEVER_SEEN,
    Calibration,
    Scaling,
    calibrated,
    softmax,
)
from ai4mars_nav.content.errors import ContentError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_PULL = 4.0
"""Of the biases towards none, in pictures: a class with few pictures keeps its logit."""
OWN_FROM = 100
"""Pictures of an instrument that it takes for a scaling of its own."""


def fit(
    logits: F64, kinds: I64, instruments: Sequence[str], support: Sequence[int], fitted_on: str
) -> Calibration:
    """The calibration of classes (n,) under logits (n, classes), pictures by instruments (n,).

    `support` is how many pictures of each class training had. Nothing is abstained from yet.
    """
    own = {}
    names, counts = np.unique(np.asarray(instruments), return_counts=True)
    for name, count in zip(names.tolist(), counts.tolist(), strict=True):
        # one instrument alone is what the shared scaling is fitted on
        if OWN_FROM <= count < len(kinds):
            mine = np.asarray(instruments) == name
            own[name] = fit_scaling(logits[mine], kinds[mine], support)
    return Calibration(fit_scaling(logits, kinds, support), 0.0, fitted_on, own)


def fit_scaling(logits: F64, kinds: I64, support: Sequence[int]) -> Scaling:
    """The scaling of least negative log likelihood of classes (n,) under logits (n, classes)."""
    if len(kinds) == 0:
        raise ContentError("there is no picture to calibrate on")
    count = logits.shape[1]
    seen = np.asarray(support) > 0
    mask = np.where(seen, 0.0, NEVER_SEEN)
    truth = np.eye(count)[kinds]
    # a picture of a class that was never seen cannot be got right by any calibration
    weights = seen[kinds] / max(1, int(seen[kinds].sum()))

    def objective(free: F64) -> tuple[float, F64]:
        scale, bias = np.exp(free[0]), free[1:]
        shares = softmax(logits * scale + bias * seen + mask)
        chosen = np.maximum(shares[np.arange(len(kinds)), kinds], 1e-300)
        pull = _PULL / len(kinds)
        loss = float(-(np.log(chosen) * weights).sum() + pull * (bias**2).sum())
        slope = (shares - truth) * weights[:, None]
        by_bias = slope.sum(axis=0) * seen + 2.0 * pull * bias
        return loss, np.concatenate([[(slope * logits).sum() * scale], by_bias])

    found = minimize(objective, np.zeros(1 + count), jac=True, method="L-BFGS-B").x
    bias = found[1:] * seen + mask
    return Scaling(float(np.exp(-found[0])), tuple(bias.tolist()))


def plain(support: Sequence[int]) -> Calibration:
    """None at all, but that classes which training never saw are left out."""
    bias = tuple(0.0 if count else NEVER_SEEN for count in support)
    return Calibration(Scaling(1.0, bias), 0.0, "nothing")


def cross_fitted(
    logits: F64,
    kinds: I64,
    groups: Sequence[str],
    instruments: Sequence[str],
    support: Sequence[int],
) -> tuple[F64, F64]:
    """Probabilities (n, classes) before, and after: each half of the groups by the other half.

    A group (a sol, a source image) is never on both sides.
    """
    names, counts = np.unique(np.asarray(groups), return_counts=True)
    if len(names) < 2:
        raise ContentError("calibration needs pictures of two sols or source images at least")
    by = np.asarray(instruments)
    first = np.isin(np.asarray(groups), names[np.argsort(-counts, kind="stable")][::2])
    after = np.empty_like(logits)
    for half in (first, ~first):
        others = by[~half].tolist()
        calibration = fit(logits[~half], kinds[~half], others, support, "the other half")
        after[half] = calibrated(logits[half], calibration, by[half].tolist())
    return calibrated(logits, plain(support), instruments), after


def threshold_for(confidence: F64, right: NDArray[np.bool_], accuracy: float) -> float:
    """The least confidence such that, of all pictures at or above it, `accuracy` are right.

    1 where not even the surest ones are.
    """
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ranked = confidence[order]
    last_of_ties = np.append(ranked[1:] < ranked[:-1], True)
    enough = np.flatnonzero((share >= accuracy) & last_of_ties)
    return float(np.floor(ranked[enough[-1]] * 1e6) / 1e6) if enough.size else 1.0
