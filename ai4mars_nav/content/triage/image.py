"""An image as triage gets it, and what it remembers of one: no pixel of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.sizes import Sizes
from ai4mars_nav.terrain import CLASSES, NAMES

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

UNKNOWN_NAME = "unknown"


@dataclass(frozen=True)
class Rock:
    """A big rock in the map: base centre (3,), metres; a height that was not measured is nan."""

    position: F64
    height: float
    width: float
    probability: float


@dataclass(frozen=True)
class Ground:
    """What the terrain node made of an image; the map is a fixed frame with z up, metres."""

    classes: U8
    """(h, w), of any size."""
    points: F32 | None = None
    """(h, w, 3) in the map, nan where there is none."""
    eye: F64 | None = None
    """(3,) of the camera in the map; without it there are no points and no rocks."""
    rocks: tuple[Rock, ...] = ()


@dataclass(frozen=True)
class Shot:
    """One image, grey (h, w) or RGB (h, w, 3), with what is known of the ground in it."""

    name: str
    stamp: int
    """Nanoseconds."""
    picture: U8
    ground: Ground | None = None


@dataclass(frozen=True)
class Seen:
    """What is remembered of an image."""

    name: str
    stamp: int
    classes: Mapping[str, float]
    """Calibrated probability of each class."""
    novelty: float
    """0 for what is as usual, 1 for what is new."""
    feature: F32
    """(d,) of length 1."""
    sizes: Sizes
    terrain: Mapping[str, float]
    """Share of each terrain and of `unknown`; empty where nothing was made of the image."""
    rocks: int
    place: tuple[float, float, float] | None
    """The middle of the ground that it shows, in the map."""

    @property
    def likeliest(self) -> str:
        """The likeliest class."""
        return max(self.classes, key=lambda name: self.classes[name])


def shares(classes: U8) -> dict[str, float]:
    """How much of an image (h, w) each terrain covers, and `unknown` the rest; they sum to 1."""
    counts = np.bincount(classes.ravel(), minlength=256) / classes.size
    found = {NAMES[each]: float(counts[each]) for each in CLASSES}
    return found | {UNKNOWN_NAME: max(0.0, 1.0 - sum(found.values()))}
