"""How well the labels of one image agree: equations 1 to 4 of the AI4Mars paper.

A label is the set of its (pixel, class) pairs; a pixel without label adds nothing to it. So the
pixels that two labels share are those to which both give the same class, and their union is what
either of them labels, a pixel that got two different classes counted twice. With one class this is
the intersection over union of two areas. See docs/labels.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset import kernels
from ai4mars_nav.dataset.merge import U8, check_labels
from ai4mars_nav.terrain import UNKNOWN

F64 = NDArray[np.float64]


def pair_scores(labels: U8) -> F64:
    """Jaccard index (n, n) of every pair of labels (n, h, w); nan of two that are both empty."""
    check_labels(labels)
    shared = np.empty((len(labels), len(labels)), np.int64)
    flat = np.ascontiguousarray(labels).reshape(len(labels), -1)
    kernels.count_shared(flat, UNKNOWN, shared)
    area = np.diag(shared)
    union = area[:, None] + area[None, :] - shared
    scores: F64 = np.full(shared.shape, np.nan)
    np.divide(shared, union, out=scores, where=union > 0)
    return scores


def agreement_scores(labels: U8) -> F64:
    """Agreement (n,) of each label of an image (n, h, w): its mean Jaccard index with the others.

    nan where an image has a single label, or a pair of empty ones: throw empty labels out before.
    """
    scores = pair_scores(labels)
    others = ~np.eye(len(labels), dtype=bool)
    if len(labels) == 1:
        return np.full(1, np.nan)
    means: F64 = scores[others].reshape(len(labels), -1).mean(axis=1)
    return means
