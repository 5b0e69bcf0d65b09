"""Windows and rolling grids, against plain index arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.grid import NOTHING, Grid, Planes, Window
from ai4mars_nav.mapping.map_settings import MapSettings

moves = st.integers(-25, 25)


@given(moves, moves, moves, moves)
def test_planes_roll_like_a_window_on_an_endless_plain(a: int, b: int, c: int, d: int) -> None:
    plain = np.arange(200 * 200, dtype=np.float32).reshape(200, 200)
    planes = Planes(np.array([-1.0, np.nan], np.float32), 12, 17)
    planes.array[0] = plain[100:112, 100:117]
    row, column, seen = 100, 100, np.zeros((200, 200), bool)
    seen[100:112, 100:117] = True
    for rows, columns in ((a, b), (c, d)):
        planes.roll(rows, columns)
        row, column = row + rows, column + columns
        inside = np.zeros_like(seen)
        inside[row : row + 12, column : column + 17] = True
        seen &= inside
    expected = np.where(seen, plain, -1.0)[row : row + 12, column : column + 17]
    np.testing.assert_array_equal(planes.array[0], expected)
    assert np.isnan(planes.array[1]).all()


def test_a_grid_is_centred_and_aligned_to_the_worlds_cells() -> None:
    grid = Grid.around(12.34, -7.89, 40.0, 0.1)
    assert (grid.rows, grid.columns) == (400, 400)
    assert grid.origin == pytest.approx((-7.7, -27.9))
    assert grid.moved_to(*grid.corner_around(12.38, -7.81)) == grid, "the same cell"
    assert grid.corner_around(12.41, -7.89) == (grid.row, grid.column + 1)


def test_windows() -> None:
    window = Window(5, 9, 1, 4)
    assert NOTHING.empty
    assert not window.empty
    assert window.union(NOTHING) == NOTHING.union(window) == window
    assert window.union(Window(0, 1, 7, 8)) == Window(0, 9, 1, 8)
    assert window.grown(3, 10, 10) == Window(2, 10, 0, 7)
    assert NOTHING.grown(3, 10, 10).empty
    grid = Grid(0.1, 10, 10, 0, 0)
    assert window.moved(6, 0, grid) == Window(0, 3, 1, 4)
    assert window.moved(-8, 0, grid).empty
    assert window.moved(0, 4, grid).empty
    assert np.zeros((10, 10))[window.slices].shape == (4, 3)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(MappingError, match="fewer than 8 cells"):
        MapSettings(size=2.0, resolution=1.0)
    with pytest.raises(MappingError, match="nearest"):
        MapSettings(nearest=5.0, farthest=4.0)
