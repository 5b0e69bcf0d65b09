"""The images that are known, and how alike any two of them are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.image import Seen
from ai4mars_nav.content.triage.likeness import likeness
from ai4mars_nav.content.triage.wants import AlikeSettings

F64 = NDArray[np.float64]


class Album:
    """Grows by one image at a time; the likeness of pairs is kept, not computed anew."""

    def __init__(self, alike: AlikeSettings) -> None:
        self._settings = alike
        self.images: list[Seen] = []
        self.alike: F64 = np.zeros((0, 0))
        """(n, n), symmetric, 1 on the diagonal."""

    def add(self, seen: Seen) -> None:
        """One image more."""
        count = len(self.images)
        row = likeness(seen, self.images, self._settings)
        grown = np.ones((count + 1, count + 1))
        grown[:count, :count] = self.alike
        grown[count, :count] = grown[:count, count] = row
        self.alike = grown
        self.images.append(seen)

    def forget(self, at: int) -> None:
        """One image less."""
        del self.images[at]
        kept = np.arange(len(self.alike)) != at
        self.alike = self.alike[np.ix_(kept, kept)]
