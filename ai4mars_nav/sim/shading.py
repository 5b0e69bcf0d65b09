"""Grey levels of what a ray met: as a camera on Mars would show it, or coded by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim import texture
from ai4mars_nav.sim.scene import Array, Scene
from ai4mars_nav.terrain import Terrain

LOOKS: tuple[str, ...] = ("natural", "coded")

CODED_GREY: dict[Terrain, float] = {
    Terrain.SOIL: 85.0,
    Terrain.BEDROCK: 135.0,
    Terrain.SAND: 195.0,
    Terrain.BIG_ROCK: 35.0,
}
"""Mean grey by class of the coded look; texture stays within CODED_SPREAD of it."""
CODED_SPREAD = 20.0
CODED_SKY = 245.0

ALBEDO: dict[Terrain, float] = {
    Terrain.SOIL: 0.28,
    Terrain.BEDROCK: 0.42,
    Terrain.SAND: 0.24,
    Terrain.BIG_ROCK: 0.33,
}
SKY_GREY = 112.0
AMBIENT = 0.16
"""Skylight in shadow, as a share of full sun: the dusty sky is bright."""
EXPOSURE = 270.0
HAZE_METRES = 500.0


@dataclass(frozen=True)
class Hits:
    """What n rays met: world points (n, 3), unit normals (n, 3), unit directions back to the eye
    (n, 3), classes (n,), rock index or -1 (n,), sunlit (n,), distance and pixel size (n,) in m."""

    points: Array
    normals: Array
    to_eye: Array
    classes: NDArray[np.uint8]
    rocks: NDArray[np.int64]
    lit: NDArray[np.bool_]
    distance: Array
    pixel: Array


def coded(scene: Scene, hits: Hits) -> Array:
    """Grey levels (n,) whose band tells the class, with texture enough for stereo to hold on to."""
    table = texture.lattice(scene.seed)
    x, y = _unrolled(hits.points)
    mottle = texture.mottle(x, y, hits.pixel, table, longest=0.32)
    level = np.array([CODED_GREY[c] for c in Terrain])[hits.classes]
    grey: Array = level + CODED_SPREAD * np.tanh(1.2 * mottle)
    return grey


def natural(scene: Scene, hits: Hits) -> Array:
    """Grey levels (n,) by sun, shadow, albedo, texture and haze."""
    table = texture.lattice(scene.seed)
    sun = scene.sun
    level_sun = sun[:2] / max(float(np.linalg.norm(sun[:2])), 1e-9)
    x, y = _unrolled(hits.points)
    # a pixel covers more ground along the line of sight than across: what it resolves is between
    grazing = np.abs(np.einsum("ij,ij->i", hits.normals, hits.to_eye))
    finest = hits.pixel / np.sqrt(np.maximum(grazing, 0.02))
    kinds = np.where(hits.rocks >= 0, np.uint8(Terrain.BIG_ROCK), _frayed(scene, hits, table))
    albedo = np.array([ALBEDO[c] for c in Terrain])[kinds]
    albedo = albedo * (1.0 + 0.07 * texture.mottle(x, y, finest, table, longest=0.64))
    relief = np.zeros_like(x)
    for terrain in Terrain:
        here = np.flatnonzero(kinds == terrain)
        if here.size:
            lean, tint = _SURFACES[terrain](x[here], y[here], finest[here], level_sun, table)
            relief[here] += lean
            albedo[here] *= tint
    normals = _faceted(hits, table)
    light = _lommel_seeliger(normals @ sun, np.einsum("ij,ij->i", normals, hits.to_eye))
    light = np.where(hits.lit, light * np.clip(1.0 + relief, 0.12, 2.2), 0.0)
    light += AMBIENT * (0.6 + 0.4 * normals[:, 2]) * np.clip(1.0 + 0.3 * relief, 0.3, 1.6)
    grey = EXPOSURE * albedo * light
    haze = 1.0 - np.exp(-hits.distance / HAZE_METRES)
    hazy: Array = grey + haze * (SKY_GREY - grey)
    return hazy


def _frayed(scene: Scene, hits: Hits, table: Array) -> NDArray[np.uint8]:
    """Classes (n,) that only the look goes by: their borders are frayed by some centimetres."""
    x, y = hits.points[:, 0], hits.points[:, 1]
    aside = [
        0.16 * texture.noise(x / 0.5 + k, y / 0.5, table)
        + 0.05 * texture.noise(x / 0.09, y / 0.09 + k, table)
        for k in (3.0, 77.0)
    ]
    return scene.ground_terrain(x + aside[0], y + aside[1])


def _faceted(hits: Hits, table: Array) -> Array:
    """Normals (n, 3) with those of rocks leaning this way and that, as broken stone does."""
    normals = hits.normals.copy()
    on = np.flatnonzero(hits.rocks >= 0)
    x, y, z = hits.points[on].T
    shift = 3.7 * hits.rocks[on]
    for size, strength in ((0.24, 0.38), (0.09, 0.25)):
        _, own = texture.plates(x + 0.5 * z + shift, y + 0.8 * z, table, size)
        turn = 40.0 * own
        lean = np.stack([np.cos(turn), np.sin(turn), np.sin(1.7 * turn)], axis=1)
        normals[on] += strength * lean
    normals[on] /= np.linalg.norm(normals[on], axis=1, keepdims=True)
    return normals


def sky(directions: Array) -> Array:
    """Grey levels (n,) of the sky along unit directions: brighter towards the horizon."""
    grey: Array = SKY_GREY + 25.0 * np.exp(-np.maximum(directions[:, 2], 0.0) / 0.05)
    return grey


def _unrolled(points: Array) -> tuple[Array, Array]:
    """Texture coordinates that do not stretch on steep faces."""
    x, y, z = points.T
    return x + 0.61 * z, y + 0.79 * z


def _lommel_seeliger(to_sun: Array, to_eye: Array) -> Array:
    """Dusty surfaces: flat at full phase, yet dark where the sun grazes; mixed with Lambert."""
    sun, eye = np.maximum(to_sun, 0.0), np.maximum(to_eye, 0.02)
    mixed: Array = 0.5 * sun + 0.9 * sun / (sun + eye)
    return mixed


Surface = tuple[Array, Array]


def _soil(x: Array, y: Array, finest: Array, sun: Array, table: Array) -> Surface:
    lean = 0.25 * texture.grain(x, y, finest, sun, table, longest=0.04)
    lean += 0.02 * texture.grain(x, y, finest, sun, table, longest=2.56)
    for cell, share in ((0.14, 0.30), (0.07, 0.45), (0.035, 0.50)):
        stones = texture.pebbles(x, y, sun, table, cell, share)
        lean += 1.2 * texture.resolved(0.25 * cell, 0.5 * finest) * stones
    return lean, np.ones_like(x)


def _sand(x: Array, y: Array, finest: Array, sun: Array, table: Array) -> Surface:
    lean = 0.07 * texture.grain(x, y, finest, sun, table, longest=0.16)
    lean += 0.13 * texture.ripples(x, y, finest, sun, table, wave=0.27)
    return lean, np.ones_like(x)


def _bedrock(x: Array, y: Array, finest: Array, sun: Array, table: Array) -> Surface:
    lean = 0.42 * texture.grain(x, y, finest, sun, table, longest=0.16)
    lean += 0.18 * texture.grain(x, y, finest, sun, table, longest=1.28)
    bent = x + 0.16 * texture.noise(x / 0.4, y / 0.4, table)
    tint = np.ones_like(x)
    for size, width, depth in ((1.3, 0.03, 0.7), (0.45, 0.010, 0.5), (0.15, 0.004, 0.35)):
        crack, own = texture.plates(bent, y, table, size)
        toward, _ = texture.plates(bent + width * sun[0], y + width * sun[1], table, size)
        seen = texture.resolved(4.0 * width, 0.5 * finest)
        rim = np.clip(1.0 - crack / (2.0 * width), 0.0, 1.0)
        lean += 0.6 * seen * rim * np.clip((crack - toward) / width, -1.0, 1.0)
        tint *= 1.0 - depth * seen * np.clip(1.5 - 1.5 * crack / width, 0.0, 1.0)
        tint *= 1.0 + 0.07 * own
    return lean, tint


def _rock(x: Array, y: Array, finest: Array, sun: Array, table: Array) -> Surface:
    return 0.55 * texture.grain(x, y, finest, sun, table, longest=0.12), np.ones_like(x)


_SURFACES = {
    Terrain.SOIL: _soil,
    Terrain.BEDROCK: _bedrock,
    Terrain.SAND: _sand,
    Terrain.BIG_ROCK: _rock,
}
