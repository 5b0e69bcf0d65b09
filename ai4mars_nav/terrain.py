"""The terrain vocabulary: classes, label values, colours and the physics of driving on each.

Everyone speaks it; it imports nobody. Sources of the numbers: docs/terrain-physics.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Terrain(IntEnum):
    """The four AI4Mars classes; the value is the label value in every mask, topic and model."""

    SOIL = 0
    BEDROCK = 1
    SAND = 2
    BIG_ROCK = 3


class Hidden(IntEnum):
    """Ground that carries a rover otherwise than the class it looks like; no mask knows it."""

    LOOSE_SAND = 4
    SHARP_ROCK = 5


Ground = Terrain | Hidden
GROUNDS: tuple[Ground, ...] = (*Terrain, *Hidden)
"""What wheels can stand on; the value of each is its place."""
LOOKS: NDArray[np.uint8] = np.array([*Terrain, Terrain.SAND, Terrain.BEDROCK], dtype=np.uint8)
"""(6,) label value that each ground has in a mask."""

UNKNOWN = 255
"""Label value of a pixel or cell whose terrain was not seen or not decided."""

CLASSES: tuple[Terrain, ...] = tuple(Terrain)
NAMES: tuple[str, ...] = ("soil", "bedrock", "sand", "big rock")

COLOURS: NDArray[np.uint8] = np.array(
    [(150, 111, 72), (96, 125, 160), (232, 199, 104), (200, 60, 48)], dtype=np.uint8
)
"""(4, 3) RGB, one row per class, readable for the colour-blind and in print."""

UNKNOWN_COLOUR: tuple[int, int, int] = (60, 60, 60)

BIG_ROCK_HEIGHT = 0.30
"""Metres above the local ground over which a rock counts as big (AI4Mars, section 3.1.1)."""
BIG_ROCK_WIDTH = 0.50
"""Metres of its longer side from which on a rock counts as big."""

SLOPES_DEG: tuple[float, ...] = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
"""Slopes at which the slip tables below are stated, degrees uphill."""


@dataclass(frozen=True)
class Physics:
    """How one terrain carries a rover: slip (0..1) at SLOPES_DEG, rolling resistance, hazards."""

    slip: tuple[float, ...]
    rolling_resistance: float
    """Resisting force over weight on the level, dimensionless."""
    embedding_per_metre: float
    """Chance of getting stuck per metre at full slip; it goes with the cube of the slip."""
    wheel_damage_per_metre: float
    """Wheel wear per metre relative to a wheel's life."""
    loss_per_metre: float = 0.0
    """Chance per metre that the drive ends there, at any slip."""


PHYSICS: dict[Ground, Physics] = {
    Terrain.SOIL: Physics((0.03, 0.06, 0.12, 0.22, 0.40, 0.62, 0.85), 0.10, 0.02, 1e-5),
    Terrain.BEDROCK: Physics((0.01, 0.02, 0.04, 0.07, 0.14, 0.45, 0.80), 0.05, 0.0, 3e-5),
    Terrain.SAND: Physics((0.08, 0.18, 0.38, 0.80, 0.96, 0.98, 0.99), 0.20, 0.20, 0.0),
    Terrain.BIG_ROCK: Physics((0.02, 0.04, 0.08, 0.14, 0.24, 0.40, 0.60), 0.30, 0.0, 3.4e-4, 5e-3),
    Hidden.LOOSE_SAND: Physics((0.30, 0.50, 0.80, 0.95, 0.98, 0.99, 0.995), 0.25, 0.20, 0.0),
    Hidden.SHARP_ROCK: Physics((0.01, 0.02, 0.04, 0.07, 0.14, 0.45, 0.80), 0.05, 0.0, 3.4e-4),
}
"""What carries well carries firmly: sand here is firm sand and bedrock smooth. What must be
expected of a class is a mixture: `mapping.cost`."""


def slip(ground: Ground, slope_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slip (0..1), shape of `slope_rad`, of wheels driving straight up a slope in radians >= 0."""
    degrees = np.rad2deg(slope_rad)
    slips: NDArray[np.float64] = np.interp(degrees, SLOPES_DEG, PHYSICS[ground].slip)
    return slips


def colourise(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class values (h, w) to an RGB picture (h, w, 3)."""
    return _PALETTE[classes]


_PALETTE: NDArray[np.uint8] = np.full((256, 3), UNKNOWN_COLOUR, dtype=np.uint8)
_PALETTE[: len(CLASSES)] = COLOURS
