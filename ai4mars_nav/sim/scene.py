"""Analytic scenes with known truth: ground height, rocks and terrain regions in the odom frame.

Everything is a formula: the height, the class and the rock at any (x, y) are exact, so that a
picture, a depth image or a map made from a scene can be checked cell by cell. z is up, metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, BIG_ROCK_WIDTH, Terrain

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ramp:
    """Ground that rises by `rise` over `length` along `yaw` from (x, y) and stays up beyond.

    Full height over `width` across, falling to nothing over `shoulder` metres on either side.
    """

    x: float
    y: float
    yaw: float
    length: float
    rise: float
    width: float = math.inf
    shoulder: float = 2.0

    def __post_init__(self) -> None:
        if self.length <= 0.0 or self.width < 0.0 or self.shoulder <= 0.0:
            raise SimError(f"ramp at ({self.x:g}, {self.y:g}): length, width, shoulder must be > 0")


@dataclass(frozen=True)
class Wave:
    """One sine of relief: amplitude * sin(kx x + ky y + phase), metres and radians per metre."""

    amplitude: float
    kx: float
    ky: float
    phase: float


@dataclass(frozen=True)
class Rock:
    """Half an ellipsoid standing on the ground at (x, y): full length and width, height, metres."""

    x: float
    y: float
    length: float
    width: float
    height: float
    yaw: float = 0.0

    def __post_init__(self) -> None:
        if min(self.length, self.width, self.height) <= 0.0:
            raise SimError(f"rock at ({self.x:g}, {self.y:g}): its size must be > 0")

    @property
    def is_big(self) -> bool:
        """Whether it is a big rock: wide enough in its longer side."""
        wide = max(self.length, self.width) >= BIG_ROCK_WIDTH
        return self.height > BIG_ROCK_HEIGHT and wide


@dataclass(frozen=True)
class Region:
    """A patch of terrain: the inside (even-odd) of a polygon of (x, y) corners."""

    terrain: Terrain
    outline: tuple[tuple[float, float], ...]

    def contains(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Which of the points (same shapes) lie inside."""
        inside = np.zeros(np.shape(x), dtype=bool)
        corners = np.asarray(self.outline)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        return inside


@dataclass(frozen=True)
class Scene:
    """A piece of Mars; a later region lies over an earlier one, a big rock over all."""

    ramps: tuple[Ramp, ...] = ()
    waves: tuple[Wave, ...] = ()
    rocks: tuple[Rock, ...] = ()
    regions: tuple[Region, ...] = ()
    sun_azimuth: float = math.radians(60.0)
    sun_elevation: float = math.radians(35.0)
    seed: int = 0
    """Of the texture; shape and classes are given outright."""

    def ground(self, x: Array, y: Array) -> Array:
        """Height in metres of the bare ground at points of any one shape."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        z = np.zeros(np.broadcast(x, y).shape)
        for ramp in self.ramps:
            cos, sin = math.cos(ramp.yaw), math.sin(ramp.yaw)
            along = ((x - ramp.x) * cos + (y - ramp.y) * sin) / ramp.length
            across = np.abs((y - ramp.y) * cos - (x - ramp.x) * sin)
            z += ramp.rise * np.clip(along, 0.0, 1.0) * _shoulder(ramp, across)
        for wave in self.waves:
            z += wave.amplitude * np.sin(wave.kx * x + wave.ky * y + wave.phase)
        return z

    def rock_at(self, x: Array, y: Array) -> tuple[NDArray[np.int64], Array]:
        """Index of the highest rock over each point (-1 none) and the height of its surface."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        index = np.full(x.shape, -1, dtype=np.int64)
        top = np.full(x.shape, -np.inf)
        for k, (rock, base) in enumerate(zip(self.rocks, self.rock_bases, strict=True)):
            cos, sin = math.cos(rock.yaw), math.sin(rock.yaw)
            u = ((x - rock.x) * cos + (y - rock.y) * sin) * 2.0 / rock.length
            v = ((y - rock.y) * cos - (x - rock.x) * sin) * 2.0 / rock.width
            inside = 1.0 - u * u - v * v
            height = base + rock.height * np.sqrt(np.maximum(inside, 0.0))
            higher = (inside >= 0.0) & (height > top)
            index[higher], top[higher] = k, height[higher]
        return index, top

    def surface(self, x: Array, y: Array) -> Array:
        """Height in metres of what is seen from above: ground or rock."""
        higher: Array = np.maximum(self.ground(x, y), self.rock_at(x, y)[1])
        return higher

    def terrain(self, x: Array, y: Array) -> NDArray[np.uint8]:
        """Label values at points of any one shape; a small rock has the class of its ground."""
        index, top = self.rock_at(x, y)
        return self.with_rocks(
            self.ground_terrain(x, y), np.where(top > self.ground(x, y), index, -1)
        )

    def ground_terrain(self, x: Array, y: Array) -> NDArray[np.uint8]:
        """Label values of the ground, as if there were no rocks, at points of any one shape."""
        labels = np.full(np.shape(x), Terrain.SOIL, dtype=np.uint8)
        for region in self.regions:
            labels[region.contains(x, y)] = region.terrain
        return labels

    def with_rocks(self, labels: NDArray[np.uint8], index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Ground labels with big rocks over them; `index` names the rock met, or is -1."""
        big = np.array([rock.is_big for rock in self.rocks] + [False])
        return np.where(big[index], np.uint8(Terrain.BIG_ROCK), labels)

    @cached_property
    def rock_bases(self) -> tuple[float, ...]:
        """Height of the ground under each rock's centre, metres."""
        x = np.array([rock.x for rock in self.rocks])
        y = np.array([rock.y for rock in self.rocks])
        return tuple(float(z) for z in self.ground(x, y))

    @property
    def sun(self) -> Array:
        """Unit vector (3,) towards the sun."""
        level = math.cos(self.sun_elevation)
        east, north = math.cos(self.sun_azimuth), math.sin(self.sun_azimuth)
        return np.array([level * east, level * north, math.sin(self.sun_elevation)])


def _shoulder(ramp: Ramp, across: Array) -> Array:
    if math.isinf(ramp.width):
        return np.ones_like(across)
    share: Array = np.clip((ramp.width / 2.0 + ramp.shoulder - across) / ramp.shoulder, 0.0, 1.0)
    return share


def disc(
    x: float,
    y: float,
    length: float,
    width: float,
    yaw: float = 0.0,
    wobble: float = 0.0,
    seed: int = 0,
) -> tuple[tuple[float, float], ...]:
    """Corners of an ellipse, full length and width in metres; `wobble` 0..0.3 makes it natural."""
    angle = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    phases = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, 4)
    order = np.arange(2, 6)
    bulge = 1.0 + wobble * (np.sin(np.outer(angle, order) + phases) / np.sqrt(order)).sum(axis=1)
    u, v = bulge * np.cos(angle) * length / 2.0, bulge * np.sin(angle) * width / 2.0
    cos, sin = math.cos(yaw), math.sin(yaw)
    return tuple(
        (float(a), float(b))
        for a, b in zip(x + cos * u - sin * v, y + sin * u + cos * v, strict=True)
    )


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    """Corners of an axis-parallel rectangle, metres."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def relief(seed: int, amplitude: float, longest: float, waves: int = 12) -> tuple[Wave, ...]:
    """Gentle rolling ground: random waves from `longest` metres down to an eighth of it.

    `amplitude` is the standard deviation of the height in metres; amplitudes fall with the
    square of the wavelength, so that short waves stay gentle.
    """
    random = np.random.default_rng(seed)
    lengths = longest * 8.0 ** -np.linspace(0.0, 1.0, waves)
    weights = lengths**2 * math.sqrt(2.0) * amplitude / np.linalg.norm(lengths**2)
    heading = random.uniform(0.0, 2.0 * np.pi, waves)
    phase = random.uniform(0.0, 2.0 * np.pi, waves)
    k = 2.0 * np.pi / lengths
    return tuple(
        Wave(float(a), float(kx), float(ky), float(p))
        for a, kx, ky, p in zip(
            weights, k * np.cos(heading), k * np.sin(heading), phase, strict=True
        )
    )
