"""What a classifier that sums another's classes reached on a list, as JSON and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import scores
from ai4mars_nav.content.report import by_instrument
from ai4mars_nav.content.scores import RESAMPLES, Judged
from ai4mars_nav.content.summed import Summed
from ai4mars_nav.dataset.errors import Problem

FORMAT = "ai4mars-content-sum-scores/2"

I64 = NDArray[np.int64]


def document(
    judged: Judged, instruments: Sequence[str], sidecar: Summed, problems: Sequence[Problem]
) -> dict[str, Any]:
    """All scores of a list; instruments (n,) are of its pictures."""
    return {
        "format": FORMAT,
        "model": sidecar.name,
        "model_sha256": sidecar.model.sha256,
        "together": sidecar.of.together is not None,
        **figures(judged, sidecar.classes),
        "instruments": by_instrument(judged, instruments),
        "problems": dict(Counter(problem.kind for problem in problems)),
        "left_out": [str(problem) for problem in problems],
    }


def figures(judged: Judged, names: Sequence[str]) -> dict[str, Any]:
    """Scores of answers in a few classes; intervals are over groups."""
    matrix = scores.confusion(judged)
    found = scores.by_class(matrix)
    return {
        "pictures": len(judged.kinds),
        "groups": len(set(judged.groups)),
        "accuracy": scores.accuracy(judged),
        "accuracy_interval95": list(scores.interval(judged)),
        "ece": scores.calibration_error(judged),
        "nll": scores.surprise(judged),
        "classes": {
            name: {**asdict(found[at]), "f1_interval95": list(f1_interval(judged, at))}
            for at, name in enumerate(names)
        },
        "confusion": matrix.tolist(),
    }


def f1_interval(judged: Judged, kind: int, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of a class's F1: whole groups are drawn again."""
    _, index = np.unique(np.asarray(judged.groups), return_inverse=True)

    def per_group(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(index, chosen), np.float64)

    truth, claimed = judged.kinds == kind, judged.best == kind
    hits, both = per_group(truth & claimed), per_group(truth) + per_group(claimed)
    shape = RESAMPLES, len(hits)
    drawn = np.random.default_rng(seed).integers(0, len(hits), shape)
    # a resample without the class has no F1
    value = 2.0 * hits[drawn].sum(axis=1) / np.maximum(both[drawn].sum(axis=1), 1.0)
    low, high = np.quantile(value[both[drawn].sum(axis=1) > 0], (0.025, 0.975))
    return float(low), float(high)


def summary(found: Mapping[str, Any]) -> str:
    """The main figures in a few lines."""
    low, high = found["accuracy_interval95"]
    told = " told together" if found["together"] else ""
    lines = [
        f"{found['model']}: {found['pictures']} pictures{told}, accuracy {found['accuracy']:.4f} "
        f"({low:.4f} to {high:.4f}), ECE {found['ece']:.4f}"
    ]
    for name, one in found["classes"].items():
        low, high = one["f1_interval95"]
        lines.append(
            f"  {name}: {one['support']} pictures, precision {_digits(one['precision'])}, recall "
            f"{_digits(one['recall'])}, F1 {_digits(one['f1'])} ({low:.4f} to {high:.4f})"
        )
    lines += [
        f"  {name}: {one['pictures']} pictures, accuracy {one['accuracy']:.4f}"
        for name, one in found["instruments"].items()
    ]
    return "\n".join(lines) + "\n"


def _digits(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
