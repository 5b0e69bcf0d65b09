"""Big rock image by image: how much of it was found, and how much of what was claimed is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ai4mars_nav.learn.pictures.axes import Axes, blank, class_colour, dots, grid, line, ticks
from ai4mars_nav.sim.poster import INK, Panel, Picture, page
from ai4mars_nav.terrain import Terrain

_SIZE = (520, 400)
_RED = class_colour(int(Terrain.BIG_ROCK))


def rock_page(title: str, rock: Mapping[str, Any]) -> Picture:
    """The page of the `big_rock` part of an evaluation's document."""
    images = rock["images"]
    found = (
        f"{_share(rock['recall'])} over all pixels, {_share(rock['mean_recall_per_image'])} the "
        f"mean of {rock['images_labelled']} images that show it"
    )
    so = (
        f"{_share(rock['precision'])} over all pixels, {_share(rock['mean_precision_per_image'])} "
        f"the mean of {rock['images_claimed']} images that claim it"
    )
    panels = [
        Panel("Recall", found, _scatter(images, "labelled", "recall")),
        Panel("Precision", so, _scatter(images, "claimed", "precision")),
    ]
    words = "A dot is an image; lines are medians. Most hold little big rock: one label moves them."
    return page(title, words, panels, columns=2)


def _scatter(images: Sequence[Mapping[str, Any]], pixels: str, score: str) -> Picture:
    """A score against the pixels it is a share of, on a logarithmic axis; the line is a median."""
    picture = blank(*_SIZE)
    pairs = [(one[pixels], one[score]) for one in images if one[pixels]]
    counts = np.array([count for count, _ in pairs], np.float64)
    scores = np.array([value for _, value in pairs], np.float64)
    decades = float(np.ceil(np.log10(max(10.0, counts.max(initial=1.0)))))
    axes = Axes(56, 34, _SIZE[0] - 84, _SIZE[1] - 88, 0.0, decades, 0.0, 1.0)
    across = [(float(power), f"{10**power:,}") for power in range(int(decades) + 1)]
    up = ticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    grid(picture, axes, across, up, f"pixels {pixels} in the image", score)
    dots(picture, axes, np.log10(np.maximum(counts, 1.0)), scores, 5.0, _RED)
    for power in range(int(decades)):
        here = (counts >= 10**power) & (counts < 10 ** (power + 1))
        if here.sum() >= 5:
            middle = float(np.median(scores[here]))
            line(picture, axes, [power, power + 1.0], [middle, middle], INK)
    return picture


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
