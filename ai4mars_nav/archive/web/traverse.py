"""The way of the rover: where the images of a result were taken, stop by stop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ai4mars_nav.archive.catalogue.columns import Snapshot
from ai4mars_nav.archive.catalogue.query import Query
from ai4mars_nav.archive.catalogue.search import Found
from ai4mars_nav.archive.catalogue.tables import FACETS, NUMBERS

SIDE = 1000.0
"""Width of the drawing; it is at most as high."""
_MARGIN = 60.0
MOST = 2000
"""Stops that are drawn."""
_LEAST = 10.0
"""Metres that are drawn at least: a single stop has no size of its own."""
_LADDER = (0.1, 0.2, 0.5)


@dataclass(frozen=True)
class Stop:
    """A place where images were taken, in units of the drawing."""

    x: float
    y: float
    radius: float
    text: str
    address: str


@dataclass(frozen=True)
class Traverse:
    """The stops of one site, in the order of drives."""

    site: str
    others: tuple[tuple[str, int, str], ...]
    """Other sites with places, how many images, and the address of their map."""
    stops: tuple[Stop, ...]
    left_out: int
    height: float
    bar: float
    """Length of the scale bar in units of the drawing, and in metres."""
    bar_metres: float

    @property
    def path(self) -> str:
        """The line through all stops."""
        return " ".join(f"{stop.x:.1f},{stop.y:.1f}" for stop in self.stops)


def traverse(snapshot: Snapshot, query: Query, found: Found) -> Traverse | None:
    """The site with the most images of a result; None where none has a place."""
    table = snapshot.columns
    north, east = (table.numbers[NUMBERS.index(name)] for name in ("north", "east"))
    drive = table.numbers[NUMBERS.index("drive")]
    sites = table.codes[:, FACETS.index("site")]
    rows = np.flatnonzero((found.mark > 0) & (sites > 0))
    rows = rows[np.isfinite(north[rows]) & np.isfinite(east[rows])]
    if not len(rows):
        return None
    counts = np.bincount(sites[rows])
    best = int(counts.argmax())
    names = snapshot.vocabulary["site"]
    others = tuple(
        (names[code - 1], int(counts[code]), _of_site(query, names[code - 1]).address("/map"))
        for code in np.argsort(-counts, kind="stable")[:50]
        if counts[code] and code != best
    )
    rows = rows[sites[rows] == best]
    order = np.lexsort((table.time[rows], np.nan_to_num(drive[rows], nan=-1.0)))
    rows = rows[order]
    # to the decimetre: a mast that turns does not move the rover
    places = np.stack([np.round(east[rows], 1), np.round(north[rows], 1)], axis=1)
    _, first, sizes = np.unique(places, axis=0, return_index=True, return_counts=True)
    along = np.argsort(first, kind="stable")
    first, sizes = first[along][:MOST], sizes[along][:MOST]
    at = places[first]
    low, high = at.min(axis=0), at.max(axis=0)
    span = float(max(*(high - low), _LEAST))
    scale = (SIDE - 2 * _MARGIN) / span
    height = float(high[1] - low[1]) * scale + 2 * _MARGIN
    height = max(height, 240.0)
    middle = (low + high) / 2
    site = names[best - 1]
    stops = []
    for place, row, size in zip(at, rows[first], sizes, strict=True):
        x = SIDE / 2 + float(place[0] - middle[0]) * scale
        y = height / 2 - float(place[1] - middle[1]) * scale
        number = float(drive[row])
        told = f"drive {number:.0f}, " if np.isfinite(number) else ""
        text = f"{told}{place[1]:.1f} m north, {place[0]:.1f} m east: {size:,} images"
        radius = min(7.0 + 2.0 * float(np.log2(size)), 24.0)
        stops.append(Stop(x, y, radius, text, _at(query, site, place).address()))
    metres = max(m for p in range(8) for s in _LADDER if (m := s * 10**p) * scale <= SIDE / 3)
    left_out = max(len(along) - MOST, 0)
    return Traverse(site, others, tuple(stops), left_out, height, metres * scale, metres)


def _of_site(query: Query, site: str) -> Query:
    return replace(query, chosen={**query.chosen, "site": frozenset([site])}, page=1)


def _at(query: Query, site: str, place: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Query:
    """The images of one stop."""
    ends = {
        name: (round(float(value) - 0.1, 2), round(float(value) + 0.1, 2))
        for name, value in zip(("east", "north"), place, strict=True)
    }
    return replace(_of_site(query, site), ranges={**query.ranges, **ends})
