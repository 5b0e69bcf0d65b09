"""The colours of cost in all pictures: cheap is light, dear is dark, lethal is red. RGB u8."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.poster import Colour, Picture

UNSEEN: Colour = (228, 226, 221)
LETHAL: Colour = (200, 45, 45)
TICKS = [(0.0, "1"), (0.5, "50"), (1.0, "99")]
"""Of the bar of colours, beside `RAMP`."""
_LIGHT, _DARK = 235, 27
"""Of the 256 steps of OpenCV's map, the ends that are neither white nor black."""
_BGR = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_MAGMA)
RAMP: Picture = np.ascontiguousarray(_BGR[np.linspace(_LIGHT, _DARK, 99).astype(int), 0, ::-1])
"""A colour (99, 3) RGB for each of the costs 1 to 99."""


def paint_cost(picture: Picture, cost: NDArray[np.integer]) -> None:
    """Colour the known cells of a picture (h, w, 3) by cost (h, w): 1 to 99, 100 lethal."""
    graded = (cost >= 0) & (cost < 100)
    picture[graded] = RAMP[np.maximum(cost[graded] - 1, 0)]
    picture[cost >= 100] = LETHAL
