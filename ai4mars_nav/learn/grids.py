"""Rounding to 8 bits: the grids of activations and weights, chosen for the least error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I8 = npt.NDArray[np.int8]

MOST = 2**30  # a bias is stored as an int32; half of its range is left to the sums
_CLIPPINGS = np.linspace(0.3, 1.0, 30)  # shares of the range of a sample that are tried


@dataclass(frozen=True)
class Grid:
    """The 8-bit numbers of an activation: value = scale * (stored - zero), int8 or uint8."""

    scale: float
    zero: int
    signed: bool


def grid_of(low: float, high: float, signed: bool) -> Grid:
    """The grid that spans low..high: int8 about 0 where signed, else uint8 from end to end."""
    low, high = min(low, 0.0), max(high, 0.0)
    if signed:
        return Grid(max(-low, high, 1e-6) / 127.0, 0, True)
    scale = max(high - low, 1e-6) / 255.0
    return Grid(scale, round(-low / scale), False)


def rounded(values: F32, grid: Grid) -> F32:
    """Values as the grid can hold them, same shape."""
    lowest, highest = (-128, 127) if grid.signed else (0, 255)
    stored = np.clip(np.rint(values / np.float32(grid.scale)) + grid.zero, lowest, highest)
    back: F32 = (stored.astype(np.float32) - grid.zero) * np.float32(grid.scale)
    return back


def best_grid(sample: F32, signed: bool) -> Grid:
    """The grid of least squared error on a sample (n,), among some that clip its tails."""
    low, high = float(sample.min()), float(sample.max())
    grids = [grid_of(low * share, high * share, signed) for share in _CLIPPINGS]
    errors = [float(np.square(rounded(sample, grid) - sample).mean()) for grid in grids]
    return grids[int(np.argmin(errors))]


def int8_weight(weight: F32, bias: F32, grid: Grid) -> tuple[I8, F32]:
    """A convolution's (out, in, kh, kw) as int8 about 0, and the scale of each output (out,).

    The scale is no smaller than what lets the bias (out,) fit into an int32 where the input has
    this grid: the weights of a dead channel are next to nothing, its bias is not.
    """
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1) / 127.0
    least = np.maximum(np.abs(bias) / (MOST * grid.scale), 1e-12)
    scale = np.maximum(largest, least).astype(np.float32)
    stored = np.rint(weight / scale[:, None, None, None])
    return np.clip(stored, -127, 127).astype(np.int8), scale
