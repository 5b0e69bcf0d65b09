"""Plain NumPy twins of the compiled loops, for tests and benchmarks; nothing else calls them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.terrain import CLASSES, UNKNOWN

U8 = NDArray[np.uint8]


def count_votes(labels: U8) -> NDArray[np.int64]:
    """Votes (4, h, w) of labels (n, h, w)."""
    return np.stack([np.sum(labels == c, axis=0) for c in CLASSES])


def merge(labels: U8, min_labels: int, min_agreement: float) -> U8:
    """The merged label (h, w) of labels (n, h, w), straight from the paper's words."""
    votes = count_votes(labels)
    most, total = votes.max(axis=0), votes.sum(axis=0)
    alone = np.sum(votes == most, axis=0) == 1
    # in whole hundredths of a percent, so that 13 of 20 is not over 65 % by a rounding error
    over = 10_000 * most > round(10_000 * min_agreement) * total
    accepted = (most >= min_labels) & over & alone
    return np.where(accepted, votes.argmax(axis=0), UNKNOWN).astype(np.uint8)


def merge_gold(labels: U8, min_labels: int) -> U8:
    """The label (h, w) on which all of at least `min_labels` who labelled a pixel agree."""
    votes = count_votes(labels)
    most, total = votes.max(axis=0), votes.sum(axis=0)
    accepted = (total >= min_labels) & (most == total)
    return np.where(accepted, votes.argmax(axis=0), UNKNOWN).astype(np.uint8)


def pair_scores(labels: U8) -> NDArray[np.float64]:
    """Jaccard index (n, n) of every pair of labels (n, h, w) as sets of (pixel, class) pairs."""
    n = len(labels)
    scores = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i, n):
            same = np.sum((labels[i] == labels[j]) & (labels[i] != UNKNOWN))
            union = np.sum(labels[i] != UNKNOWN) + np.sum(labels[j] != UNKNOWN) - same
            if union:
                scores[i, j] = scores[j, i] = same / union
    return scores


def dawid_skene(
    labels: U8, rounds: int, shrink: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Confusion (n, 4, 4) and probabilities (4, h, w) of labels (n, h, w), pixel by pixel."""
    n, classes = len(labels), len(CLASSES)
    flat = labels.reshape(n, -1)
    votes = np.stack([np.sum(flat == c, axis=0) for c in CLASSES]).astype(float)
    labelled = votes.sum(axis=0) > 0
    belief = np.where(labelled, votes / np.maximum(votes.sum(axis=0), 1), 1 / classes)
    for _ in range(rounds + 1):
        said = np.array([[[belief[t, flat[i] == c].sum() for c in CLASSES] for t in CLASSES]
                         for i in range(n)])  # fmt: skip
        prior = 1.0 + belief[:, labelled].sum(axis=1)
        prior /= prior.sum()
        mean = said.sum(axis=0) + 1.0
        mean /= mean.sum(axis=1, keepdims=True)
        confusion = said + (shrink + 1e-9) * mean
        confusion /= confusion.sum(axis=2, keepdims=True)
        chance = np.tile(prior[:, None], (1, flat.shape[1]))
        for i in range(n):
            for c in CLASSES:
                chance[:, flat[i] == c] *= confusion[i, :, c][:, None]
        last, belief = belief, chance / chance.sum(axis=0)
    return confusion, last.reshape(classes, *labels.shape[1:])


def fill_polygon(points: NDArray[np.float64], value: int, label: U8) -> None:
    """Set the pixels of label (h, w) whose centre is inside a polygon (n, 2) x, y by even-odd."""
    y, x = np.mgrid[: label.shape[0], : label.shape[1]] + 0.5
    inside = np.zeros(label.shape, bool)
    for (ax, ay), (bx, by) in zip(np.roll(points, 1, axis=0), points, strict=True):
        if ay != by:
            left = ax + (y - ay) * (bx - ax) / (by - ay) <= x
            inside ^= ((ay <= y) != (by <= y)) & left
    label[inside] = value
