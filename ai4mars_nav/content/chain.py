"""A chain of classifiers: each class is told how likely those before it are, and Platt's scaling.

(Read et al. 2009; Platt 1999.) Without links it is independent heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Platt:
    """Probability = sigmoid(logit / temperature + bias), a pair of numbers a class."""

    temperature: tuple[float, ...]
    bias: tuple[float, ...]
    fitted_on: str


def no_platt(classes: int) -> Platt:
    """Logits as they are."""
    return Platt((1.0,) * classes, (0.0,) * classes, "nothing")


def through_chain(own: F64, links: F64, platt: Platt) -> F64:
    """Probabilities (n, classes) of the classes' own logits (n, classes).

    `links` (classes, classes), or as many for each picture: row k is what each class before k, if
    it is there, adds to k. What is passed on is the calibrated probability.
    """
    found = np.empty_like(own)
    for at in range(own.shape[1]):
        logit = linked_logit(own, links, found, at)
        found[:, at] = sigmoid(logit / platt.temperature[at] + platt.bias[at])
    return found


def linked_logit(own: F64, links: F64, before: F64, at: int) -> F64:
    """(n,) logit of the class at a place of the chain, from the probabilities of those before.

    `links` are (classes, classes), or (n, classes, classes) where pictures are of several chains.
    """
    return np.asarray(own[:, at] + (before[:, :at] * links[..., at, :at]).sum(axis=-1), np.float64)


def sigmoid(logits: F64) -> F64:
    """1 / (1 + exp(-logits)), without overflow."""
    small = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1.0, small) / (1.0 + small), np.float64)
