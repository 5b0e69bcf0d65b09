"""What the black border in a square of a map-projected image says of a class: it is an edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.no_data import BLACK
from ai4mars_nav.perception.document import Section

U8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Border:
    """What a share of black border adds to the logit of one class: a line, level at both ends."""

    kind: int
    """The class, by number."""
    slope: float
    """Of the logit, a unit of share."""
    level: float
    """Share that says nothing."""
    lowest: float
    highest: float
    """Shares between which more border says more."""

    def says(self, picture: U8) -> float:
        """To be added to the class's logit for a picture (h, w, 3) RGB."""
        share = min(max(border_share(picture), self.lowest), self.highest)
        return self.slope * (share - self.level)


def border_share(picture: U8) -> float:
    """Share of a picture (h, w, 3) that is black and joined to an edge of it; shadows are not."""
    black = cv2.inRange(picture, np.zeros(3), np.full(3, float(BLACK)))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=4)
    lines = (parts[0], parts[-1], parts[:, 0], parts[:, -1])
    touching = np.unique(np.concatenate(lines))
    return float(stats[touching[touching > 0], cv2.CC_STAT_AREA].sum() / black.size)


def border_document(border: Border, classes: Sequence[str]) -> dict[str, Any]:
    """As it stands in a sidecar, its class by name."""
    numbers = {key: value for key, value in asdict(border).items() if key != "kind"}
    return {"class": classes[border.kind], **numbers}


def read_border(section: Section, classes: Sequence[str]) -> Border:
    """The section `border` of a sidecar's output."""
    name = section.choice("class", tuple(classes))
    slope, level = section.number("slope"), section.number("level")
    lowest = section.number("lowest", lowest=0.0, highest=1.0)
    highest = section.number("highest", lowest=lowest, highest=1.0)
    section.nothing_left()
    return Border(classes.index(name), slope, level, lowest, highest)
