"""What terrain does to a wheel: slip, sinkage and the risk of being stuck. See docs/vehicle.md."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.terrain import GROUNDS, PHYSICS, SLOPES_DEG, Ground, Hidden, Terrain

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Bekker:
    """Pressure-sinkage parameters: exponent, k_c [N/m^(n+1)], k_phi [N/m^(n+2)]."""

    n: float
    k_c: float
    k_phi: float


DRY_SAND = Bekker(1.1, 0.99e3, 1528e3)
SANDY_LOAM = Bekker(0.7, 5.27e3, 1515e3)
LOOSE_SAND = Bekker(1.0, 1.4e3, 820e3)

GROUND: dict[Ground, Bekker] = {
    Terrain.SOIL: SANDY_LOAM,
    Terrain.SAND: DRY_SAND,
    Hidden.LOOSE_SAND: LOOSE_SAND,
}
"""Grounds that a wheel sinks into; rock it does not."""
DUG: dict[Ground, float] = {Terrain.SOIL: 0.10, Terrain.SAND: 0.30, Hidden.LOOSE_SAND: 0.30}
"""Sinkage over wheel diameter at DUG_AT slip."""
DUG_AT = 0.77
HUB = 0.75
"""Sinkage over wheel radius from which on a wheel does not come out."""


def static_sinkage(ground: Bekker, rover: Rover) -> float:
    """Metres that one of six rigid wheels sinks into ground under its share of the weight."""
    load = rover.mass * rover.gravity / 6.0
    k = ground.k_c / rover.wheel_width + ground.k_phi
    root = math.sqrt(2.0 * rover.wheel_radius)
    pressed = 3.0 * load / (rover.wheel_width * (3.0 - ground.n) * k * root)
    return float(pressed ** (2.0 / (2.0 * ground.n + 1.0)))


class Soil:
    """Ground under one rover's wheels: lookups by values of `GROUNDS`, or by the shares (6,) of
    wheels that stand on each."""

    def __init__(self, rover: Rover) -> None:
        self._resting, self._dug = np.zeros(len(GROUNDS)), np.zeros(len(GROUNDS))
        for ground, pressed in GROUND.items():
            self._resting[ground] = static_sinkage(pressed, rover)
            self._dug[ground] = max(
                2.0 * rover.wheel_radius * DUG[ground] - self._resting[ground], 0.0
            )
        self._slip = np.array([PHYSICS[g].slip for g in GROUNDS])
        self._resistance = np.array([PHYSICS[g].rolling_resistance for g in GROUNDS])
        self._embedding = np.array([PHYSICS[g].embedding_per_metre for g in GROUNDS])
        self._damage = np.array([PHYSICS[g].wheel_damage_per_metre for g in GROUNDS])

    def resting_sinkage(self, grounds: NDArray[np.uint8]) -> F64:
        """Metres a wheel is sunk that does not slip, shape of `grounds`."""
        return np.asarray(self._resting[grounds])

    def sinkage(self, grounds: NDArray[np.uint8], slipping: float) -> F64:
        """Metres to which a wheel that slips (0..1) digs itself in, shape of `grounds`."""
        dug = self._dug[grounds] * (slipping / DUG_AT) ** 2
        return np.asarray(self._resting[grounds] + dug)

    def slip(self, shares: F64, uphill: float, slide: float) -> float:
        """Slip driving up a slope [rad], the mean over the wheels.

        Downhill it falls below that of level ground by the share `slide` of what the same slope
        adds uphill, and below 0 where the rover slides farther than its wheels turn.
        """
        level, sloped = self._table(shares, 0.0), self._table(shares, abs(uphill))
        return sloped if uphill >= 0.0 else level - slide * (sloped - level)

    def sideways(self, shares: F64, across: float, slide: float) -> float:
        """Metres slid down a cross slope [rad, any sign] for each metre that the wheels turn."""
        return slide * (self._table(shares, abs(across)) - self._table(shares, 0.0))

    def resistance(self, shares: F64) -> float:
        """Mean rolling resistance over weight."""
        return float(shares @ self._resistance)

    def risk_per_metre(self, shares: F64, slipping: float) -> float:
        """Chance per metre of way to get stuck, the mean over the wheels."""
        return float(shares @ self._embedding) * slipping**3

    def damage_per_metre(self, shares: F64) -> float:
        """Share of a wheel's life that a metre of rolling takes, the mean over the wheels."""
        return float(shares @ self._damage)

    def _table(self, shares: F64, slope: float) -> float:
        """Mean of `terrain.slip`, whose tables it reads without its price for single numbers."""
        degrees = math.degrees(slope)
        right = min(bisect_right(SLOPES_DEG, degrees), len(SLOPES_DEG) - 1)
        low, high = SLOPES_DEG[right - 1], SLOPES_DEG[right]
        share = min((degrees - low) / (high - low), 1.0)
        left_slip, right_slip = shares @ self._slip[:, right - 1], shares @ self._slip[:, right]
        return float(left_slip + share * (right_slip - left_slip))


def shares_of(grounds: NDArray[np.uint8]) -> F64:
    """Which part (6,) of `grounds` (n,) each of `GROUNDS` has."""
    return np.bincount(grounds, minlength=len(GROUNDS)) / len(grounds)
