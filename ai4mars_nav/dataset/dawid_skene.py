"""Dawid-Skene: how each labeller confuses the classes, and what the ground probably is then.

Expectation maximisation after Dawid and Skene (1979): the truth of a pixel is hidden, every
labeller has one confusion matrix P(said | truth), and a blank says nothing. Pixels on which all
labellers say the same are one pattern with a count, which makes an image a few hundred patterns.
Pixels are taken to be independent, which neighbours are not: the probabilities are too sure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.dataset.merge import U8, check_labels
from ai4mars_nav.settings import setting
from ai4mars_nav.terrain import CLASSES, UNKNOWN

F64 = NDArray[np.float64]
Index = NDArray[np.int64]

_SAID = len(CLASSES) + 1
_BLANK = len(CLASSES)
_MOST = 27
"""Labels of one image whose pattern fits into 64 bits, in base five."""


@dataclass(frozen=True)
class CrowdSettings:
    """How confusion matrices are estimated."""

    rounds: int = setting(30, "rounds of expectation maximisation at most", lo=1, hi=1000)
    tolerance: float = setting(1e-4, "largest change of a matrix at which it ends", lo=0.0)
    shrink: float = setting(
        200.0,
        "labelled pixels of the crowd's mean matrix that are added to each labeller's",
        lo=0.0,
    )


@dataclass(frozen=True)
class Patterns:
    """The distinct patterns (k, n) of one image's n labels, and how many pixels have each."""

    labellers: tuple[str, ...]
    values: U8
    """Class 0 to 3, or 4 for blank."""
    counts: Index


@dataclass(frozen=True)
class Crowd:
    """Share of each class (4,), and P(said | truth) of each labeller (m, 4 truth, 4 said)."""

    labellers: tuple[str, ...]
    prior: F64
    confusion: F64
    mean: F64
    """The matrix (4, 4) of all labellers together, for those who are not in the crowd."""


def find_patterns(labellers: Sequence[str], labels: U8) -> tuple[Patterns, Index]:
    """The patterns of labels (n, h, w), and which one each pixel has (h, w)."""
    check_labels(labels)
    n = len(labels)
    if n > _MOST:
        raise DatasetError(f"{n} labels of one image, Dawid-Skene takes at most {_MOST}")
    codes = np.zeros(labels.shape[1:], np.int64)
    for label in labels:
        codes *= _SAID
        codes += np.minimum(label, _BLANK)
    found, index, counts = np.unique(codes, return_inverse=True, return_counts=True)
    values = np.empty((len(found), n), np.uint8)
    for i in reversed(range(n)):
        found, values[:, i] = np.divmod(found, _SAID)
    return Patterns(tuple(labellers), values, counts), index.reshape(codes.shape)


def estimate(images: Sequence[Patterns], settings: CrowdSettings = CrowdSettings()) -> Crowd:
    """The crowd's confusion matrices from the patterns of all images, beginning with the votes."""
    labellers = tuple(sorted({name for image in images for name in image.labellers}))
    place = {name: i for i, name in enumerate(labellers)}
    beliefs = [_vote_shares(image) for image in images]
    crowd = _maximise(labellers, place, images, beliefs, settings.shrink)
    for _ in range(settings.rounds):
        beliefs = [posterior(crowd, image) for image in images]
        last, crowd = crowd, _maximise(labellers, place, images, beliefs, settings.shrink)
        if np.abs(crowd.confusion - last.confusion).max(initial=0.0) <= settings.tolerance:
            break
    return crowd


def posterior(crowd: Crowd, image: Patterns) -> F64:
    """Probability (k, 4) of each class for each pattern of an image."""
    place = {name: i for i, name in enumerate(crowd.labellers)}
    known = np.full((len(CLASSES), _SAID), 0.0)
    logs = np.tile(np.log(crowd.prior), (len(image.counts), 1))
    for i, name in enumerate(image.labellers):
        matrix = crowd.confusion[place[name]] if name in place else crowd.mean
        known[:, :_BLANK] = np.log(matrix)
        logs += known[:, image.values[:, i]].T
    logs -= logs.max(axis=1, keepdims=True)
    shares = np.exp(logs)
    result: F64 = shares / shares.sum(axis=1, keepdims=True)
    return result


def merge_by_crowd(
    crowd: Crowd, labellers: Sequence[str], labels: U8, min_labels: int, min_probability: float
) -> U8:
    """The most probable class (h, w) of labels (n, h, w), 255 where it is not sure enough.

    At least `min_labels` must have labelled the pixel, and the class must be more probable than
    `min_probability`.
    """
    image, index = find_patterns(labellers, labels)
    chances = posterior(crowd, image)
    labelled = np.sum(image.values != _BLANK, axis=1)
    sure = (labelled >= min_labels) & (chances.max(axis=1) > min_probability)
    label: U8 = np.where(sure, chances.argmax(axis=1), UNKNOWN).astype(np.uint8)[index]
    return label


def write_crowd(path: Path, crowd: Crowd) -> None:
    """Write the matrices as JSON: prior, mean, and labeller -> rows of truth, columns of said."""
    matrices = dict(zip(crowd.labellers, crowd.confusion.tolist(), strict=True))
    stored = {"prior": crowd.prior.tolist(), "mean": crowd.mean.tolist(), "labellers": matrices}
    write_text(path, json.dumps(stored, indent=1) + "\n")


def read_crowd(path: Path) -> Crowd:
    """The crowd of such a file."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        matrices = stored["labellers"]
        crowd = Crowd(
            tuple(matrices),
            np.array(stored["prior"], float),
            np.array(list(matrices.values()), float).reshape(len(matrices), 4, 4),
            np.array(stored["mean"], float).reshape(4, 4),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: no confusion matrices can be read: {error}") from error
    for name, array in (("prior", crowd.prior), ("mean", crowd.mean), ("row", crowd.confusion)):
        if (array <= 0.0).any() or not np.allclose(array.sum(axis=-1), 1.0, atol=1e-6):
            raise DatasetError(f"{path}: a {name} is not of probabilities above 0 that sum to 1")
    return crowd


def _vote_shares(image: Patterns) -> F64:
    votes = np.stack([np.sum(image.values == c, axis=1) for c in CLASSES], axis=1)
    total = votes.sum(axis=1, keepdims=True)
    shares: F64 = np.where(total > 0, votes / np.maximum(total, 1), 1.0 / len(CLASSES))
    return shares


def _maximise(
    labellers: tuple[str, ...],
    place: dict[str, int],
    images: Sequence[Patterns],
    beliefs: Sequence[F64],
    shrink: float,
) -> Crowd:
    said = np.zeros((len(labellers), len(CLASSES), len(CLASSES)))
    prior = np.full(len(CLASSES), 1.0)
    for image, belief in zip(images, beliefs, strict=True):
        weight = belief * image.counts[:, None]
        prior += weight[(image.values != _BLANK).any(axis=1)].sum(axis=0)
        for i, name in enumerate(image.labellers):
            for c in CLASSES:
                said[place[name], :, c] += weight[image.values[:, i] == c].sum(axis=0)
    pooled = said.sum(axis=0) + 1.0
    mean: F64 = pooled / pooled.sum(axis=1, keepdims=True)
    said += (shrink + 1e-9) * mean
    return Crowd(labellers, prior / prior.sum(), said / said.sum(axis=2, keepdims=True), mean)
