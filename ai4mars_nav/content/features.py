"""A picture in numbers that novelty is told by: what the classifier's last layer saw, pooled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


def pooled(seen: F32) -> F64:
    """(2 c,) of (c, rows, columns): mean and maximum of each channel, as the network pools them."""
    places = seen.reshape(len(seen), -1)
    return np.concatenate([places.mean(axis=1, dtype=np.float64), places.max(axis=1)])
