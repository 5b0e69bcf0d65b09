"""How far one image stands for another: whether they look alike and show the same place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.image import Seen
from ai4mars_nav.content.triage.wants import AlikeSettings

F64 = NDArray[np.float64]


def likeness(one: Seen, others: Sequence[Seen], wanted: AlikeSettings) -> F64:
    """0..1 of each of the others: alike in looks times alike in place, where both are known."""
    if not others:
        return np.zeros(0)
    cosines = np.stack([each.feature for each in others]) @ one.feature
    looks = np.clip((cosines - wanted.strange) / (wanted.same - wanted.strange), 0.0, 1.0)
    return np.asarray(looks * np.array([_nearness(one, each, wanted.apart) for each in others]))


def shared(worths: F64, alike: F64) -> F64:
    """(n,) of worths (n,): what an image has for itself; of ten that are alike, a tenth each.

    An image is set against those like it by what they are worth: a dull one takes nothing from a
    good one.
    """
    crowd = alike @ worths
    return np.divide(worths**2, crowd, out=np.zeros_like(worths), where=worths > 0.0)


def stands_for(worths: F64, alike: F64) -> F64:
    """(n, n): what image j, sent whole, tells of image i, as far as it is like it and as good."""
    own = shared(worths, alike)
    as_good = np.divide(
        np.minimum(worths[:, None], worths[None, :]),
        worths[None, :],
        out=np.zeros_like(alike),
        where=worths[None, :] > 0.0,
    )
    return np.asarray(alike * as_good * own[None, :])


def _nearness(one: Seen, other: Seen, apart: float) -> float:
    if one.place is None or other.place is None:
        return 1.0
    distance = float(np.linalg.norm(np.subtract(one.place, other.place)))
    return max(0.0, 1.0 - distance / apart)
