"""Compares a cost map of the acceptance scene with the truth, cell by cell.

The truth is a list, one for each place that the rover looked from.

Border tolerance: a cell may be known if the camera sees any part of it or of one of its eight
neighbours; farther than ROW_IS_A_CELL, where one row of points covers more than a cell, of its
neighbours' neighbours. Nothing else is forgiven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim import scenes
from ai4mars_nav.sim.truth import CellTruth

BIG_ROCK, SMALL_ROCK = 0, 1
ROW_IS_A_CELL = 10.8
"""Metres: at 1.9 m height and 1/615 rad from row to row, distance^2 / (1.9 * 615) is 0.1 m."""
LETHAL_REACH, GRADED_REACH = 1.60, 2.20
"""Metres from a rock's edge within which cells are lethal and dearer: a wheel's radius, from
where it would climb the rock, and half the rover's width or its diagonal."""
WINDOW = 6
"""Cells from a change of slope within which the fitted local plane still feels it."""
LEVEL_COST = 3
"""Dearest level soil may be, of 99: it costs about as much as the level bedrock of cost 1."""

Mask = NDArray[np.bool_]


def faults(cost: NDArray[np.int8], views: Sequence[CellTruth], known_share: float) -> list[str]:
    """What is wrong with `cost`; `known_share` of the well seen ground must be known."""
    truth = united(views)
    seen = truth.seen > 0.0
    hidden = ~np.logical_or.reduce([_reach(view) for view in views])
    said = [
        _none("free though never seen", (cost >= 0) & (cost < 100) & hidden, truth),
        _none(
            "lethal though no rock is there", (cost == 100) & ~_near_big(truth, LETHAL_REACH), truth
        ),
        _all("big rock, must be lethal", cost == 100, (truth.rock == BIG_ROCK) & seen, truth, 15),
        _none("small rock is lethal", (truth.rock == SMALL_ROCK) & (cost == 100), truth),
        _all("shadow, must be unknown", cost == -1, shadow(truth) & hidden, truth, 20),
        *_known(cost, truth, known_share),
        *_prices(cost, truth),
    ]
    return [fault for fault in said if fault]


def united(views: Sequence[CellTruth]) -> CellTruth:
    """What was seen from any of the places."""
    seen = np.max([view.seen for view in views], axis=0)
    return replace(views[0], seen=seen, distance=np.min([view.distance for view in views], axis=0))


def _known(cost: NDArray[np.int8], truth: CellTruth, known_share: float) -> Iterator[str]:
    """The middle of what is seen must be known, and the small rock among it."""
    well = _shrunk(truth.seen == 1.0, 1) & (truth.distance < ROW_IS_A_CELL)
    small = (truth.rock == SMALL_ROCK) & (truth.seen == 1.0)
    for name, cells in (("well seen ground", well), ("small rock", small)):
        share = float(np.mean(cost[cells] >= 0))
        if share < known_share:
            yield f"{name}: {share:.1%} known, must be {known_share:.0%}"


def _prices(cost: NDArray[np.int8], truth: CellTruth) -> Iterator[str]:
    """Level soil is cheap, level sand dearer, sand uphill dearer still."""
    soil = patch(truth, (4.0, -0.3, 5.0, 0.3)) & ~_near_big(truth, GRADED_REACH)
    flat, ramp = (_shrunk(patch(truth, p), WINDOW) for p in (scenes.SAND_FLAT, scenes.SAND_RAMP))
    found = [cost[cells & (truth.seen == 1.0) & (cost >= 0)] for cells in (soil, flat, ramp)]
    if min(len(values) for values in found) < 20:
        yield f"only {[len(values) for values in found]} cells of soil, sand, ramp are known"
        return
    level, sand, uphill = found
    if level.max() > LEVEL_COST:
        yield f"level soil costs {level.max()}, must be {LEVEL_COST} at most"
    if sand.mean() < level.mean() + 0.5:
        yield f"level sand costs {sand.mean():.1f}, soil {level.mean():.1f}: sand must be dearer"
    if uphill.min() <= sand.max():
        yield f"sand uphill costs {uphill.min()}, level sand {sand.max()}: uphill must be dearer"


def patch(truth: CellTruth, box: tuple[float, float, float, float]) -> Mask:
    inside: Mask = (truth.x > box[0]) & (truth.x < box[2])
    return inside & (truth.y > box[1]) & (truth.y < box[3])


def _near_big(truth: CellTruth, reach: float) -> Mask:
    """Cells within `reach` metres of the big rock's edge."""
    away = np.hypot(truth.x - scenes.BIG.x, truth.y - scenes.BIG.y)
    near: Mask = away < scenes.BIG.width / 2.0 + reach
    return near


def shadow(truth: CellTruth) -> Mask:
    """Ground within 2 m of the big rock and behind it; a cell beside the rock may count as rock."""
    behind = np.hypot(truth.x, truth.y) > np.hypot(scenes.BIG.x, scenes.BIG.y)
    rock = cv2.dilate((truth.rock == BIG_ROCK).astype(np.uint8), np.ones((3, 3), np.uint8))
    return behind & _near_big(truth, 2.0) & (rock == 0)


def _reach(truth: CellTruth) -> Mask:
    """Cells that may be known: seen, or so near to seen ones that the tolerance covers them."""
    seen = (truth.seen > 0.0).astype(np.uint8)
    one, two = (cv2.dilate(seen, np.ones((n, n), np.uint8)) > 0 for n in (3, 5))
    return np.where(truth.distance < ROW_IS_A_CELL, one, two)


def _shrunk(cells: Mask, by: int) -> Mask:
    kernel = np.ones((2 * by + 1, 2 * by + 1), np.uint8)
    return cv2.erode(cells.astype(np.uint8), kernel) > 0


def _none(what: str, wrong: Mask, truth: CellTruth) -> str:
    if not wrong.any():
        return ""
    x, y = truth.x[wrong][0], truth.y[wrong][0]
    return f"{what}: {int(wrong.sum())} cells, one at ({x:.2f}, {y:.2f})"


def _all(what: str, right: Mask, cells: Mask, truth: CellTruth, least: int) -> str:
    if cells.sum() < least:
        return f"{what}: the scene shows only {int(cells.sum())} such cells, not {least}"
    return _none(what, cells & ~right, truth)
