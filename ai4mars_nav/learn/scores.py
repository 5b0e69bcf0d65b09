"""Scores of confusion matrices (rows truth, columns prediction), with intervals over sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.terrain import CLASSES, NAMES, UNKNOWN

U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Interval = tuple[float, float]

RESAMPLES = 2000


@dataclass(frozen=True)
class Kept:
    """The pixels of a set on which the model does not abstain: their share, and the share wrong."""

    coverage: float
    risk: float | None


@dataclass(frozen=True)
class Scores:
    """Scores of one labelled set; None for a class without a labelled pixel in it.

    The accuracy of a class is the share of its labelled pixels that were found (its recall), its
    precision the share of the pixels called so that are so. Intervals are 95 %, over sites.
    """

    miou: float
    interval95: Interval
    accuracy: float
    accuracy_interval95: Interval
    iou: dict[str, float | None]
    iou_interval95: dict[str, Interval | None]
    class_accuracy: dict[str, float | None]
    precision: dict[str, float | None]
    support: dict[str, int]
    images: int


def confusion(truth: U8, predicted: U8) -> I64:
    """Pixel counts (4, 4), rows truth and columns prediction; pixels of either at 255 left out."""
    used = (truth != UNKNOWN) & (predicted != UNKNOWN)
    count = len(CLASSES)
    codes = truth[used].astype(np.int64) * count + predicted[used]
    return np.bincount(codes, minlength=count * count).reshape(count, count)


def class_iou(matrices: I64) -> F64:
    """IoU (..., 4) of confusion matrices (..., 4, 4); nan for a class without support."""
    hits = np.diagonal(matrices, axis1=-2, axis2=-1)
    support, claimed = matrices.sum(axis=-1), matrices.sum(axis=-2)
    return share(hits, np.where(support > 0, support + claimed - hits, 0))


def mean_iou(matrices: I64) -> F64:
    """Mean IoU (...,) over the classes with support of matrices (..., 4, 4), each with some."""
    means: F64 = np.nanmean(class_iou(matrices), axis=-1)
    return means


def pixel_accuracy(matrices: I64) -> F64:
    """Share (...,) of the labelled pixels of matrices (..., 4, 4) that are right."""
    return share(np.trace(matrices, axis1=-2, axis2=-1), matrices.sum(axis=(-2, -1)))


def share(part: I64, whole: I64) -> F64:
    """part / whole, nan where there is no whole."""
    shares: F64 = np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
    return shares


def by_group(matrices: I64, groups: I64) -> I64:
    """Sums (groups, 4, 4) of the matrices (n, 4, 4) of each group number (n,), in their order."""
    present, index = np.unique(groups, return_inverse=True)
    summed = np.zeros((present.size, *matrices.shape[1:]), np.int64)
    np.add.at(summed, index, matrices)
    return summed


def resampled(matrices: I64, groups: I64, seed: int = 0) -> I64:
    """Bootstrap sums (b, 4, 4) when the groups (n,) of (n, 4, 4) matrices are drawn again."""
    summed = by_group(matrices, groups)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(summed), np.full(len(summed), 1 / len(summed)), RESAMPLES)
    sums: I64 = np.einsum("bg,gij->bij", drawn, summed)
    labelled: I64 = sums[sums.sum(axis=(1, 2)) > 0]
    return labelled


def interval95(values: F64) -> Interval | None:
    """The middle 95 % of values (b,), nan left out; None where there are no others."""
    numbers = values[~np.isnan(values)]
    if numbers.size == 0:
        return None
    low, high = np.quantile(numbers, [0.025, 0.975])
    return float(low), float(high)


def score(matrices: I64, groups: I64) -> Scores:
    """Scores of confusion matrices (n, 4, 4); groups (n,) say which images belong to one site."""
    total = matrices.sum(axis=0)
    if total.sum() == 0:
        raise DataError("no labelled pixel to score")
    drawn = resampled(matrices, groups)
    hits, support = np.diagonal(total), total.sum(axis=1)
    return Scores(
        miou=float(mean_iou(total)),
        interval95=_known(interval95(mean_iou(drawn))),
        accuracy=float(pixel_accuracy(total)),
        accuracy_interval95=_known(interval95(pixel_accuracy(drawn))),
        iou=_named(class_iou(total)),
        iou_interval95=dict(zip(NAMES, map(interval95, class_iou(drawn).T), strict=True)),
        class_accuracy=_named(share(hits, support)),
        precision=_named(share(hits, total.sum(axis=0))),
        support=dict(zip(NAMES, support.tolist(), strict=True)),
        images=len(matrices),
    )


def _known(interval: Interval | None) -> Interval:
    if interval is None:
        raise DataError("no labelled pixel to score")
    return interval


def _named(values: F64) -> dict[str, float | None]:
    return {name: number(value) for name, value in zip(NAMES, values, strict=True)}


def number(value: float) -> float | None:
    """A plain number, or None for nan: JSON has no nan."""
    return None if np.isnan(value) else float(value)


def kept_of(every: I64, kept: I64) -> Kept:
    """Coverage and risk, from the matrices (n, 4, 4) of all pixels and of those kept."""
    total = kept.sum(axis=0)
    coverage = float(total.sum() / every.sum())
    risk = float(1.0 - np.trace(total) / total.sum()) if total.any() else None
    return Kept(coverage, risk)
