"""The results of the ablation as a Markdown table and a picture, beside the noise of seeds."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ai4mars_nav.learn.ablate_run import RESULT, read_result
from ai4mars_nav.learn.ablate_variants import BASE, VARIANTS
from ai4mars_nav.learn.card import table
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.pictures.axes import Axes, blank, class_colour, dots, grid, ticks
from ai4mars_nav.sim.poster import FAINT, INK, Colour, Panel, Picture, page, write
from ai4mars_nav.terrain import NAMES, Terrain

Result = dict[str, Any]

TABLE = "ablations-table.md"
PICTURE = "pictures/ablations.png"
HEADER = [
    *("family", "changed", "mIoU", "against base", "big rock", "accuracy"),
    *("parameters", "CPU minutes"),
]
_ROW, _LEFT, _TOP, _WIDTH = 30, 450, 40, 520
_BAND: Colour = (205, 213, 226)
_BASE_INK: Colour = (96, 121, 159)


@dataclass(frozen=True)
class Noise:
    """mIoU of the base over its seeds: mean, standard deviation (nan for one), how many."""

    mean: float
    deviation: float
    seeds: int


def read_results(folder: Path) -> list[Result]:
    """The finished variants of a folder, in the order of the table; all of one side and length."""
    known = {variant.name: number for number, variant in enumerate(VARIANTS)}
    results = [read_result(path) for path in folder.glob(f"*/{RESULT}")]
    if not results:
        raise DataError(f"{folder}: no finished variant")
    scales = {(one["side"], one["settings"]["steps"]) for one in results}
    if len(scales) > 1:
        raise DataError(f"{folder}: variants of several sides and lengths: {sorted(scales)}")
    return sorted(results, key=lambda one: known.get(one["name"], len(known)))


def noise_of(results: Sequence[Result]) -> Noise:
    """What another seed alone changes."""
    found = [one["validation"]["miou"] for one in results if one["family"] == BASE]
    if not found:
        raise DataError("no seed of the base is finished: there is nothing to compare with")
    deviation = float(np.std(found, ddof=1)) if len(found) > 1 else float("nan")
    return Noise(float(np.mean(found)), deviation, len(found))


def markdown(results: Sequence[Result]) -> str:
    """The table, and the line that says how large and how noisy it is."""
    noise = noise_of(results)
    rows = []
    for one in results:
        scores = one["validation"]
        gain = "" if one["family"] == BASE else f"{scores['miou'] - noise.mean:+.3f}"
        rock = scores["iou"][NAMES[Terrain.BIG_ROCK]]
        rows.append(
            [
                one["family"],
                one["what"],
                f"{scores['miou']:.3f}",
                gain,
                "-" if rock is None else f"{rock:.3f}",
                f"{scores['accuracy']:.3f}",
                f"{one['parameters'] / 1e6:.1f} M",
                f"{one['cpu_seconds'] / 60:.1f}",
            ]
        )
    return f"{_scale(results[0])} {_noise_words(noise)}\n\n{table(HEADER, rows)}"


def _scale(one: Result) -> str:
    settings = one["settings"]
    return (
        f"{settings['steps']} steps of {settings['batch']} frames of {one['side']} x "
        f"{one['side']} pixels, scored on {one['validation']['images']} validation frames."
    )


def _noise_words(noise: Noise) -> str:
    if noise.seeds == 1:
        return f"Base {noise.mean:.3f}; one seed only, so that the noise is not known."
    return (
        f"Base over {noise.seeds} seeds: {noise.mean:.3f}, standard deviation "
        f"{noise.deviation:.3f}. One other run differs from the base's mean by less than "
        f"{2 * noise.deviation * np.sqrt(1 + 1 / noise.seeds):.3f} 19 times of 20 by chance alone "
        "(were the deviation well known)."
    )


def picture(results: Sequence[Result]) -> Picture:
    """A dot a variant, and the band in which other seeds of the base lie."""
    noise = noise_of(results)
    values = [one["validation"]["miou"] for one in results]
    low, high = np.floor(20 * min(values)) / 20, np.ceil(20 * max(values)) / 20
    height = _ROW * len(results)
    drawn = blank(_LEFT + _WIDTH + 80, _TOP + height + 48)
    axes = Axes(_LEFT, _TOP, _WIDTH, height, low, high, 0.0, float(len(results)))
    if noise.seeds > 1:
        ends = noise.mean + 2 * noise.deviation * np.array([-1, 1])
        (left, _), (right, _) = axes.at(ends, [0.0, 0.0])
        cv2.rectangle(drawn, (round(left), _TOP), (round(right), _TOP + height), _BAND, cv2.FILLED)
    marks = np.arange(low, high + 0.01, 0.05 if high - low < 0.6 else 0.1).tolist()
    grid(drawn, axes, ticks(marks, ".2f"), [], "mIoU on validation", "")
    for index, one in enumerate(results):
        middle = len(results) - index - 0.5
        y = int(axes.at(low, middle)[1])
        write(drawn, one["family"], 18, y + 5, 9, FAINT)
        write(drawn, _drawable(one["what"]), 118, y + 5, 10, INK)
        ink = _BASE_INK if one["family"] == BASE else class_colour(Terrain.BIG_ROCK)
        dots(drawn, axes, [one["validation"]["miou"]], [middle], 6.0, ink)
        value = f"{one['validation']['miou']:.3f}"
        write(drawn, value, _LEFT + _WIDTH + 40, y + 5, 10, INK, centred=True)
    band = f"The band is two standard deviations of the base's {noise.seeds} seeds either side."
    panel = Panel("One thing changed at a time", band if noise.seeds > 1 else "", drawn)
    title = "What each choice of the recipe is worth, at small scale"
    return page(title, _scale(results[0]), [panel], 1)


def _drawable(words: str) -> str:
    """Words without accents: the picture's font has none."""
    return unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()


def write_docs(folder: Path, docs: Path) -> tuple[Path, Path]:
    """Write table and picture of the results in folder under docs; their paths."""
    results = read_results(folder)
    table_path, picture_path = docs / TABLE, docs / PICTURE
    picture_path.parent.mkdir(parents=True, exist_ok=True)
    table_path.write_text(markdown(results), encoding="utf-8")
    if not cv2.imwrite(str(picture_path), cv2.cvtColor(picture(results), cv2.COLOR_RGB2BGR)):
        raise DataError(f"{picture_path}: cannot be written")
    return table_path, picture_path
