"""A world as rasters: ground, surface with rocks, class and rock of every cell. z up, metres.

What draws it, what drives on it and what judges a drive all read the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, BIG_ROCK_WIDTH, LOOKS, Terrain

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

NO_ROCK = -1


@dataclass(frozen=True)
class Rocks:
    """k rocks that stand at (x, y): full length, width and height [m], yaw [rad], shape seed."""

    x: F64
    y: F64
    length: F64
    width: F64
    height: F64
    yaw: F64
    seed: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    @property
    def big(self) -> NDArray[np.bool_]:
        """Which of them are big rocks (k,): wide enough in their longer side."""
        wide = np.maximum(self.length, self.width) >= BIG_ROCK_WIDTH
        return np.asarray(wide & (self.height > BIG_ROCK_HEIGHT))


@dataclass(frozen=True)
class World:
    """Arrays (rows, columns), rows along y; cell (0, 0) has its lower left corner at `origin`.

    `ground` is the height without rocks, `surface` with them; `classes` are label values, big
    rocks among them; `rock_of` is the rock that covers a cell, or NO_ROCK. `hidden` are the values
    of `terrain.GROUNDS` that wheels meet, where some are not as the classes say.
    """

    name: str
    resolution: float
    origin: tuple[float, float]
    ground: F32
    surface: F32
    classes: NDArray[np.uint8]
    rock_of: NDArray[np.int32]
    rocks: Rocks
    hidden: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        shape = self.ground.shape
        for field in ("surface", "classes", "rock_of"):
            got = getattr(self, field).shape
            if got != shape:
                raise SimError(f"world {self.name}: {field} is {got}, ground is {shape}")
        for field in ("ground", "surface"):
            holes = int(np.count_nonzero(~np.isfinite(getattr(self, field))))
            if holes:
                raise SimError(f"world {self.name}: {field} has {holes} cells without a height")
        unknown = sorted(set(np.unique(self.classes).tolist()) - {int(t) for t in Terrain})
        if unknown:
            raise SimError(f"world {self.name}: classes has unknown label values {unknown}")
        if self.hidden is not None:
            self._check_hidden(self.hidden)

    def _check_hidden(self, hidden: NDArray[np.uint8]) -> None:
        if hidden.shape != self.classes.shape:
            raise SimError(
                f"world {self.name}: hidden is {hidden.shape}, ground is {self.classes.shape}"
            )
        if hidden.max() >= len(LOOKS) or (LOOKS[hidden] != self.classes).any():
            raise SimError(
                f"world {self.name}: hidden has ground that does not look like its class"
            )

    @property
    def felt(self) -> NDArray[np.uint8]:
        """Values of `terrain.GROUNDS` that wheels meet (rows, columns)."""
        return self.classes if self.hidden is None else self.hidden

    @property
    def size(self) -> tuple[float, float]:
        """Metres along x and y."""
        rows, columns = self.ground.shape
        return columns * self.resolution, rows * self.resolution

    def holds(self, x: F64, y: F64) -> NDArray[np.bool_]:
        """Which points lie on the map, at least a cell from its edge."""
        column, row = self._cells(x, y)
        rows, columns = self.ground.shape
        return (column >= 1) & (column <= columns - 2) & (row >= 1) & (row <= rows - 2)

    def height(self, x: F64, y: F64, layer: str = "surface") -> F64:
        """Height [m] at points (any one shape), bilinear between cell centres; `layer` is surface
        or ground. Off the map the nearest edge goes on."""
        grid = self.ground if layer == "ground" else self.surface
        column, row = self._cells(x, y)
        rows, columns = grid.shape
        column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
        left = np.minimum(column.astype(np.int64), columns - 2)
        low = np.minimum(row.astype(np.int64), rows - 2)
        u, v = column - left, row - low
        below = grid[low, left] * (1 - u) + grid[low, left + 1] * u
        above = grid[low + 1, left] * (1 - u) + grid[low + 1, left + 1] * u
        return np.asarray(below * (1 - v) + above * v, np.float64)

    def class_at(self, x: F64, y: F64) -> NDArray[np.uint8]:
        """Label value of the cell under each point (any one shape)."""
        row, column = self._nearest(x, y)
        return self.classes[row, column]

    def felt_at(self, x: F64, y: F64) -> NDArray[np.uint8]:
        """Value of `terrain.GROUNDS` that a wheel meets at each point (any one shape)."""
        row, column = self._nearest(x, y)
        return self.felt[row, column]

    def rock_at(self, x: F64, y: F64) -> NDArray[np.int32]:
        """Index of the rock under each point (any one shape), or NO_ROCK."""
        row, column = self._nearest(x, y)
        return self.rock_of[row, column]

    def _cells(self, x: F64, y: F64) -> tuple[F64, F64]:
        """Column and row coordinates: whole numbers at cell centres."""
        column = (np.asarray(x, np.float64) - self.origin[0]) / self.resolution - 0.5
        row = (np.asarray(y, np.float64) - self.origin[1]) / self.resolution - 0.5
        return column, row

    def _nearest(self, x: F64, y: F64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        column, row = self._cells(x, y)
        rows, columns = self.ground.shape
        return (
            np.clip(np.rint(row), 0, rows - 1).astype(np.int64),
            np.clip(np.rint(column), 0, columns - 1).astype(np.int64),
        )
