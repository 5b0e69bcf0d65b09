"""What a multi-label classifier reached on a list: by class and all together, JSON and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import multi_label_scores as scores
from ai4mars_nav.content.chain import no_platt, through_chain
from ai4mars_nav.content.multi_label_scores import MEASURES, SHOWN_FROM, Claims
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar
from ai4mars_nav.dataset.errors import Problem

FORMAT = "ai4mars-content-multi-label-scores/1"

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]


def claims_of(
    own: F64, labels: I8, groups: Sequence[str], sidecar: MultiLabelSidecar
) -> tuple[Claims, Claims]:
    """What own logits (n, classes) claim before Platt's scaling, and after."""
    links = sidecar.links_matrix()
    plain = through_chain(own, links, no_platt(len(sidecar.classes)))
    scaled = through_chain(own, links, sidecar.platt)
    return Claims(plain, labels, tuple(groups)), Claims(scaled, labels, tuple(groups))


def figures(before: Claims, after: Claims, names: Sequence[str]) -> dict[str, Any]:
    """All scores of claims before Platt's scaling and after; intervals are over groups."""
    found: dict[str, Any] = {
        "pictures": len(after.labels),
        "groups": len(set(after.groups)),
        "mean_ece_before": MEASURES["mean_ece"](before),
        "mean_ece_by_chance": _plain(float(np.nanmean(scores.chance_errors(after)))),
        "nll_before": scores.surprise(before),
    }
    for name, measure in MEASURES.items():
        found[name] = _plain(measure(after))
        found[f"{name}_interval95"] = list(scores.interval(measure, after))
    columns = {
        "ece_before": scores.calibration_errors(before),
        "ece": scores.calibration_errors(after),
        "ece_by_chance": scores.chance_errors(after),
        "average_precision": scores.average_precisions(after),
    }
    shown_before = scores.at_threshold(before, SHOWN_FROM)
    shown = scores.at_threshold(after, SHOWN_FROM)
    found["classes"] = {
        name: {
            "support": shown[at].support,
            **{key: _plain(float(values[at])) for key, values in columns.items()},
            "at_0.9_before": asdict(shown_before[at]),
            "at_0.9": asdict(shown[at]),
        }
        for at, name in enumerate(names)
    }
    return found


def document(
    before: Claims, after: Claims, sidecar: MultiLabelSidecar, problems: Sequence[Problem]
) -> dict[str, Any]:
    """What `ai4mars content evaluate` writes of a multi-label classifier."""
    return {
        "format": FORMAT,
        "model": sidecar.name,
        "model_sha256": sidecar.model.sha256,
        "platt_fitted_on": sidecar.platt.fitted_on,
        **figures(before, after, sidecar.classes),
        "problems": dict(Counter(problem.kind for problem in problems)),
        "left_out": [str(problem) for problem in problems],
    }


def summary(found: Mapping[str, Any]) -> str:
    """The main figures in a few lines, and a line a class."""
    low, high = found["mean_average_precision_interval95"]
    lines = [
        f"{found['model']}: {found['pictures']} pictures of {found['groups']} sites or sols, mean "
        f"average precision {found['mean_average_precision']:.3f} ({low:.3f} to {high:.3f}), all "
        f"labels right {found['all_right']:.3f}",
        f"  mean ECE {found['mean_ece_before']:.4f} before Platt's scaling, "
        f"{found['mean_ece']:.4f} after; {found['mean_ece_by_chance']:.4f} if every probability "
        "were right",
        "  class: pictures, ECE before and after, average precision, at 0.9 precision and recall",
    ]
    lines += [
        f"  {name}: {one['support']}, {digits(one['ece_before'])} {digits(one['ece'])}, "
        f"{digits(one['average_precision'])}, {digits(one['at_0.9']['precision'])} "
        f"{digits(one['at_0.9']['recall'])}"
        for name, one in found["classes"].items()
    ]
    return "\n".join(lines) + "\n"


def digits(value: float | None) -> str:
    """Three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def _plain(value: float) -> float | None:
    """As JSON can hold it."""
    return None if np.isnan(value) else value
