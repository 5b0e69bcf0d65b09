"""Frames against tiles of the ground: a table and a picture, with intervals over unseen worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.ablate_ground import BANDS, CELLS, FRAMES, PIXELS, TILES, band_name
from ai4mars_nav.learn.card import table
from ai4mars_nav.learn.data import I64
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.pictures.axes import Axes, blank, class_colour, dots, grid, key, line, ticks
from ai4mars_nav.learn.scores import (
    class_iou,
    interval95,
    mean_iou,
    pixel_accuracy,
    resampled,
)
from ai4mars_nav.sim.poster import INK, Colour, Panel, Picture, page, write
from ai4mars_nav.terrain import NAMES, Terrain

Result = dict[str, Any]
F64 = npt.NDArray[np.float64]

TABLE = "ablations-ortho-table.md"
PICTURE = "pictures/ablations-ortho.png"
JUDGED = (PIXELS, *(band_name(*band) for band in BANDS), CELLS)
HEADER = [
    *("judged on", "labelled", "learned on", "mIoU (95 %)", "tiles against frames", "seeds"),
    *("accuracy", *NAMES),
]
_ROW, _LEFT, _TOP, _WIDTH = 56, 200, 52, 640
_INKS: dict[str, Colour] = {FRAMES: (96, 121, 159), TILES: class_colour(Terrain.BIG_ROCK)}


@dataclass(frozen=True)
class Scored:
    """One view judged on one thing: mIoU of each seed (k,) and of each resample of worlds (b,)
    averaged over them, mean IoU of each class (4,) and mean accuracy; how many are labelled."""

    seeds: F64
    drawn: F64
    iou: F64
    accuracy: float
    labelled: int

    @property
    def miou(self) -> float:
        """The mean over the seeds."""
        return float(self.seeds.mean())


def matrices_of(result: Result, judged: str) -> I64:
    """Confusion matrices (worlds, 4, 4) of a result, worlds in the order of their names."""
    worlds = result["worlds"]
    return np.array([worlds[name][judged] for name in sorted(worlds)], np.int64)


def scored(results: Sequence[Result], view: str, judged: str) -> Scored:
    """The scores of one view over its seeds."""
    found = [matrices_of(one, judged) for one in results if one["view"] == view]
    if not found:
        raise DataError(f"no training on {view} is finished")
    totals = np.stack([matrices.sum(axis=0) for matrices in found])
    if not totals.any():
        raise DataError(f"no labelled pixel to judge {judged} by")
    groups = np.arange(len(found[0]))
    drawn = np.mean([mean_iou(resampled(matrices, groups)) for matrices in found], axis=0)
    return Scored(
        mean_iou(totals),
        drawn,
        class_iou(totals).mean(axis=0),
        float(pixel_accuracy(totals).mean()),
        int(totals[0].sum()),
    )


def _same_truth(results: Sequence[Result]) -> None:
    """Refuse results that were not judged by the same labels."""
    for judged in JUDGED:
        first = matrices_of(results[0], judged).sum(axis=2)
        for one in results[1:]:
            if not np.array_equal(matrices_of(one, judged).sum(axis=2), first):
                raise DataError(f"{one['view']}: judged by other labels than {results[0]['view']}")


def markdown(results: Sequence[Result]) -> str:
    """What was done in words, and a table of both views on pixels, near and far, and on cells."""
    _same_truth(results)
    rows = []
    for judged in JUDGED:
        frames, tiles = (scored(results, view, judged) for view in (FRAMES, TILES))
        gain = f"{tiles.miou - frames.miou:+.3f} ({_span(tiles.drawn - frames.drawn, '+.3f')})"
        for view, one, against in ((FRAMES, frames, ""), (TILES, tiles, gain)):
            seeds = ", ".join(f"{value:.3f}" for value in one.seeds)
            iou = ["-" if np.isnan(value) else f"{value:.3f}" for value in one.iou]
            miou = f"{one.miou:.3f} ({_span(one.drawn, '.3f')})"
            head = [judged, f"{one.labelled:,}", view, miou, against, seeds]
            rows.append([*head, f"{one.accuracy:.3f}", *iou])
    return f"{_scale(results)}\n\n{table(HEADER, rows)}"


def _span(values: F64, form: str) -> str:
    found = interval95(values)
    return "-" if found is None else f"{found[0]:{form}} to {found[1]:{form}}"


def _scale(results: Sequence[Result]) -> str:
    one, settings = results[0], results[0]["settings"]
    frames, tiles = (_one_of(results, view) for view in (FRAMES, TILES))
    return (
        f"Simulated. {settings['steps']} steps of {settings['batch']} images of {one['side']} x "
        f"{one['side']}, from {frames['images']} frames ({frames['labelled']:.0%} of their pixels "
        f"labelled) or the {tiles['images']} tiles of {one['cell']:g} m cells under them "
        f"({tiles['labelled']:.0%}), of {one['train_worlds']} worlds; judged on "
        f"{len(one['judged_by'])} frames of {len(one['worlds'])} other worlds. Intervals are 95 % "
        "bootstraps over these worlds; IoU is the mean over seeds."
    )


def _one_of(results: Sequence[Result], view: str) -> Result:
    return next(one for one in results if one["view"] == view)


def picture(results: Sequence[Result]) -> Picture:
    """A line for the interval and a dot for each seed, of both views on each thing judged."""
    found = {(j, v): scored(results, v, j) for j in JUDGED for v in (FRAMES, TILES)}
    spans = {name: interval95(one.drawn) or (one.miou, one.miou) for name, one in found.items()}
    ends = [*spans.values(), *((one.seeds.min(), one.seeds.max()) for one in found.values())]
    low = np.floor(10 * min(end[0] for end in ends)) / 10
    high = np.ceil(10 * max(end[1] for end in ends)) / 10
    height = _ROW * len(JUDGED)
    drawn = blank(_LEFT + _WIDTH + 40, _TOP + height + 48)
    axes = Axes(_LEFT, _TOP, _WIDTH, height, low, high, 0.0, float(len(JUDGED)))
    marks = np.arange(low, high + 0.01, 0.1).tolist()
    grid(drawn, axes, ticks(marks, ".1f"), [], "mIoU on unseen worlds", "")
    for index, judged in enumerate(JUDGED):
        middle = len(JUDGED) - index - 0.5
        y = int(axes.at(low, middle)[1])
        write(drawn, _row_name(judged), 18, y + 5, 10, INK)
        for view, lift in ((FRAMES, 0.15), (TILES, -0.15)):
            one = found[judged, view]
            line(drawn, axes, spans[judged, view], [middle + lift] * 2, _INKS[view])
            dots(drawn, axes, one.seeds, [middle + lift] * len(one.seeds), 6.0, _INKS[view])
    key(drawn, _LEFT, 16, [(_INKS[FRAMES], "learned on frames")])
    key(drawn, _LEFT + 190, 16, [(_INKS[TILES], "learned on tiles of the ground")])
    note = "A dot a seed; the line is the 95 % interval over worlds of their mean."
    panel = Panel("The same pixels and the same cells, whichever network", note, drawn)
    title = "Rendered frames, or the ground under them from above"
    settings = results[0]["settings"]
    words = (
        f"Simulated; {settings['steps']} steps each, judged on {len(results[0]['worlds'])} worlds "
        "that neither has seen."
    )
    return page(title, words, [panel], 1)


def _row_name(judged: str) -> str:
    if judged == CELLS:
        return "cells of the ground"
    return "all pixels" if judged == PIXELS else f"pixels, {judged}"


def write_docs(results: Sequence[Result], docs: Path) -> tuple[Path, Path]:
    """Write table and picture under docs; their paths."""
    table_path, picture_path = docs / TABLE, docs / PICTURE
    picture_path.parent.mkdir(parents=True, exist_ok=True)
    table_path.write_text(markdown(results), encoding="utf-8")
    if not cv2.imwrite(str(picture_path), cv2.cvtColor(picture(results), cv2.COLOR_RGB2BGR)):
        raise DataError(f"{picture_path}: cannot be written")
    return table_path, picture_path
