"""A world as a folder: world.sdf, the rasters and the rock list it names, and Gazebo's meshes."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world import rasters
from ai4mars_nav.sim.world.dressing import dressed, taken
from ai4mars_nav.sim.world.mesh import ground_mesh, rock_mesh, write_mesh
from ai4mars_nav.sim.world.mission import Mission, check_mission
from ai4mars_nav.sim.world.picture import HUES
from ai4mars_nav.sim.world.rock_list import check_on_map, read_rocks, write_rocks
from ai4mars_nav.sim.world.rock_shape import shape_of
from ai4mars_nav.sim.world.sdf import SPACE, to_sdf
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import Terrain

WORLD, GROUND, CLASSES, ROCKS = "world.sdf", "ground.tif", "classes.png", "rocks.json"
HIDDEN = "hidden.png"
"""Only where wheels meet something else than the classes say."""
FORMAT = "1"
SMALLEST_MESH = 0.25
"""Rocks from this diameter [m] on are meshes; smaller ones are bumps of Gazebo's ground."""
TEXTURE = 2048
"""Pixels of the ground's colours."""


def write_world(folder: Path, world: World, mission: Mission) -> Path:
    """Write all files of a world; the path of its world.sdf."""
    folder.mkdir(parents=True, exist_ok=True)
    bare = rasters.bare(world.classes)
    rasters.write_raster(folder / GROUND, world.ground)
    rasters.write_raster(folder / CLASSES, bare)
    if world.hidden is not None:
        rasters.write_raster(folder / HIDDEN, rasters.bare(world.hidden))
    write_rocks(folder / ROCKS, world.rocks)
    large = np.minimum(world.rocks.length, world.rocks.width) >= SMALLEST_MESH
    place = world.name, world.resolution, world.origin, world.ground, bare
    pebbles = dressed(*place, taken(world.rocks, ~large))
    write_mesh(folder / "meshes" / "ground.obj", ground_mesh(world, pebbles))
    meshed = taken(world.rocks, large)
    for shape in np.unique(shape_of(meshed.seed)).tolist():
        write_mesh(folder / "meshes" / f"rock_{shape:02}.obj", rock_mesh(shape))
    _write_colours(folder / "meshes" / "ground.png", bare)
    path = folder / WORLD
    path.write_text(to_sdf(world, mission, meshed, _own_element(world, mission)), encoding="utf-8")
    return path


def read_world(path: Path) -> tuple[World, Mission]:
    """The world and the drive that a world.sdf names in its element ai4mars:world."""
    try:
        root = xml.parse(path).getroot()
    except OSError as error:
        raise SimError(f"{path}: cannot be read: {error.strerror}") from error
    except xml.ParseError as error:
        raise SimError(f"{path}: is not XML: {error}") from error
    own = root.find(f"world/{{{SPACE}}}world")
    if own is None:
        raise SimError(f"{path}: has no element ai4mars:world, so it is not one of our worlds")
    if own.get("format") != FORMAT:
        raise SimError(f"{path}: ai4mars:world has format {own.get('format')!r}, not {FORMAT!r}")
    world = _world(own, path)
    x, y, yaw = _numbers(own, "start", 3, path)
    to_x, to_y = _numbers(own, "goal", 2, path)
    azimuth, elevation = _numbers(own, "sun", 2, path)
    mission = Mission((x, y, yaw), (to_x, to_y), azimuth, elevation)
    check_mission(world, mission, str(path))
    return world, mission


def _world(own: xml.Element, path: Path) -> World:
    ground = rasters.read_heights(_file(own, "ground", path))
    classes = rasters.read_classes(_file(own, "classes", path), ground.shape)
    has_hidden = own.find(f"{{{SPACE}}}hidden") is not None
    hidden = rasters.read_hidden(_file(own, "hidden", path), ground.shape) if has_hidden else None
    rocks = read_rocks(_file(own, "rocks", path))
    (resolution,) = _numbers(own, "resolution", 1, path)
    if resolution <= 0.0:
        raise SimError(f"{path}: ai4mars:resolution is {resolution:g} m")
    x, y = _numbers(own, "origin", 2, path)
    size = ground.shape[1] * resolution, ground.shape[0] * resolution
    check_on_map(rocks, (x, y), size, path.parent / _text(own, "rocks", path))
    return dressed(_text(own, "name", path), resolution, (x, y), ground, classes, rocks, hidden)


def _own_element(world: World, mission: Mission) -> xml.Element:
    """The element that only we read; numbers keep all their figures."""
    own = xml.Element(f"{{{SPACE}}}world", format=FORMAT)
    values = {
        "name": world.name,
        "resolution": repr(world.resolution),
        "origin": _exact(world.origin),
        "ground": GROUND,
        "classes": CLASSES,
        "rocks": ROCKS,
        "start": _exact(mission.start),
        "goal": _exact(mission.goal),
        "sun": _exact((mission.sun_azimuth, mission.sun_elevation)),
    }
    if world.hidden is not None:
        values["hidden"] = HIDDEN
    for key, text in values.items():
        xml.SubElement(own, f"{{{SPACE}}}{key}").text = text
    return own


def _exact(values: tuple[float, ...]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _text(own: xml.Element, key: str, path: Path) -> str:
    text = own.findtext(f"{{{SPACE}}}{key}")
    if not text:
        raise SimError(f"{path}: ai4mars:world has no ai4mars:{key}")
    return text.strip()


def _file(own: xml.Element, key: str, path: Path) -> Path:
    file = path.parent / _text(own, key, path)
    if not file.is_file():
        raise SimError(f"{path}: ai4mars:{key}: {file}: there is no such file")
    return file


def _numbers(own: xml.Element, key: str, count: int, path: Path) -> list[float]:
    text = _text(own, key, path)
    try:
        values = [float(word) for word in text.split()]
    except ValueError:
        values = []
    if len(values) != count or not np.isfinite(values).all():
        raise SimError(f"{path}: ai4mars:{key} must be {count} finite numbers, is {text!r}")
    return values


def _write_colours(path: Path, classes: NDArray[np.uint8]) -> None:
    """The ground's colours as a texture, its first row at the largest y."""
    hues = np.array([HUES[c] for c in Terrain])[:, ::-1].astype(np.uint8)
    size = min(TEXTURE, classes.shape[0])
    small = cv2.resize(hues[classes[::-1]], (size, size), interpolation=cv2.INTER_AREA)
    if not cv2.imwrite(str(path), small):
        raise SimError(f"{path}: cannot be written")
