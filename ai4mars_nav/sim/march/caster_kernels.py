"""What casts a shadow and is not ground: boxes that stand together, compiled by numba."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class Caster(NamedTuple):
    """Boxes (n, 6) in a frame of their own: x, y, z of the middle, half sizes; none cast nothing.
    `turn` (3, 3) and `place` (3,) take a point of the world into that frame."""

    boxes: F64
    turn: F64
    place: F64


NOTHING = Caster(np.zeros((0, 6)), np.eye(3), np.zeros(3))


@njit(cache=True, nogil=True, error_model="numpy")
def covered(p: tuple[float, float, float], sun: tuple[float, float, float], caster: Caster) -> bool:
    """Whether a box stands between p (metres) and the sun."""
    turn, place = caster.turn, caster.place
    for k in range(caster.boxes.shape[0]):
        enter, leave = 0.0, np.inf
        for axis in range(3):
            o = turn[axis, 0] * p[0] + turn[axis, 1] * p[1] + turn[axis, 2] * p[2] + place[axis]
            d = turn[axis, 0] * sun[0] + turn[axis, 1] * sun[1] + turn[axis, 2] * sun[2]
            per = 1.0 / (d if d != 0.0 else 1e-300)
            o -= caster.boxes[k, axis]
            half = caster.boxes[k, 3 + axis]
            one, two = (-half - o) * per, (half - o) * per
            enter, leave = max(enter, min(one, two)), min(leave, max(one, two))
        if leave > enter:
            return True
    return False
