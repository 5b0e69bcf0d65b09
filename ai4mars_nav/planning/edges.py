"""Where a way toward a goal off the map leaves it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.planning.field import LETHAL, UNKNOWN
from ai4mars_nav.planning.task import Cost


def border(cost: Cost) -> NDArray[np.bool_]:
    """Cells on the map's border that are not lethal, shape of `cost`."""
    found = cost < LETHAL
    found[1:-1, 1:-1] = False
    return found


def edge_of_the_seen(cost: Cost) -> NDArray[np.bool_]:
    """Passable seen cells on the map's border or beside an unseen one, shape of `cost`."""
    unseen = np.pad((cost == UNKNOWN).astype(np.uint8), 1, constant_values=1)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    beside: NDArray[np.bool_] = cv2.dilate(unseen, cross)[1:-1, 1:-1].astype(np.bool_)
    return beside & (cost >= 0) & (cost < LETHAL)
