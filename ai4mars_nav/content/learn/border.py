"""Fitting of what a black border says of a class, to the shares of border in training pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ai4mars_nav.content.border import Border
from ai4mars_nav.content.errors import ContentError

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

LOWEST, HIGHEST = 0.26, 0.54
"""98 % of the edges of HiRISE that training has show shares of border between these."""


def fit_border(shares: F64, edges: Mask, kind: int) -> Border:
    """Of the class `kind`, by shares of border (n,) of pictures, and which are of it (n,).

    A line of log odds, less those that the class has anyhow: how common it is is no part of it.
    """
    if not 0 < edges.sum() < len(edges):
        raise ContentError("what a border says needs pictures that show it and others that do not")
    inside = np.clip(shares, LOWEST, HIGHEST)

    def objective(free: F64) -> tuple[float, F64]:
        odds = free[0] * (inside - free[1])
        loss = np.logaddexp(0.0, odds) - odds * edges
        slope = (1.0 / (1.0 + np.exp(-odds)) - edges) / len(edges)
        by_slope, by_level = slope @ (inside - free[1]), -free[0] * slope.sum()
        return float(loss.mean()), np.asarray([by_slope, by_level])

    start = np.asarray([10.0, (LOWEST + HIGHEST) / 2.0])
    slope, even = minimize(objective, start, jac=True, method="L-BFGS-B").x
    usual = np.log(edges.sum() / (~edges).sum())
    return Border(kind, float(slope), float(even + usual / slope), LOWEST, HIGHEST)
