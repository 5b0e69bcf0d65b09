"""A world from above as a page: as it looks, its classes and rocks, its slopes."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim import poster
from ai4mars_nav.sim.poster import Panel, Picture
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import CLASSES, COLOURS, NAMES, Terrain

F32 = NDArray[np.float32]

SIDE = 760
"""Pixels of a panel."""
STEEPEST = 30.0
"""Degrees at the end of the slopes' colours."""
HUES: dict[Terrain, tuple[float, float, float]] = {
    Terrain.SOIL: (182.0, 132.0, 96.0),
    Terrain.BEDROCK: (206.0, 172.0, 142.0),
    Terrain.SAND: (142.0, 104.0, 82.0),
    Terrain.BIG_ROCK: (128.0, 104.0, 92.0),
}
"""RGB of level ground in the sun."""
SHADE = 0.30
"""Brightness of a shadow: the sky is bright."""
LONGEST_SHADOW = 6.0
"""Metres."""


def page(world: World, mission: Mission, made_by: str) -> Picture:
    """The page, RGB; `made_by` is the command that makes it again."""
    lit = _lit(world, mission)
    panels = [
        Panel("From above", _sun_words(mission), _marked(world, mission, _natural(world, lit))),
        Panel("Classes", _class_words(world), _classes(world, mission, lit)),
        Panel("Slope over 0.5 m", _slope_words(world), _slopes(world, mission)),
    ]
    side = world.size[0]
    words = (
        f"{side:g} x {side:g} m at {100 * world.resolution:g} cm, {len(world.rocks)} rocks, "
        f"{int(world.rocks.big.sum())} of them big:  {made_by}"
    )
    return poster.page(f"World {world.name}", words, panels, columns=3)


def _small(layer: F32) -> F32:
    """A layer (rows, columns) as a panel: north up, mean of what a pixel covers."""
    small = cv2.resize(layer, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small[::-1], np.float32)


def _lit(world: World, mission: Mission) -> F32:
    """Brightness (SIDE, SIDE) of the surface under the mission's sun, level ground 1."""
    n = max(world.surface.shape[0] // (2 * SIDE), 1)
    step = world.resolution * n
    z = world.surface[: world.surface.shape[0] // n * n, : world.surface.shape[1] // n * n]
    z = np.ascontiguousarray(z[::n, ::n])
    gy, gx = np.gradient(z, step)
    level = math.cos(mission.sun_elevation)
    sun_x, sun_y = level * math.cos(mission.sun_azimuth), level * math.sin(mission.sun_azimuth)
    up = math.sin(mission.sun_elevation)
    facing = (up - gx * sun_x - gy * sun_y) / np.sqrt(1 + gx * gx + gy * gy)
    sunny = np.clip(facing / up, 0.0, 2.0) * ~_shadowed(z, step, mission)
    return _small(np.asarray(SHADE + (1 - SHADE) * sunny, np.float32))


def _shadowed(z: F32, step: float, mission: Mission) -> NDArray[np.bool_]:
    """Cells (rows, columns) whose way to the sun another one blocks."""
    rise = math.tan(mission.sun_elevation)
    dx, dy = math.cos(mission.sun_azimuth), math.sin(mission.sun_azimuth)
    dark = np.zeros(z.shape, np.bool_)
    for i in range(1, int(LONGEST_SHADOW / step)):
        move = np.array([[1.0, 0.0, i * dx], [0.0, 1.0, i * dy]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(
            z, move, (z.shape[1], z.shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        higher = there - z - np.float32(i * step * rise)
        if not (higher > 0.0).any():
            break
        dark |= higher > 0.0
    return dark


def _natural(world: World, lit: F32) -> Picture:
    kinds = world.classes.copy()
    kinds[world.rock_of >= 0] = Terrain.BIG_ROCK
    return _painted(kinds, np.array([HUES[c] for c in Terrain]), lit)


def _painted(kinds: NDArray[np.uint8], hues: NDArray[np.float64], lit: F32) -> Picture:
    """Classes (rows, columns) in the hues (4, 3), shaded."""
    colour = np.stack([_small(hues[:, i].astype(np.float32)[kinds]) for i in range(3)], axis=2)
    return np.clip(colour * lit[..., None], 0, 255).astype(np.uint8)


def _classes(world: World, mission: Mission, lit: F32) -> Picture:
    picture = _painted(world.classes, COLOURS.astype(np.float64), lit)
    entries = [(_rgb(COLOURS[c]), NAMES[c]) for c in CLASSES]
    _mark(world, mission, picture)
    poster.legend(picture, entries)
    return picture


def _marked(world: World, mission: Mission, picture: Picture) -> Picture:
    _mark(world, mission, picture)
    poster.scale_bar(picture, SIDE / world.size[0], 10.0 if world.size[0] < 150 else 50.0)
    return picture


def _slopes(world: World, mission: Mission) -> Picture:
    degrees = _slope(world)
    colours = cv2.applyColorMap(np.arange(256, dtype=np.uint8), cv2.COLORMAP_INFERNO)[:, 0, ::-1]
    index = np.clip(_small(degrees) / STEEPEST * 255.0, 0, 255).astype(np.uint8)
    picture: Picture = np.ascontiguousarray(colours[index])
    _mark(world, mission, picture)
    ticks = [(share, f"{share * STEEPEST:g}") for share in (0.0, 1 / 3, 2 / 3, 1.0)]
    poster.colour_bar(picture, np.ascontiguousarray(colours[:, None]), ticks, "degrees")
    return picture


def _slope(world: World) -> F32:
    """Degrees (rows, columns) of the ground without rocks, over about half a metre."""
    smooth = cv2.GaussianBlur(
        world.ground, (0, 0), 0.25 / world.resolution, borderType=cv2.BORDER_REPLICATE
    )
    gy, gx = np.gradient(smooth, world.resolution)
    return np.asarray(np.degrees(np.arctan(np.hypot(gx, gy))), np.float32)


def _mark(world: World, mission: Mission, picture: Picture) -> None:
    """Start with its heading, and goal."""
    scale = SIDE / world.size[0]

    def at(x: float, y: float) -> tuple[int, int]:
        column, row = (x - world.origin[0]) * scale, (y - world.origin[1]) * scale
        return round(column), round(SIDE - 1 - row)

    (x, y, yaw), goal = mission.start, mission.goal
    tip = at(x + 3.0 * math.cos(yaw), y + 3.0 * math.sin(yaw))
    for colour, width in ((poster.INK, 5), (poster.WHITE, 2)):
        cv2.arrowedLine(picture, at(x, y), tip, colour, width, cv2.LINE_AA, tipLength=0.3)
        cv2.circle(picture, at(x, y), 6, colour, width, cv2.LINE_AA)
        cv2.drawMarker(picture, at(*goal), colour, cv2.MARKER_TILTED_CROSS, 16, width, cv2.LINE_AA)
    for name, (px, py) in (("start", at(x, y)), ("goal", at(*goal))):
        poster.write(
            picture, name, px, py + 26, 11, poster.WHITE, bold=True, edge=poster.INK, centred=True
        )


def _sun_words(mission: Mission) -> str:
    sun = math.degrees(mission.sun_elevation)
    return f"as the sun {sun:.0f} degrees over the horizon lights it"


def _class_words(world: World) -> str:
    shares = np.bincount(world.classes.ravel(), minlength=4) / world.classes.size
    parts = [f"{NAMES[c]} {100 * shares[c]:.2g} %" for c in CLASSES]
    return ", ".join(parts) + f"; rocks {100 * (world.rock_of >= 0).mean():.2g} %"


def _slope_words(world: World) -> str:
    half, most = np.percentile(_slope(world)[::4, ::4], (50, 95))
    return f"half of the ground is flatter than {half:.1f} degrees, 95 % than {most:.1f}"


def _rgb(colour: NDArray[np.uint8]) -> poster.Colour:
    """One row of a palette as the three numbers OpenCV wants."""
    return int(colour[0]), int(colour[1]), int(colour[2])
