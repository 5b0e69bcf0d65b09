"""Rocks one by one: which of the big ones in view were told of, and what told of was a big rock.

Counted frame by frame in bands of distance, for the network alone, heights alone, and both.
What is told of off the map is not counted: the ground goes on there, rocks and all, as the mirror
of the map, but no list says which. Beside the big ones stand all rocks over 0.30 m, of any width.

A rock is big by the longer of its sides, which a camera in front of it may not see; so beside the
shares stand those of rocks that are as wide in the narrower, which every camera sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.ros.convert.rocks import RockSighting
from ai4mars_nav.sim.world.world import Rocks, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, BIG_ROCK_WIDTH
from ai4mars_nav.trial import intervals
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.rocks_in_view import FARTHEST, Sight, in_view, narrow_in_view

F64 = NDArray[np.float64]

BANDS = ((0, 5), (5, 10), (10, 20), (20, FARTHEST))
"""Metres from the camera, over the ground."""
CLASS, HEIGHT, FUSED = "class", "height", "fused"
SOURCES = (CLASS, HEIGHT, FUSED)
TOLD_FROM = 0.5
"""Fused probability from which on a sighting says that there is a big rock."""
APART = 0.5
"""Metres that a sighting may lie beside the rim of the rock that it means."""
NEARLY = 0.25
"""Metres of height of a rock that is nearly big."""


def tally(sights: Sequence[Sight], world: World, camera: Pinhole) -> dict[str, Any]:
    """Counts and sums of a drive for JSON: band, source, then what `_nothing` begins."""
    found = no_rocks()
    for sight in sights:
        _add_recall(found, sight, world, camera)
        _add_narrow(found, sight, world, camera)
        _add_precision(found, sight, world)
    return found


def pooled(drives: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tallies of drives, one a site, as shares with intervals over sites, and mean errors [m]."""

    def told(band: str, source: str) -> dict[str, Any]:
        counts = {key: np.array([_count(drive, band, source, key) for drive in drives])
                  for key in _nothing()}  # fmt: skip
        sums = {key: float(values.sum()) for key, values in counts.items()}
        shares = {
            "recall": intervals.share(counts["found"], counts["in_view"]),
            "precision": intervals.share(counts["right"], counts["told"]),
            "precision_nearly": intervals.share(counts["right_or_nearly"], counts["told"]),
            "recall_both_ways": intervals.share(counts["found_both_ways"], counts["both_ways"]),
            "precision_both_ways": intervals.share(counts["right_both_ways"], counts["told"]),
            "recall_high": intervals.share(counts["found_high"], counts["high"]),
            "precision_high": intervals.share(counts["right_high"], counts["told"]),
        }
        return {
            **{key: None if each is None else each.to_json() for key, each in shares.items()},
            "in_view": int(sums["in_view"]),
            "in_view_both_ways": int(sums["both_ways"]),
            "in_view_high": int(sums["high"]),
            "told": int(sums["told"]),
            "height_error_m": _mean(sums["height_error"], sums["measured"]),
            "height_bias_m": _mean(sums["height_bias"], sums["measured"]),
            "width_error_m": _mean(sums["width_error"], sums["right"]),
        }

    return {_name(band): {source: told(_name(band), source) for source in SOURCES}
            for band in BANDS}  # fmt: skip


def _count(drive: Mapping[str, Any], band: str, source: str, key: str) -> float:
    """One count of a tally, which may come from a record that another state of the code wrote."""
    found = drive[band][source]
    if key not in found:
        raise TrialError(
            f"rocks one by one: a record counts no {key!r} ({band}, {source}), it is of another "
            "state of the code; drive again into another folder with --out"
        )
    return float(found[key])


def _mean(total: float, count: float) -> float | None:
    return round(total / count, 4) if count else None


def no_rocks() -> dict[str, dict[str, dict[str, float]]]:
    """The tally of a drive without rocks."""
    return {_name(band): {source: _nothing() for source in SOURCES} for band in BANDS}


def _nothing() -> dict[str, float]:
    """No rock in view, none told of."""
    return dict.fromkeys(
        ("in_view", "found", "told", "right", "right_or_nearly", "both_ways", "found_both_ways",
         "right_both_ways", "high", "found_high", "right_high", "measured", "height_error",
         "height_bias", "width_error"), 0.0,
    )  # fmt: skip


def _name(band: tuple[int, int]) -> str:
    return f"{band[0]}-{band[1]} m"


def _band(distance: float) -> str | None:
    return next((_name(band) for band in BANDS if band[0] <= distance < band[1]), None)


def says(source: str, rock: RockSighting) -> bool:
    """Whether a source alone holds a sighting for a big rock."""
    if source == CLASS:
        return rock.by_class
    return rock.by_height if source == HEIGHT else rock.probability >= TOLD_FROM


def wide_both_ways(rocks: Rocks) -> NDArray[np.bool_]:
    """Which of the big rocks (k,) are as wide in their narrower side."""
    return np.asarray(rocks.big & (np.minimum(rocks.length, rocks.width) >= BIG_ROCK_WIDTH))


def _add_recall(
    found: dict[str, dict[str, dict[str, float]]], sight: Sight, world: World, camera: Pinhole
) -> None:
    both_ways = wide_both_ways(world.rocks)
    for rock, counts, said in _shown(found, sight, world, in_view(sight, world, camera)):
        counts["in_view"] += 1
        counts["found"] += said
        counts["both_ways"] += both_ways[rock]
        counts["found_both_ways"] += both_ways[rock] and said
        counts["high"] += 1
        counts["found_high"] += said


def _add_narrow(
    found: dict[str, dict[str, dict[str, float]]], sight: Sight, world: World, camera: Pinhole
) -> None:
    """Those over 0.30 m that are not big, among those of any width."""
    for _, counts, said in _shown(found, sight, world, narrow_in_view(sight, world, camera)):
        counts["high"] += 1
        counts["found_high"] += said


def _shown(
    found: dict[str, dict[str, dict[str, float]]],
    sight: Sight,
    world: World,
    rocks: NDArray[np.int64],
) -> Iterator[tuple[int, dict[str, float], bool]]:
    """Each of the rocks (k,) and each source: where it counts, and whether that told of it."""
    eye, places = sight.odom_from_camera.translation, _places(sight)
    for rock in rocks:
        x, y = float(world.rocks.x[rock]), float(world.rocks.y[rock])
        band = _band(math.hypot(x - eye[0], y - eye[1]))
        if band is None:
            continue
        near = np.hypot(places[:, 0] - x, places[:, 1] - y) <= _reach(world)[rock]
        for source in SOURCES:
            said = any(says(source, sight.rocks[i]) for i in np.flatnonzero(near))
            yield int(rock), found[band][source], said


def _add_precision(
    found: dict[str, dict[str, dict[str, float]]], sight: Sight, world: World
) -> None:
    eye, rocks = sight.odom_from_camera.translation, world.rocks
    nearly, high = rocks.big | (rocks.height > NEARLY), rocks.height > BIG_ROCK_HEIGHT
    both_ways = wide_both_ways(rocks)
    for place, told in zip(_places(sight), sight.rocks, strict=True):
        band = _band(math.hypot(place[0] - eye[0], place[1] - eye[1]))
        if band is None or not _on_map(world, place):
            continue
        beside = np.hypot(rocks.x - place[0], rocks.y - place[1]) - _reach(world)
        meant = int(np.where(rocks.big, beside, math.inf).argmin()) if rocks.big.any() else -1
        right = meant >= 0 and bool(beside[meant] <= 0.0)
        for source in SOURCES:
            if not says(source, told):
                continue
            counts = found[band][source]
            counts["told"] += 1
            counts["right"] += right
            counts["right_or_nearly"] += bool((nearly & (beside <= 0.0)).any())
            counts["right_both_ways"] += bool((both_ways & (beside <= 0.0)).any())
            counts["right_high"] += bool((high & (beside <= 0.0)).any())
            if not right:
                continue
            wide = 0.5 * float(rocks.length[meant] + rocks.width[meant])
            counts["width_error"] += abs(told.width - wide)
            if math.isfinite(told.height):
                error = told.height - float(rocks.height[meant])
                counts["measured"] += 1
                counts["height_error"] += abs(error)
                counts["height_bias"] += error


def _on_map(world: World, place: F64) -> bool:
    """Whether a place (3,) is so far inside the map that a rock there would be on the list."""
    low = np.asarray(world.origin) + APART
    high = np.asarray(world.origin) + world.size - APART
    return bool((low <= place[:2]).all() and (place[:2] <= high).all())


def _places(sight: Sight) -> F64:
    """Base centres (k, 3) of what was told, in odom."""
    bases = np.array([rock.base.translation for rock in sight.rocks], np.float64).reshape(-1, 3)
    return np.asarray(sight.odom_from_camera.apply(bases), np.float64)


def _reach(world: World) -> F64:
    """Metres (k,) from each rock's middle within which a sighting means it."""
    return np.asarray(0.25 * (world.rocks.length + world.rocks.width) + APART, np.float64)
