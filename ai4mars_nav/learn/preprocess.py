"""Grey levels to what every network takes: the preprocessing that the sidecar states."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

SCALE = 2.0 / 255.0
OFFSET = -1.0


def as_input(images: npt.NDArray[np.uint8]) -> Tensor:
    """(n, h, w) uint8 grey to (n, 1, h, w) float32 in -1..1."""
    return torch.from_numpy(images).unsqueeze(1).float() * SCALE + OFFSET
