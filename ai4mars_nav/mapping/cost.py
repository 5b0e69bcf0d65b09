"""Terrain cost as physics: expected time, energy and risk per metre, lethal cells, inflation.

A cell's price is its cost per metre over that of level bedrock that wears no wheel, a ratio >= 1.
The map shows it linearly, 1 for 1 to 99 for `dearest` and beyond, so that a planner which sums
cells sums physics: ratio = 1 + (value - 1) * (dearest - 1) / 98. A planner whose price per metre
is neutral + value does so with neutral = 98 / (dearest - 1) - 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping import cell_kernels
from ai4mars_nav.mapping.grid import Window
from ai4mars_nav.mapping.rock_discs import log_odds
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import SettingsError, setting
from ai4mars_nav.terrain import CLASSES, PHYSICS, Ground, Hidden, Terrain, slip

Array = NDArray[np.float64]

LETHAL, UNKNOWN_COST = 100, -1
STEEPEST_TANGENT = 1.2
ENTRIES_PER_TANGENT = 100.0
"""The cost table's resolution: one entry per hundredth of a slope's tangent."""
MOST_SLIP = 0.99
"""Wheels that slip more than this make no way; the cost stays finite."""
LOOSE_SHARE = 9
"""Where `grading_limits` has the share of loose sand, which a map learns."""
HEADINGS = 16
"""Between straight up and straight down, over which the price of a slope is averaged."""


@dataclass(frozen=True)
class CostSettings:
    """What a metre costs: weights of time, energy and risk, and when a cell is lethal."""

    time_weight: float = setting(0.5, "of time, over that of level bedrock", lo=0.0, hi=100.0)
    energy_weight: float = setting(0.5, "of energy, over that of level bedrock", lo=0.0, hi=100.0)
    risk_weight: float = setting(
        500.0, "metres of level bedrock worth driving to avoid a sure loss", lo=0.0, hi=1e6
    )
    wear_weight: float = setting(
        3000.0, "metres of level bedrock that the life of a wheel is worth", lo=0.0, hi=1e6
    )
    loose_share: float = setting(
        0.3, "share of sand that is taken to be loose before any was felt", lo=0.0, hi=1.0
    )
    unnamed: tuple[float, ...] = setting(
        (0.66, 0.17, 0.16, 0.01),
        "shares of soil, bedrock, sand, big rock in ground without a name; of simulated sites",
    )
    sharp_share: float = setting(
        0.2, "share of bedrock in which sharp stones are taken to be embedded", lo=0.0, hi=1.0
    )
    climb_weight: float = setting(
        6.0, "cost added where a step is as high as the rover can climb", lo=0.0, hi=1e3
    )
    dearest: float = setting(10.0, "cost, over level bedrock, that shows as 99", lo=2.0, hi=1e4)
    lethal_probability: float = setting(
        0.5, "a step is lethal when it exceeds the rover's limit with this probability",
        lo=0.01, hi=0.99,
    )  # fmt: skip
    rock_probability: float = setting(
        0.5, "a reported big rock is lethal from this probability on", lo=0.01, hi=0.99
    )
    by_class: bool = setting(True, "whether classes grade; if not, all ground costs as soil does")
    by_height: bool = setting(
        True, "whether slopes and steps grade and bar; if not, only reported rocks bar"
    )

    def __post_init__(self) -> None:
        if len(self.unnamed) != len(CLASSES):
            raise SettingsError(f"cost: unnamed needs {len(CLASSES)} shares, has {self.unnamed}")
        if min(self.unnamed) < 0.0 or abs(sum(self.unnamed) - 1.0) > 1e-6:
            raise SettingsError(f"cost: unnamed {self.unnamed} are no shares of a whole")


class PerMetre(NamedTuple):
    """What driving one metre takes: seconds, joules, chance of loss, share of a wheel's life.
    Arrays of one shape."""

    time: Array
    energy: Array
    risk: Array
    wear: Array


def per_metre(ground: Ground, slope_rad: Array, rover: Rover) -> PerMetre:
    """Driving straight up a slope (radians, any shape) of one ground; down it where below 0."""
    physics = PHYSICS[ground]
    # down a slope wheels slip no more than on the level
    slipping = np.minimum(slip(ground, np.maximum(slope_rad, 0.0)), MOST_SLIP)
    time = 1.0 / (rover.max_speed * (1.0 - slipping))
    weight = rover.mass * rover.gravity
    force = weight * (physics.rolling_resistance * np.cos(slope_rad) + np.sin(slope_rad))
    # brakes feed no battery
    force = np.maximum(force, 0.0)
    # wheels turn 1 / (1 - slip) metres for each metre made good
    energy = force / (rover.drive_efficiency * (1.0 - slipping)) + rover.idle_power * time
    # wheels dig in when they spin, hardly at all at low slip: docs/terrain-physics.md
    risk = physics.embedding_per_metre * slipping**3 + physics.loss_per_metre
    wear = physics.wheel_damage_per_metre / (1.0 - slipping)
    return PerMetre(time, energy, risk, wear)


def whichever_way(ground: Ground, slope_rad: Array, rover: Rover) -> PerMetre:
    """Crossing a slope (radians >= 0, any shape) of one ground in whatever direction.

    Time, energy and wear are means over all headings: what a gentle slope takes on the way up it
    gives back on the way down. The risk is that of the straight way over it, as far up as down: a
    ripple that lies across the way is crossed so, and to crab along it makes good no loss.
    """
    heading = (np.arange(HEADINGS) + 0.5) * (math.pi / HEADINGS)
    along = np.arctan(np.tan(slope_rad)[..., None] * np.cos(heading))
    ways = per_metre(ground, along, rover)
    up, down = (per_metre(ground, sign * slope_rad, rover).risk for sign in (1.0, -1.0))
    time, energy, wear = (each.mean(axis=-1) for each in (ways.time, ways.energy, ways.wear))
    return PerMetre(time, energy, 0.5 * (up + down), wear)


def expected(terrain: Terrain, settings: CostSettings) -> dict[Ground, float]:
    """The grounds that a class may be, with their chances: it does not tell them apart."""
    if terrain == Terrain.SAND:
        return {terrain: 1.0 - settings.loose_share, Hidden.LOOSE_SAND: settings.loose_share}
    if terrain == Terrain.BEDROCK:
        return {terrain: 1.0 - settings.sharp_share, Hidden.SHARP_ROCK: settings.sharp_share}
    return {terrain: 1.0}


def cost_ratio(terrain: Terrain, slope_rad: Array, rover: Rover, settings: CostSettings) -> Array:
    """Weighted cost per metre that is expected of a class, over that of level bedrock without its
    wear, shape of `slope_rad` (radians >= 0)."""

    def weighed(what: PerMetre) -> Array:
        total: Array = (
            settings.time_weight * what.time / level.time
            + settings.energy_weight * what.energy / level.energy
            + settings.risk_weight * what.risk
            + settings.wear_weight * what.wear
        )
        return total

    level = per_metre(Terrain.BEDROCK, np.zeros(()), rover)
    unit = weighed(level._replace(wear=np.zeros(())))
    ratio = np.zeros(np.shape(slope_rad))
    for ground, chance in expected(terrain, settings).items():
        ratio += chance * weighed(whichever_way(ground, slope_rad, rover)) / unit
    return ratio


def cost_table(rover: Rover, settings: CostSettings) -> NDArray[np.float32]:
    """(classes + 1, entries) cost ratios at slope tangents 0, 0.01, ... STEEPEST_TANGENT.

    The row of sand is that of firm sand, the last that of loose: how much is which is learned. What
    must not grade is the same all over the table: rows without classes, columns without heights.
    """
    tangents = np.arange(0.0, STEEPEST_TANGENT + 1e-9, 1.0 / ENTRIES_PER_TANGENT)
    slopes = np.arctan(tangents) if settings.by_height else np.zeros_like(tangents)
    firm, loose = (replace(settings, loose_share=share) for share in (0.0, 1.0))
    kinds = (*CLASSES, Terrain.SAND) if settings.by_class else (Terrain.SOIL,) * (len(CLASSES) + 1)
    rows = [cost_ratio(terrain, slopes, rover, firm) for terrain in kinds[:-1]]
    rows.append(cost_ratio(kinds[-1], slopes, rover, loose))
    return np.maximum(np.stack(rows), 1.0).astype(np.float32)


def ratio_of(value: NDArray[np.int8], settings: CostSettings) -> Array:
    """Map cost 1..99 back to the cost ratio it stands for."""
    ratio: Array = 1.0 + (np.asarray(value, np.float64) - 1.0) * (settings.dearest - 1.0) / 98.0
    return ratio


def grading_limits(
    rover: Rover, settings: CostSettings, resolution: float, belief_floor: float
) -> Array:
    """What `cell_kernels.grade` takes as `limits`, (14,)."""
    steepest = math.tan(math.radians(rover.max_tilt_deg)) * resolution
    return np.array(
        [
            ENTRIES_PER_TANGENT / resolution,
            steepest if settings.by_height else math.inf,
            rover.max_step if settings.by_height else math.inf,
            NormalDist().inv_cdf(1.0 - settings.lethal_probability),
            log_odds(settings.rock_probability),
            settings.climb_weight,
            settings.dearest,
            belief_floor,
            1.0 / resolution,
            settings.loose_share,
            *settings.unnamed,
        ]
    )


class Footprint(NamedTuple):
    """Radii in cells: inside `inscribed` the rover touches whatever its heading."""

    inscribed: float
    circumscribed: float

    @classmethod
    def of(cls, rover: Rover, resolution: float) -> Footprint:
        """Half the width, and half the diagonal, of the rover."""
        return cls(
            0.5 * min(rover.width, rover.length) / resolution,
            0.5 * math.hypot(rover.width, rover.length) / resolution,
        )


def distance_to_lethal(lethal: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cells from each cell (rows, columns) to the nearest lethal one, infinite without any."""
    if not lethal.any():
        return np.full(lethal.shape, np.inf, np.float32)
    free = (lethal == 0).astype(np.uint8)
    distance: NDArray[np.float32] = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_5)
    return distance


def inflate(
    graded: NDArray[np.int8],
    lethal: NDArray[np.uint8],
    touched: Window,
    footprint: Footprint,
    cost: NDArray[np.int8],
) -> Window:
    """Write `cost` (rows, columns) wherever cells in `touched` can matter; returns that window."""
    rows, columns = graded.shape
    reach = math.ceil(footprint.circumscribed)
    written = touched.grown(reach, rows, columns)
    seen = written.grown(reach, rows, columns)
    distance = distance_to_lethal(lethal[seen.slices])
    cell_kernels.inflate(
        graded, distance, written.array, seen.first_row, seen.first_column,
        footprint.inscribed, footprint.circumscribed, cost,
    )  # fmt: skip
    return written
