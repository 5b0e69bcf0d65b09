"""Scores place by place: a bar for the mIoU, a dot for the IoU of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from ai4mars_nav.learn.pictures.axes import CLASS_COLOURS, Axes, blank, dots, grid, key, ticks
from ai4mars_nav.learn.summary import FEW
from ai4mars_nav.sim.poster import FAINT, INK, Colour, Panel, Picture, page, write
from ai4mars_nav.terrain import NAMES

_ROW, _LEFT, _TOP, _WIDTH = 30, 330, 46, 620
_BAR: Colour = (205, 213, 226)


def sites_page(title: str, found: Mapping[str, Any]) -> Picture:
    """The page of an evaluation's document: missions where there are several, then sites."""
    rows = [*(_missions(found)), *sorted(found["sites"], key=lambda one: one["miou"] or 0.0)]
    low, high = found["miou_interval95"]
    note = f"all together {found['miou']:.3f}, 95 % over sites {low:.3f} to {high:.3f}"
    words = (
        f"The worst first. Rings: IoU of a class with fewer than {FEW:,} labelled pixels there, "
        "which says little."
    )
    panel = Panel("mIoU (bar) and IoU of each class (dots)", note, bars(rows, found["miou"]))
    return page(title, words, [panel], columns=1)


def _missions(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    missions: Sequence[Mapping[str, Any]] = found["missions"]
    return missions if len(missions) > 1 else ()


def bars(rows: Sequence[Mapping[str, Any]], overall: float) -> Picture:
    """A bar for every row (site or mission) of a document; the line is the score of all."""
    height = _ROW * len(rows)
    picture = blank(_LEFT + _WIDTH + 40, _TOP + height + 48)
    axes = Axes(_LEFT, _TOP, _WIDTH, height, 0.0, 1.0, 0.0, float(len(rows)))
    grid(picture, axes, ticks(np.linspace(0.0, 1.0, 11).tolist(), ".1f"), [], "", "")
    for index, row in enumerate(rows):
        middle = len(rows) - index - 0.5
        _, v = axes.at(0.0, middle)
        y = int(v)
        name = row.get("site", row.get("mission", ""))
        write(picture, name, 18, y + 5, 10, INK, bold="mission" in row)
        write(picture, f"{row['images']} images", 178, y + 5, 9, FAINT)
        if row["miou"] is None:
            write(picture, "no label", _LEFT + 8, y + 5, 9, FAINT)
            continue
        write(picture, f"{row['miou']:.3f}", _LEFT - 30, y + 5, 10, INK, centred=True)
        end = axes.at(row["miou"], middle)
        cv2.rectangle(picture, (_LEFT, y - 9), (int(end[0]), y + 9), _BAR, cv2.FILLED)
        for kind, name_ in enumerate(NAMES):
            if row["iou"][name_] is not None:
                few = row["support"][name_] < FEW
                dots(
                    picture, axes, [row["iou"][name_]], [middle], 6.0,
                    CLASS_COLOURS[kind], hollow=few,
                )  # fmt: skip
    u = int(axes.at(overall, 0.0)[0])
    cv2.line(picture, (u, _TOP), (u, _TOP + height), INK, 1)
    for kind, words in enumerate(NAMES):
        key(picture, _LEFT + 120 * kind, 16, [(CLASS_COLOURS[kind], words)])
    return picture
