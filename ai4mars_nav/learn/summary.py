"""What `ai4mars evaluate` prints: the document of `report.py` as a few lines and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai4mars_nav.learn.card import table
from ai4mars_nav.terrain import NAMES

FEW = 1000
"""Labelled pixels below which the IoU of a class at a site is put in brackets: it says little."""


def summary(found: Mapping[str, Any]) -> str:
    """The document for people: one line of totals, then tables."""
    low, high = found["miou_interval95"]
    rock, kept, bad = found["big_rock"], found["abstention"], found["contradicted"]
    lines = [
        f"{found['images']} images of {len(found['sites'])} sites, "
        f"{found['empty_masks']['count']} of them with an empty label",
        f"mIoU {found['miou']:.3f} ({low:.3f} to {high:.3f}, 95 % over sites), "
        f"pixel accuracy {found['pixel_accuracy']:.3f}",
        f"calibration error (ECE) {found['calibration']['ece']:.4f}, without calibration "
        f"{found['calibration']['without']['ece']:.4f}",
        f"unknown below "
        f"{kept['abstain_below']:.3f}: {_share(kept['coverage'])} of the pixels kept, "
        f"{_share(kept['accuracy'])} of them right",
        f"big rock: recall {_share(rock['recall'])}, precision {_share(rock['precision'])} over "
        f"all pixels; recall by image {_share(rock['mean_recall_per_image'])}, the mean of "
        f"{rock['images_labelled']} that show it; precision by image "
        f"{_share(rock['mean_precision_per_image'])}, the mean of {rock['images_claimed']} where "
        "it is claimed",
        f"{bad['count']} images have more than half of their pixels wrong: "
        f"{_share(bad['share_of_wrong'])} of all wrong pixels, mIoU without them "
        f"{_share(bad['miou_without'])}",
    ]
    tables = [_class_table(found), _confusion_table(found)]
    if len(found["missions"]) > 1:
        tables.append(_group_table("mission", found["missions"]))
    tables.append(_group_table("site", found["sites"]))
    return "\n".join([*lines, "", *tables, _BRACKETS])


_BRACKETS = f"In brackets: IoU of a class with fewer than {FEW} labelled pixels there.\n"


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


def _group_table(kind: str, groups: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            *(one[kind], str(one["images"]), str(one["labelled_pixels"])),
            *(_share(one["miou"]), _share(one["pixel_accuracy"])),
            *(_iou(one, name) for name in NAMES),
        ]
        for one in groups
    ]
    return table([kind, "images", "labelled pixels", "mIoU", "accuracy", *NAMES], rows)


def _iou(group: Mapping[str, Any], name: str) -> str:
    shown = _share(group["iou"][name])
    return f"({shown})" if 0 < group["support"][name] < FEW else shown


def side_by_side(sides: Mapping[str, Mapping[str, Any]]) -> str:
    """The documents of several sets of labels of the same images, a row each."""
    rows = []
    for name, found in sides.items():
        low, high = found["miou_interval95"]
        rock = found["big_rock"]
        rows.append(
            [
                *(name, str(found["images"]), str(found["labelled_pixels"])),
                f"{found['miou']:.3f} ({low:.3f} to {high:.3f})",
                f"{found['pixel_accuracy']:.3f}",
                *(_share(found["classes"][kind]["iou"]) for kind in NAMES),
                f"{_share(rock['mean_recall_per_image'])} ({rock['images_labelled']})",
                f"{_share(rock['mean_precision_per_image'])} ({rock['images_claimed']})",
                f"{found['calibration']['ece']:.4f}",
            ]
        )
    header = [
        *("labels", "images", "labelled pixels", "mIoU (95 %)", "accuracy", *NAMES),
        *("rock recall by image", "rock precision by image", "ECE"),
    ]
    return table(header, rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
