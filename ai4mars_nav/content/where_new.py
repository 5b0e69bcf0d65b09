"""Where in a picture that is which its novelty is made of: DEMUD's explanation, laid out on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_THIRDS = (("upper left", "top", "upper right"), ("left", "middle", "right"),
           ("lower left", "bottom", "lower right"))  # fmt: skip


def places_of(seen: F32, residual: F64) -> F64:
    """(rows, columns): how much each place adds to the length of a residual (2 c,), their sum.

    Features are mean and maximum of what was seen (c, rows, columns): the mean is of all places,
    a maximum of one. A maximum that is missing is missing everywhere, and so shared by all.
    """
    count, rows, columns = seen.shape
    places = seen.reshape(count, -1).astype(np.float64)
    length = float(np.linalg.norm(residual))
    if length == 0.0:
        return np.zeros((rows, columns))
    by_mean, by_max = residual[:count], residual[count:]
    expected = places.mean(axis=1) - by_mean
    adds = (by_mean / length) @ (places - expected[:, None]) / places.shape[1]
    more = by_max > 0.0
    adds += np.bincount(places.argmax(axis=1), more * by_max**2 / length, places.shape[1])
    adds += float((~more * by_max**2).sum()) / length / places.shape[1]
    return np.asarray(adds.reshape(rows, columns), np.float64)


def in_words(places: F64) -> str:
    """Which ninth of a picture holds most of what is new, and what share of it."""
    above = np.maximum(places, 0.0)
    whole = float(above.sum())
    if whole == 0.0:
        return "nowhere"
    ninths = np.zeros((3, 3))
    # a place belongs to the third that its middle lies in
    down, across = ((2 * np.arange(count) + 1) * 3 // (2 * count) for count in places.shape)
    np.add.at(ninths, (down[:, None], across[None]), above)
    at = np.unravel_index(int(ninths.argmax()), ninths.shape)
    return f"{_THIRDS[at[0]][at[1]]} ({ninths[at] / whole:.0%})"
