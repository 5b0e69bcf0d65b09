"""How soon an order of pictures shows each class: DEMUD beside chance, over many halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.demud import Demud, DemudSettings
from ai4mars_nav.content.errors import ContentError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """Classes found among the first 1, 2, ... pictures (n,): mean, and 95 % of the halves."""

    mean: F64
    low: F64
    high: F64


@dataclass(frozen=True)
class Discovery:
    """Of the same halves of a set: by novelty and at random."""

    by_novelty: Curve
    at_random: Curve
    classes: float
    """How many a half has, on average."""


def found(kinds: I64) -> I64:
    """(n,): how many classes are among the first 1, 2, ... of kinds (n,)."""
    _, first = np.unique(kinds, return_index=True)
    return np.cumsum(np.bincount(first, minlength=len(kinds)))


def discovery(
    features: F64,
    kinds: I64,
    settings: DemudSettings,
    most: int,
    seeds: int,
    progress: Callable[[int], None],
) -> Discovery:
    """The curves up to `most` pictures; each seed draws half of the pictures, and their order.

    Nothing is known beforehand.
    """
    half = len(kinds) // 2
    if not 0 < most <= half:
        raise ContentError(f"{most} pictures of {half}, which is half of those that there are")
    novel, chance, classes = [], [], []
    for seed in range(seeds):
        drawn = np.random.default_rng(seed).permutation(len(kinds))[:half]
        order = Demud(settings).rank(features[drawn], most).order
        novel.append(found(kinds[drawn][order]))
        chance.append(found(kinds[drawn][:most]))
        classes.append(len(np.unique(kinds[drawn])))
        progress(seed + 1)
    return Discovery(_curve(novel), _curve(chance), float(np.mean(classes)))


def _curve(counts: list[I64]) -> Curve:
    stacked = np.stack(counts)
    low, high = np.quantile(stacked, (0.025, 0.975), axis=0)
    return Curve(stacked.mean(axis=0), low, high)
