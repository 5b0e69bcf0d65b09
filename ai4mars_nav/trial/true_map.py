"""The map of a whole site as it truly is, made by the same map that a rover makes of its frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.felt import Place
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Terrain

EXACT = RangeError(focal_baseline=1e6, disparity_sigma=0.01)
ABOVE = 10.0
"""Metres over the highest ground from which everything is seen, straight down."""
LONG = 1e6
"""Seconds for which nothing is forgotten."""


def true_map(
    world: World, rover: Rover, settings: MapSettings, costs: CostSettings, stamp: float
) -> TerrainMap:
    """All of the world in one map: every cell of it a point without error, every rock over
    BIG_ROCK_HEIGHT reported."""
    whole = replace(
        settings,
        size=max(world.size),
        recentre_after=max(world.size),
        farthest=1e3,
        height_error=1e-3,
        forget_after=LONG,
        class_memory=LONG,
    )
    found = TerrainMap(whole, rover, costs)
    middle = [low + 0.5 * side for low, side in zip(world.origin, world.size, strict=True)]
    found.move_to(*middle)
    rows, columns = world.surface.shape
    x = world.origin[0] + (np.arange(columns, dtype=np.float32) + 0.5) * world.resolution
    y = world.origin[1] + (np.arange(rows, dtype=np.float32) + 0.5) * world.resolution
    eye = float(world.surface.max()) + ABOVE
    points = np.empty((rows, columns, 3), np.float32)
    points[..., 0] = x[None, :] - np.float32(middle[0])
    points[..., 1] = np.float32(middle[1]) - y[:, None]
    points[..., 2] = np.float32(eye) - world.surface
    down = Pose(np.diag([1.0, -1.0, -1.0]), np.array([*middle, eye]))
    sure = np.full(world.classes.size, 255, np.uint8)
    classes = np.ascontiguousarray(world.classes.ravel())
    found.integrate(points.reshape(-1, 3), classes, sure, down, EXACT, stamp)
    big = np.flatnonzero(world.rocks.height > BIG_ROCK_HEIGHT)
    rocks = world.rocks
    places = np.stack([rocks.x[big], rocks.y[big], np.zeros(len(big))], axis=1)
    widths = 0.5 * (rocks.length[big] + rocks.width[big])
    found.add_rocks(places, widths, rocks.height[big], np.full(len(big), 0.999), stamp)
    found.update()
    return found


class KnownMap:
    """Two true maps of a world: on one no sand is loose and no bedrock sharp, on the other all is.

    Each cell is priced by the one that is true of it, where a `TerrainMap` must expect a mixture.
    """

    def __init__(
        self, world: World, rover: Rover, settings: MapSettings, costs: CostSettings, stamp: float
    ) -> None:
        self._plain, self._hidden = (
            true_map(world, rover, settings, replace(costs, loose_share=x, sharp_share=x), stamp)
            for x in (0.0, 1.0)
        )
        rows, columns = self._plain.cost.shape
        x, y = (
            low + (np.arange(count) + 0.5) * self.resolution
            for low, count in zip(self.origin, (columns, rows), strict=True)
        )
        self._is_hidden = world.felt_at(*np.meshgrid(x, y)) >= len(Terrain)

    @property
    def origin(self) -> tuple[float, float]:
        """x, y in metres (odom) of the outer corner of cell (0, 0)."""
        return self._plain.origin

    @property
    def resolution(self) -> float:
        """Edge of a cell in metres."""
        return self._plain.resolution

    @property
    def cost(self) -> NDArray[np.int8]:
        """(rows, columns): -1 unknown, 1..99 graded, 100 lethal; as of `update`."""
        return np.where(self._is_hidden, self._hidden.cost, self._plain.cost)

    @property
    def layers(self) -> dict[str, NDArray[Any]]:
        """As of a `TerrainMap` on which nothing is hidden."""
        return self._plain.layers

    def hold(self, x: float, y: float) -> None:
        """The rover was stuck at x, y metres in odom: lethal."""
        self._plain.hold(x, y)
        self._hidden.hold(x, y)

    def feel(self, place: Place, slip: float, stamp: float) -> None:
        """Nothing new: it knows where sand is loose."""

    def update(self) -> None:
        """Bring the cost up to date."""
        self._plain.update()
        self._hidden.update()
