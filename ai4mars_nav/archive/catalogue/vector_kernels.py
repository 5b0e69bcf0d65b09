"""The cosine of one vector with each of many, as bytes; its plain twin is in the tests."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
F32 = NDArray[np.float32]


def closeness(vectors: I8, one: I8) -> F32:
    """(n,) cosines of (n, d) with (d,)."""
    found = np.empty(len(vectors), np.float32)
    _closeness(vectors, one.astype(np.int16), found)
    return found


@numba.njit(cache=True, nogil=True, fastmath=True)
def _closeness(vectors: I8, one: NDArray[np.int16], found: F32) -> None:
    own = 0.0
    for k in range(one.shape[0]):
        own += np.float64(one[k]) * one[k]
    for i in range(vectors.shape[0]):
        row = vectors[i]
        dot, size = np.int32(0), np.int32(0)
        for k in range(row.shape[0]):
            dot += np.int32(row[k]) * np.int32(one[k])
            size += np.int32(row[k]) * np.int32(row[k])
        lengths = np.sqrt(own * size)
        found[i] = np.float32(dot / lengths) if lengths > 0.0 else np.float32(0.0)
