"""Many labels of one image to one: crowd merging, gold merging, and the votes themselves.

The rules are those of the AI4Mars paper, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset import kernels
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.settings import setting
from ai4mars_nav.terrain import CLASSES, UNKNOWN

U8 = NDArray[np.uint8]

MOST_LABELS = 254
"""Labels of one image; the votes are counted in bytes."""


@dataclass(frozen=True)
class MergeSettings:
    """When the crowd's most frequent class is believed."""

    min_labels: int = setting(3, "labellers who must have given a pixel its class", lo=1, hi=254)
    min_agreement: float = setting(
        0.65, "share of those who labelled a pixel that must be exceeded", lo=0.0, hi=1.0
    )


def count_votes(labels: U8) -> U8:
    """How many of the labels (n, h, w) give each pixel each class: (4, h, w)."""
    check_labels(labels)
    votes = np.empty((len(CLASSES), *labels.shape[1:]), np.uint8)
    flat = np.ascontiguousarray(labels).reshape(len(labels), -1)
    kernels.count_votes(flat, votes.reshape(len(CLASSES), -1))
    return votes


def merge(labels: U8, settings: MergeSettings = MergeSettings()) -> U8:
    """The crowd's label (h, w) of labels (n, h, w): the most frequent class where it is believed.

    It must have at least `min_labels` votes and more than `min_agreement` of those who labelled
    the pixel. A tie (possible below one half) is no most frequent class: no label.
    """
    agreement = Fraction(str(settings.min_agreement))
    return decide(
        count_votes(labels),
        lambda total: max(settings.min_labels, math.floor(agreement * total) + 1),
    )


def merge_gold(labels: U8, min_labels: int) -> U8:
    """The experts' label (h, w) of labels (n, h, w): full agreement of at least 1, 2 or 3."""
    if min_labels not in (1, 2, 3):
        raise DatasetError(f"gold: at least {min_labels} labels asked for, must be 1, 2 or 3")
    return decide(count_votes(labels), lambda total: max(min_labels, total))


def decide(votes: U8, needed: Callable[[int], int]) -> U8:
    """The class (h, w) that has the most votes (4, h, w) where they are enough, else 255.

    `needed` says how many votes must be for one class when `total` labelled a pixel.
    """
    table = np.full(UNKNOWN + 1, UNKNOWN, np.uint8)
    table[1:UNKNOWN] = [min(needed(total), UNKNOWN) for total in range(1, UNKNOWN)]
    label = np.empty(votes.shape[1:], np.uint8)
    kernels.decide(votes.reshape(len(CLASSES), -1), table, UNKNOWN, label.reshape(-1))
    return label


def soft_label(votes: U8) -> NDArray[np.float32]:
    """Share of the votes (4, h, w) that each class has at each pixel; zero where nobody voted."""
    total = votes.sum(axis=0, dtype=np.float32)
    shares: NDArray[np.float32] = votes / np.maximum(total, np.float32(1.0))
    return shares


def check_labels(labels: U8) -> None:
    """An error where labels are not (n, h, w) uint8 with n from 1 to 254."""
    if labels.ndim != 3 or labels.dtype != np.uint8 or not 1 <= len(labels) <= MOST_LABELS:
        raise DatasetError(
            f"labels are {labels.dtype} {labels.shape}, must be uint8 (1 to {MOST_LABELS}, h, w)"
        )
