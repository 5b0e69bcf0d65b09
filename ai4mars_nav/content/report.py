"""What `ai4mars content evaluate` found, as a JSON document and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ai4mars_nav.content import scores
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.dataset.errors import Problem

FORMAT = "ai4mars-content-scores/2"


def document(
    judged: Judged,
    instruments: Sequence[str],
    sidecar: ContentSidecar,
    problems: Sequence[Problem],
    alone: Judged | None,
) -> dict[str, Any]:
    """All scores of a list; instruments (n,) are of its pictures.

    `alone` are the same pictures, where `judged` are those of a sol and instrument or source image
    told together; None where each was judged alone anyhow.
    """
    matrix = scores.confusion(judged)
    abstain_below = sidecar.calibration.abstain_below
    return {
        "format": FORMAT,
        "model": sidecar.name,
        "model_sha256": sidecar.model.sha256,
        "pictures": len(judged.kinds),
        "groups": len(set(judged.groups)),
        "accuracy": scores.accuracy(judged),
        "accuracy_interval95": list(scores.interval(judged)),
        "ece": scores.calibration_error(judged),
        "nll": scores.surprise(judged),
        "abstain_below": abstain_below,
        "at_abstain_below": asdict(scores.curve(judged, [abstain_below])[0]),
        "curve": [asdict(kept) for kept in scores.curve(judged)],
        "baselines": dict(scores.baselines(judged.kinds, sidecar.training["support"])),
        "classes": {
            name: asdict(one)
            for name, one in zip(sidecar.classes, scores.by_class(matrix), strict=True)
        },
        "confusion": matrix.tolist(),
        "alone": None if alone is None else _in_short(alone),
        "instruments": by_instrument(judged, instruments),
        "problems": dict(Counter(problem.kind for problem in problems)),
        "left_out": [str(problem) for problem in problems],
    }


def _in_short(judged: Judged) -> dict[str, Any]:
    return {
        "accuracy": scores.accuracy(judged),
        "ece": scores.calibration_error(judged),
        "nll": scores.surprise(judged),
        "curve": [asdict(kept) for kept in scores.curve(judged)],
    }


def summary(found: Mapping[str, Any]) -> str:
    """The main figures in a few lines."""
    low, high = found["accuracy_interval95"]
    told = "" if found["alone"] is None else " told together"
    lines = [
        f"{found['model']}: {found['pictures']} pictures{told}, accuracy {found['accuracy']:.3f} "
        f"({low:.3f} to {high:.3f}), ECE {found['ece']:.3f}, NLL {found['nll']:.3f}"
    ]
    lines += [f"  {name}: {value:.3f}" for name, value in found["baselines"].items()]
    lines += [
        f"  at confidence {kept['threshold']:g}: accuracy {_share(kept['accuracy'])}, "
        f"abstained {kept['abstained']:.3f}"
        for kept in (found["at_abstain_below"], *found["curve"][1:])
    ]
    lines += [
        f"  {name}: {one['pictures']} pictures, accuracy {one['accuracy']:.3f}"
        for name, one in found["instruments"].items()
    ]
    if alone := found["alone"]:
        lines.append(
            f"  each alone, without the others of its sol and instrument or source image: accuracy "
            f"{alone['accuracy']:.3f}, ECE {alone['ece']:.3f}, NLL {alone['nll']:.3f}"
        )
    return "\n".join(lines) + "\n"


def by_instrument(judged: Judged, instruments: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Pictures and accuracy of each instrument, by name."""
    names = np.asarray(instruments)
    return {
        str(name): {
            "pictures": int((names == name).sum()),
            "accuracy": float(judged.right[names == name].mean()),
        }
        for name in np.unique(names)
    }


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
