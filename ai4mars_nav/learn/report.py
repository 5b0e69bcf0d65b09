"""What `ai4mars evaluate` tells: the scores of a model on a folder of labels, as JSON and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ai4mars_nav.dataset.product import parse_product
from ai4mars_nav.learn.card import table
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
from ai4mars_nav.learn.trust import at_coverage, calibration_error, diagram
from ai4mars_nav.terrain import NAMES, Terrain

FORMAT = "ai4mars-evaluation/1"
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
            "ece": calibration_error(measured.trust),
            "bins": [asdict(one) for one in diagram(measured.trust)],
        },
        "abstention": {
            "abstain_below": abstain_below,
            "coverage": kept.coverage,
            "accuracy": None if kept.risk is None else 1.0 - kept.risk,
            "curve": [
                {"wanted_coverage": wanted, **asdict(at_coverage(measured.trust, wanted))}
                for wanted in COVERAGES
            ],
        },
        "sites": by_site(measured.names, measured.every),
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


def _mean(values: F64) -> float | None:
    return float(values.mean()) if values.size else None


def by_site(names: Sequence[str], matrices: I64) -> list[dict[str, Any]]:
    """A row for every place: images, labelled pixels, mIoU, accuracy, and support and IoU."""
    groups = sites(names)
    places = sorted({parse_product(name).place for name in names})
    return [
        {
            "site": place,
            "images": int((groups == group).sum()),
            "labelled_pixels": int(total.sum()),
            "miou": number(float(mean_iou(total))) if total.any() else None,
            "pixel_accuracy": number(float(pixel_accuracy(total))),
            "support": dict(zip(NAMES, total.sum(axis=1).tolist(), strict=True)),
            "iou": dict(zip(NAMES, map(number, class_iou(total)), strict=True)),
        }
        for group, (place, total) in enumerate(zip(places, by_group(matrices, groups), strict=True))
    ]


def summary(found: Mapping[str, Any]) -> str:
    """The document for people: one line of totals, then tables."""
    low, high = found["miou_interval95"]
    rock, kept = found["big_rock"], found["abstention"]
    lines = [
        f"{found['images']} images of {len(found['sites'])} sites, "
        f"{found['empty_masks']['count']} of them with an empty label",
        f"mIoU {found['miou']:.3f} ({low:.3f} to {high:.3f}, 95 % over sites), "
        f"pixel accuracy {found['pixel_accuracy']:.3f}",
        f"calibration error (ECE) {found['calibration']['ece']:.4f}; unknown below "
        f"{kept['abstain_below']:.3f}: {_share(kept['coverage'])} of the pixels kept, "
        f"{_share(kept['accuracy'])} of them right",
        f"big rock: recall {_share(rock['recall'])}, precision {_share(rock['precision'])} over "
        f"all pixels; recall by image {_share(rock['mean_recall_per_image'])}, the mean of "
        f"{rock['images_labelled']} that show it; precision by image "
        f"{_share(rock['mean_precision_per_image'])}, the mean of {rock['images_claimed']} where "
        "it is claimed",
    ]
    tables = (_class_table(found), _confusion_table(found), _site_table(found))
    return "\n".join([*lines, "", *tables])


def _class_table(found: Mapping[str, Any]) -> str:
    rows = []
    for name, one in found["classes"].items():
        between = one["iou_interval95"]
        spread = "-" if between is None else f"{between[0]:.3f} to {between[1]:.3f}"
        figures = [_share(one[key]) for key in ("accuracy", "precision", "iou")]
        rows.append([name, str(one["support"]), *figures, spread])
    return table(["class", "labelled pixels", "accuracy", "precision", "IoU", "95 %"], rows)


def _confusion_table(found: Mapping[str, Any]) -> str:
    matrix = found["confusion"]["percent_of_row"]
    rows = [
        [name, *("-" if value is None else f"{value:.2f}" for value in row)]
        for name, row in zip(NAMES, matrix, strict=True)
    ]
    return table(["true, % predicted as", *NAMES], rows)


def _site_table(found: Mapping[str, Any]) -> str:
    rows = [
        [
            *(one["site"], str(one["images"]), str(one["labelled_pixels"])),
            *(_share(one["miou"]), _share(one["pixel_accuracy"])),
            *(_share(one["iou"][name]) for name in NAMES),
        ]
        for one in found["sites"]
    ]
    return table(["site", "images", "labelled pixels", "mIoU", "accuracy", *NAMES], rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
