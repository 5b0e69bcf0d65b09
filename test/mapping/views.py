"""A small map and what one camera shows it: for the tests of the map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.terrain import Terrain

from .conftest import Camera

SMALL = MapSettings(size=16.0, resolution=0.1)
CAMERA = Camera(size=96, focal=90.0, pitch_deg=35.0)
ERROR = RangeError(520.0, 0.25)
Image = NDArray[np.uint8]


def labels(points: NDArray[np.float32], kind: int, confidence: int = 230) -> tuple[Image, Image]:
    shape = points.shape[:2]
    return np.full(shape, kind, np.uint8), np.full(shape, confidence, np.uint8)


def frame(
    terrain_map: TerrainMap, stamp: float, kind: int = Terrain.SOIL, camera: Camera = CAMERA
) -> None:
    points = camera.see()
    terrain_map.integrate(points, *labels(points, kind), camera.pose, ERROR, stamp)
    terrain_map.update()


def at(terrain_map: TerrainMap, x: float, y: float) -> tuple[int, int]:
    """Row and column of the cell at x, y metres."""
    left, bottom = terrain_map.origin
    step = terrain_map.resolution
    return int(np.floor((y - bottom) / step)), int(np.floor((x - left) / step))
