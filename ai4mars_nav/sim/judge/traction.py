"""What the ground bears of a wheel's pull: Janosi and Hanamoto's law of shear, by terrain class.

None of it is read off the slip tables of `terrain.py`. Sources, and what is judgement:
docs/judge.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.soil import GROUND, static_sinkage
from ai4mars_nav.terrain import GROUNDS, PHYSICS, Ground, Hidden, Terrain

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Shear:
    """Cohesion [Pa], friction angle [rad] and the shear [m] that brings out most of both."""

    cohesion: float
    friction: float
    modulus: float


LOOSE: dict[Ground, Shear] = {
    Terrain.SOIL: Shear(1.72e3, math.radians(29.0), 0.005),
    Terrain.SAND: Shear(1.04e3, math.radians(28.0), 0.010),
    Hidden.LOOSE_SAND: Shear(170.0, math.radians(35.0), 0.018),
}
FIRM: dict[Ground, float] = {
    Terrain.BEDROCK: 0.45,
    Terrain.BIG_ROCK: 0.60,
    Hidden.SHARP_ROCK: 0.45,
}
"""Friction of a metal wheel."""
FIRM_SLIP = 0.01
"""Slip at which a wheel on rock has half of its friction."""


class Traction:
    """Friction, drag and wear under the wheels of one rover, by values of `GROUNDS` (n,)."""

    def __init__(self, rover: Rover) -> None:
        load = rover.mass * rover.gravity / 6.0
        self._most, self._drag = np.zeros(len(GROUNDS)), np.zeros(len(GROUNDS))
        self._slip = np.full(len(GROUNDS), FIRM_SLIP)
        self._wear = np.array([PHYSICS[ground].wheel_damage_per_metre for ground in GROUNDS])
        for ground, friction in FIRM.items():
            self._most[ground] = friction
            # the bumps that a wheel climbs are in the world itself
            self._drag[ground] = PHYSICS[Terrain.BEDROCK].rolling_resistance
        for ground, shear in LOOSE.items():
            length = contact_length(static_sinkage(GROUND[ground], rover), rover.wheel_radius)
            glue = shear.cohesion * length * rover.wheel_width / load
            self._most[ground] = glue + math.tan(shear.friction)
            self._slip[ground] = shear.modulus / length
            self._drag[ground] = PHYSICS[ground].rolling_resistance

    def friction(self, grounds: NDArray[np.uint8], slip: F64) -> F64:
        """Pull over load (n,) of wheels that slip (n,), 0..1."""
        sheared = np.maximum(slip, 1e-6) / self._slip[grounds]
        return np.asarray(self._most[grounds] * (1.0 + np.expm1(-sheared) / sheared))

    def drag(self, grounds: NDArray[np.uint8]) -> F64:
        """Rolling resistance over load (n,)."""
        return np.asarray(self._drag[grounds])

    def wear(self, grounds: NDArray[np.uint8]) -> F64:
        """Share of a wheel's life (n,) that a metre of rolling takes."""
        return np.asarray(self._wear[grounds])


def contact_length(sinkage: float, radius: float) -> float:
    """Metres of rim, from where it meets the ground to its lowest point, of a wheel sunk so far."""
    return radius * math.acos(1.0 - min(sinkage / radius, 1.0))
