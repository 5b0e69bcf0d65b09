"""Platt's scaling of a chain, class by class by L-BFGS, on pictures that were not learned from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.content.chain import Platt, linked_logit, sigmoid
from ai4mars_nav.content.errors import ContentError

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]


def fit_platt(own: F64, links: F64, labels: I8, fitted_on: str) -> Platt:
    """The scaling of a chain's own logits (n, classes) under labels (n, classes) of 1, 0 or -1.

    A class is fitted when those before it are: it is told their calibrated probabilities.
    """
    if len(own) == 0:
        raise ContentError("there is no picture to fit Platt's scaling on")
    found = np.empty_like(own)
    temperature, bias = [], []
    for at in range(own.shape[1]):
        logit = linked_logit(own, links, found, at)
        said = labels[:, at] >= 0
        scale, shift = _fit_one(logit[said], labels[said, at] == 1)
        temperature.append(1.0 / scale)
        bias.append(shift)
        found[:, at] = sigmoid(logit * scale + shift)
    return Platt(tuple(temperature), tuple(bias), fitted_on)


def _fit_one(logit: F64, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and bias of least cross entropy of truths (n,); as they are where nobody said."""
    if len(logit) == 0:
        return 1.0, 0.0
    yes = int(truth.sum())
    # Platt's own targets: of a class that is never there, or always, no infinite bias follows
    target = np.where(truth, (yes + 1.0) / (yes + 2.0), 1.0 / (len(truth) - yes + 2.0))

    def objective(free: F64) -> tuple[float, F64]:
        scale = np.exp(free[0])
        value = logit * scale + free[1]
        loss = np.mean(np.logaddexp(0.0, value) - target * value)
        slope = (sigmoid(value) - target) / len(target)
        return float(loss), np.array([(slope * logit).sum() * scale, slope.sum()])

    found = minimize(objective, np.zeros(2), jac=True, method="L-BFGS-B").x
    return float(np.exp(found[0])), float(found[1])
