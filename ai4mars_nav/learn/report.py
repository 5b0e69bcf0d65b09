"""What `ai4mars evaluate` tells: the scores of a model on a set of labels, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ai4mars_nav.dataset.product import parse_product
from ai4mars_nav.learn.data import I64, sites
from ai4mars_nav.learn.evaluate import Measured
from ai4mars_nav.learn.scores import (
    F64,
    by_group,
    class_iou,
    kept_of,
    mean_iou,
    number,
    pixel_accuracy,
    score,
    share,
)
from ai4mars_nav.learn.trust import Trust, at_coverage, calibration_error, diagram, mean_risk
from ai4mars_nav.terrain import NAMES, Terrain

FORMAT = "ai4mars-evaluation/1"
MISSIONS = {"msl": "MSL", "mer": "MER", "m2020": "M2020"}
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def document(measured: Measured, abstain_below: float) -> dict[str, Any]:
    """Every score as plain values for JSON; None where there is nothing to divide by."""
    scores = score(measured.every, sites(measured.names))
    kept = kept_of(measured.every, measured.kept)
    support = measured.every.sum(axis=(1, 2))
    empty = [name for name, pixels in zip(measured.names, support, strict=True) if not pixels]
    return {
        "images": scores.images,
        "empty_masks": {"count": len(empty), "products": empty},
        "labelled_pixels": int(support.sum()),
        "miou": scores.miou,
        "miou_interval95": scores.interval95,
        "pixel_accuracy": scores.accuracy,
        "pixel_accuracy_interval95": scores.accuracy_interval95,
        "classes": {
            name: {
                "support": scores.support[name],
                "accuracy": scores.class_accuracy[name],
                "precision": scores.precision[name],
                "iou": scores.iou[name],
                "iou_interval95": scores.iou_interval95[name],
            }
            for name in NAMES
        },
        "confusion": _confusion(measured.every.sum(axis=0)),
        "big_rock": big_rock(measured.names, measured.every),
        "calibration": {
            **reliability(measured.trust),
            "without": reliability(measured.plain),
        },
        "abstention": {
            "abstain_below": abstain_below,
            "coverage": kept.coverage,
            "accuracy": None if kept.risk is None else 1.0 - kept.risk,
            "mean_risk": mean_risk(measured.trust),
            "mean_risk_without_calibration": mean_risk(measured.plain),
            "curve": [
                {"wanted_coverage": wanted, **asdict(at_coverage(measured.trust, wanted))}
                for wanted in COVERAGES
            ],
        },
        "contradicted": contradicted(measured),
        "missions": by_mission(measured.names, measured.every),
        "sites": by_site(measured.names, measured.every),
    }


def reliability(trust: Trust) -> dict[str, Any]:
    """Calibration error and diagram of all pixels, and of those called each class."""
    said = {name: trust.where_said(kind) for kind, name in enumerate(NAMES)}
    return {
        "ece": calibration_error(trust),
        "bins": [asdict(one) for one in diagram(trust)],
        "classes": {
            name: {
                "pixels": int(one.pixels.sum()),
                "ece": calibration_error(one),
                "bins": [asdict(bar) for bar in diagram(one)],
            }
            for name, one in said.items()
        },
    }


def _confusion(total: I64) -> dict[str, Any]:
    """The matrix as the paper's tables 3 and 4 have it: a row is a true class, in pixels and %."""
    rows = total.sum(axis=1, keepdims=True)
    return {
        "rows": "true",
        "columns": "predicted",
        "classes": list(NAMES),
        "pixels": total.tolist(),
        "percent_of_row": _plain(100.0 * share(total, np.broadcast_to(rows, total.shape))),
        "percent_of_all": _plain(100.0 * total / total.sum()),
    }


def _plain(table_: F64) -> list[list[float | None]]:
    return [[number(value) for value in row] for row in table_]


def big_rock(names: Sequence[str], matrices: I64) -> dict[str, Any]:
    """Recall and precision of big rock over all pixels and image by image.

    Recall is over the images whose label shows big rock, precision over those where the model
    claims it on labelled ground; the others have none.
    """
    kind = int(Terrain.BIG_ROCK)
    hits = matrices[:, kind, kind]
    labelled, claimed = matrices[:, kind].sum(axis=1), matrices[:, :, kind].sum(axis=1)
    recall, precision = share(hits, labelled), share(hits, claimed)
    some = np.flatnonzero((labelled > 0) | (claimed > 0))
    return {
        "recall": number(float(share(hits.sum(), labelled.sum()))),
        "precision": number(float(share(hits.sum(), claimed.sum()))),
        "images_labelled": int((labelled > 0).sum()),
        "images_claimed": int((claimed > 0).sum()),
        "mean_recall_per_image": _mean(recall[labelled > 0]),
        "mean_precision_per_image": _mean(precision[claimed > 0]),
        "images": [
            {
                "product": names[i],
                "labelled": int(labelled[i]),
                "claimed": int(claimed[i]),
                "hit": int(hits[i]),
                "recall": number(recall[i]),
                "precision": number(precision[i]),
            }
            for i in some
        ],
    }


def contradicted(measured: Measured) -> dict[str, Any]:
    """The images with more than half of their labelled pixels wrong: a model or a label that fails.

    `share_of_wrong` is how many of all wrong pixels they hold, `kept` the share of their pixels
    that the model would not abstain from, `miou_without` the score of the others.
    """
    support, right = measured.every.sum(axis=(1, 2)), np.trace(measured.every, axis1=1, axis2=2)
    wrong = support - right
    bad = wrong * 2 > support
    rest = measured.every[~bad].sum(axis=0)
    return {
        "count": int(bad.sum()),
        "products": [name for name, one in zip(measured.names, bad, strict=True) if one],
        "share_of_wrong": number(float(share(wrong[bad].sum(), wrong.sum()))),
        "kept": number(float(share(measured.kept[bad].sum(), support[bad].sum()))),
        "miou_without": float(mean_iou(rest)) if rest.any() else None,
    }


def _mean(values: F64) -> float | None:
    return float(values.mean()) if values.size else None


def by_site(names: Sequence[str], matrices: I64) -> list[dict[str, Any]]:
    """A row for every place: images, labelled pixels, mIoU, accuracy, and support and IoU."""
    return _rows("site", [parse_product(name).place for name in names], matrices)


def by_mission(names: Sequence[str], matrices: I64) -> list[dict[str, Any]]:
    """A row for every mission, like those of the sites, with the number of its sites."""
    products = [parse_product(name) for name in names]
    rows = _rows("mission", [MISSIONS[product.mission] for product in products], matrices)
    for row in rows:
        places = {p.place for p in products if MISSIONS[p.mission] == row["mission"]}
        row["sites"] = len(places)
    return rows


def _rows(kind: str, of: Sequence[str], matrices: I64) -> list[dict[str, Any]]:
    """A row for every value of `of` (n), in their order, from the matrices (n, 4, 4)."""
    values, groups, images = np.unique(of, return_inverse=True, return_counts=True)
    return [
        {
            kind: str(value),
            "images": int(count),
            "labelled_pixels": int(total.sum()),
            "miou": number(float(mean_iou(total))) if total.any() else None,
            "pixel_accuracy": number(float(pixel_accuracy(total))),
            "support": dict(zip(NAMES, total.sum(axis=1).tolist(), strict=True)),
            "iou": dict(zip(NAMES, map(number, class_iou(total)), strict=True)),
        }
        for value, count, total in zip(values, images, by_group(matrices, groups), strict=True)
    ]
