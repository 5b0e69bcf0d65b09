"""Light from every pixel of an image and its class, compiled by numba."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ai4mars_nav.sim.march.caster_kernels import Caster, covered
from ai4mars_nav.sim.march.ground_kernels import STONE, ground
from ai4mars_nav.sim.march.node_kernels import LABEL, NO_LABEL, PLAIN, STUFF, Layer, node_at
from ai4mars_nav.sim.march.noise_kernels import noise
from ai4mars_nav.sim.march.ray_kernels import ray
from ai4mars_nav.sim.march.skin_kernels import Skin
from ai4mars_nav.terrain import UNKNOWN

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

CLEAR = 8.0
"""Metres of z-depth up to which no haze is seen."""


class Light(NamedTuple):
    """Sun (unit vector), sky light as a share of sun, sky over soil, haze in metres."""

    sun: tuple[float, float, float]
    sky_light: float
    sky_brightness: float
    haze: float


@njit(cache=True, nogil=True, error_model="numpy")
def reflected(to_sun: float, to_eye: float, phase: float) -> float:
    """Light off a dusty surface by the cosines to sun and eye, and the cosine of the angle between
    them: part Lambert, part Lommel-Seeliger, brighter with the sun behind the eye."""
    if to_sun <= 0.0:
        return 0.0
    eye = max(to_eye, 0.02)
    half_tangent = np.sqrt(max(1.0 - phase, 0.0) / max(1.0 + phase, 1e-9))
    surge = 1.0 + 0.35 / (1.0 + half_tangent / 0.08)
    forward = 1.0 + 0.15 * phase
    return float((0.45 * to_sun + 0.55 * 2.0 * to_sun / (to_sun + eye)) * surge * forward)


@njit(cache=True, nogil=True, error_model="numpy")
def sky(d: tuple[float, float, float], light: Light) -> float:
    """Light of the sky along a unit direction, against that of sunlit level soil."""
    toward = d[0] * light.sun[0] + d[1] * light.sun[1] + d[2] * light.sun[2]
    up = max(d[2], 0.0)
    glow = 0.9 * np.exp(-(1.0 - toward) / 0.06) + 0.5 * np.exp(-(1.0 - toward) / 0.5)
    return float(light.sky_brightness * (0.72 + 0.28 * np.exp(-up / 0.18)) * (0.95 + glow))


@njit(cache=True, nogil=True, error_model="numpy")
def horizon_lights(soil: float, light: Light) -> Array:
    """Light of the sky at the horizon for even steps of the cosine -1..1 of its azimuth to the
    sun's, to be looked up by `at_azimuth`."""
    lights = np.empty(33)
    level = np.sqrt(light.sun[0] * light.sun[0] + light.sun[1] * light.sun[1])
    for k in range(33):
        cosine = k / 16.0 - 1.0
        sine = np.sqrt(max(1.0 - cosine * cosine, 0.0))
        east, north = light.sun[0] / level, light.sun[1] / level
        d = (cosine * east - sine * north, cosine * north + sine * east, 0.0)
        lights[k] = soil * sky(d, light)
    return lights


@njit(cache=True, nogil=True, error_model="numpy")
def at_azimuth(d: tuple[float, float, float], light: Light, lights: Array) -> float:
    """Light of the sky at the horizon below or above direction d."""
    across = (d[0] * d[0] + d[1] * d[1]) * (light.sun[0] ** 2 + light.sun[1] ** 2)
    cosine = (d[0] * light.sun[0] + d[1] * light.sun[1]) / np.sqrt(max(across, 1e-12))
    at = min(max(16.0 * (cosine + 1.0), 0.0), 31.999)
    k = int(at)
    return float(lights[k] + (at - k) * (lights[k + 1] - lights[k]))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def stuff_at(
    nearest: int, p: tuple[float, float, float], x: float, y: float, layer: Layer, table: F32
) -> int:
    """What the ground is made of at p (metres; x, y in nodes) by the code of the nearest node:
    borders are frayed, rocks sharp."""
    here = nearest & STUFF
    if here == STONE or nearest & PLAIN:
        return int(here)
    fray = 0.11 * noise(p[0] / 0.45, p[1] / 0.45, table)
    fray += 0.04 * noise(p[0] / 0.07, p[1] / 0.07, table)
    fray *= layer.per_metre
    rows, columns = layer.nodes.shape
    i, j = int(x + fray + 0.5), int(y - fray + 0.5)
    there = layer.nodes[min(max(j, 0), rows - 1), min(max(i, 0), columns - 1)] & STUFF
    return int(here if there == STONE else there)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def point_light(
    p: tuple[float, float, float],
    d: tuple[float, float, float],
    footprint: float,
    dither: float,
    layer: Layer,
    light: Light,
    skin: Skin,
    caster: Caster,
    table: F32,
) -> tuple[float, int]:
    """Light from a point of the surface (metres) against the unit direction d of the ray, and the
    code of its label."""
    x, y = (p[0] - layer.first[0]) * layer.per_metre, (p[1] - layer.first[1]) * layer.per_metre
    node, nearest = node_at(x, y, p[2], layer)
    stuff = stuff_at(nearest, p, x, y, layer, table)
    here = ground(stuff, p, d, node, footprint, dither, skin, table)
    nx, ny, nz = here.normal
    albedo = here.albedo
    if stuff == STONE:
        # dust lies on what is level
        dust = min(max((nz - 0.7) / 0.3, 0.0), 1.0)
        albedo += 0.4 * dust * (skin.albedo[0] - albedo)
    sun = light.sun
    direct = here.lit * node.sun
    if direct > 0.0 and not covered(p, sun, caster):
        to_sun = nx * sun[0] + ny * sun[1] + nz * sun[2]
        to_eye = -(nx * d[0] + ny * d[1] + nz * d[2])
        phase = -(d[0] * sun[0] + d[1] * sun[1] + d[2] * sun[2])
        direct *= reflected(to_sun, to_eye, phase)
    else:
        direct = 0.0
    ambient = light.sky_light * node.sky * (0.5 + 0.5 * nz)
    # what leans to the ground is lit by the ground
    ambient += skin.albedo[0] * (sun[2] + light.sky_light) * (0.5 - 0.5 * nz)
    return albedo * (direct + ambient), nearest >> LABEL & NO_LABEL


@njit(cache=True, nogil=True, error_model="numpy")
def beyond(
    d: tuple[float, float, float], eye: float, plain: float, soil: float, light: Light, table: F32
) -> float:
    """Light along unit direction d where the surroundings end: sky, far ridges, a plain."""
    level = np.sqrt(d[0] * d[0] + d[1] * d[1])
    azimuth = np.arctan2(d[1], d[0])
    low = (d[0] / max(level, 1e-6), d[1] / max(level, 1e-6), 0.0)
    horizon = soil * sky(low, light)
    tangent = d[2] / max(level, 1e-6)
    for ridge in range(2):
        near = ridge == 0
        scale = 1.6 if near else 2.3
        rise, wave, weight = 0.0, scale, 1.0
        for octave in range(6):
            rise += weight * noise(azimuth * wave + 17.0 * ridge, 3.0 * octave + 0.5, table)
            wave *= 2.1
            weight *= 0.47
        top = (0.012 + 0.018 * rise) if near else (0.020 + 0.016 * rise)
        if tangent < top and (near or tangent > -0.02):
            way = 1200.0 if near else 14000.0
            wave = 30.0 if near else 60.0
            u, v = azimuth * wave, tangent * wave * 3.0
            shade = 0.9 + 0.25 * noise(u, v, table) + 0.15 * noise(2.3 * u, 2.3 * v, table)
            veil = np.exp(-way / (light.haze * (1.0 if near else 6.0)))
            if d[2] < 0.0 and eye > plain:
                veil = max(veil, np.exp(-(plain - eye) / d[2] / light.haze))
            return float(veil * soil * shade + (1.0 - veil) * horizon)
    return soil * sky(d, light)


@njit(cache=True, nogil=True, error_model="numpy")
def shade(
    first_row: int,
    last_row: int,
    pinhole: tuple[float, float, float, float],
    turn: Array,
    eye: tuple[float, float, float],
    depth: F32,
    near: Layer,
    far: Layer,
    plain: float,
    light: Light,
    skin: Skin,
    caster: Caster,
    table: F32,
    out: F32,
    labels: U8,
) -> None:
    """Fill rows of `out` (h, w), the light of each pixel, and its label where the map says it.

    Where no ray ends (`depth` is inf) below the horizon a plain at height `plain` goes on.
    """
    width = depth.shape[1]
    rows, columns = near.nodes.shape
    soil = skin.albedo[0] * (reflected(light.sun[2], 0.5, 0.0) + light.sky_light)
    horizon = horizon_lights(soil, light)
    for v in range(first_row, last_row):
        for u in range(width):
            r = ray(u, v, pinhole, turn)
            length = np.sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2])
            shorter = 1.0 / length
            d = (r[0] * shorter, r[1] * shorter, r[2] * shorter)
            t = np.float64(depth[v, u])
            labels[v, u] = UNKNOWN
            if t == np.inf:
                out[v, u] = beyond(d, eye[2], plain, soil, light, table)
                continue
            p = (eye[0] + t * r[0], eye[1] + t * r[1], eye[2] + t * r[2])
            x = (p[0] - near.first[0]) * near.per_metre
            y = (p[1] - near.first[1]) * near.per_metre
            footprint = t / pinhole[0]
            dither = 52.9829189 * ((0.06711056 * u + 0.00583715 * v) % 1.0) % 1.0
            on_map = -1e-3 <= x <= columns - 0.999 and -1e-3 <= y <= rows - 0.999
            layer = near if on_map else far
            value, label = point_light(p, d, footprint, dither, layer, light, skin, caster, table)
            if on_map and label != NO_LABEL:
                labels[v, u] = label
            if t > CLEAR:
                veil = np.exp(-(t - CLEAR) * length / light.haze)
                value = veil * value + (1.0 - veil) * at_azimuth(d, light, horizon)
            out[v, u] = value
