"""Where the map lies: a grid of square cells in the odometry frame that rolls with the rover."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """Half-open rectangle of cells: rows first_row..last_row, columns first_column..last_column."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    @property
    def empty(self) -> bool:
        """Whether it holds no cell."""
        return self.last_row <= self.first_row or self.last_column <= self.first_column

    @property
    def slices(self) -> tuple[slice, slice]:
        """Indices of its rows and columns in an array (rows, columns)."""
        return slice(self.first_row, self.last_row), slice(self.first_column, self.last_column)

    @property
    def array(self) -> NDArray[np.int64]:
        """What the compiled loops take: (4,)."""
        return np.array(
            [self.first_row, self.last_row, self.first_column, self.last_column], dtype=np.int64
        )

    def union(self, other: Window) -> Window:
        """The smallest window that holds both."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Window(
            min(self.first_row, other.first_row),
            max(self.last_row, other.last_row),
            min(self.first_column, other.first_column),
            max(self.last_column, other.last_column),
        )

    def grown(self, cells: int, rows: int, columns: int) -> Window:
        """Larger by `cells` on each side, inside a grid of rows x columns."""
        if self.empty:
            return self
        return Window(
            max(self.first_row - cells, 0),
            min(self.last_row + cells, rows),
            max(self.first_column - cells, 0),
            min(self.last_column + cells, columns),
        )

    def moved(self, rows: int, columns: int, grid: Grid) -> Window:
        """The same cells after the grid has moved on by `rows` and `columns`, where still in it."""
        return Window(
            max(self.first_row - rows, 0),
            min(self.last_row - rows, grid.rows),
            max(self.first_column - columns, 0),
            min(self.last_column - columns, grid.columns),
        )


NOTHING = Window(0, 0, 0, 0)


@dataclass(frozen=True)
class Grid:
    """rows x columns cells of `resolution` metres; cell (0, 0) is the world's cell (row, column).

    World cells are counted from the odometry frame's origin, so the grid only ever moves by whole
    cells and a point keeps its cell for as long as it is inside.
    """

    resolution: float
    rows: int
    columns: int
    row: int
    column: int

    @classmethod
    def around(cls, x: float, y: float, size: float, resolution: float) -> Grid:
        """A square grid, `size` metres wide, centred on a place in metres."""
        cells = max(round(size / resolution), 1)
        grid = cls(resolution, cells, cells, 0, 0)
        row, column = grid.corner_around(x, y)
        return replace(grid, row=row, column=column)

    @property
    def origin(self) -> tuple[float, float]:
        """x, y in metres of the outer corner of cell (0, 0)."""
        return self.column * self.resolution, self.row * self.resolution

    def corner_around(self, x: float, y: float) -> tuple[int, int]:
        """World row and column of cell (0, 0) were the grid centred on a place in metres."""
        return (
            math.floor(y / self.resolution) - self.rows // 2,
            math.floor(x / self.resolution) - self.columns // 2,
        )

    def moved_to(self, row: int, column: int) -> Grid:
        """The same grid with cell (0, 0) at another world cell."""
        return replace(self, row=row, column=column)


class Planes:
    """Layers (n, rows, columns) of a rolling grid; a cell that rolls in holds `nothing` (n,).

    Rolling copies into a second set: measured, a millisecond for the whole map now and then is
    cheaper than letting every filter and every reader unwrap a ring on every frame.
    """

    def __init__(self, nothing: NDArray[Any], rows: int, columns: int) -> None:
        self.array: NDArray[Any] = np.empty((len(nothing), rows, columns), nothing.dtype)
        self._room = np.empty_like(self.array)
        self._nothing = nothing[:, None, None]
        self.clear()

    def clear(self) -> None:
        """Every cell holds nothing."""
        self.array[:] = self._nothing

    def roll(self, rows: int, columns: int) -> None:
        """Follow a grid that has moved on by whole cells."""
        old, new = self.array, self._room
        height, width = old.shape[1:]
        keep_rows, keep_columns = height - abs(rows), width - abs(columns)
        if keep_rows <= 0 or keep_columns <= 0:
            self.clear()
            return
        to_row, to_column = max(-rows, 0), max(-columns, 0)
        from_row, from_column = max(rows, 0), max(columns, 0)
        new[:, to_row : to_row + keep_rows, to_column : to_column + keep_columns] = old[
            :, from_row : from_row + keep_rows, from_column : from_column + keep_columns
        ]
        new[:, :to_row] = self._nothing
        new[:, to_row + keep_rows :] = self._nothing
        new[:, :, :to_column] = self._nothing
        new[:, :, to_column + keep_columns :] = self._nothing
        self.array, self._room = new, old
