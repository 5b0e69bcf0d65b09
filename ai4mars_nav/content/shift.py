"""How common each class is in a delivery, found from its pictures themselves, without labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibrate import NEVER_SEEN
from ai4mars_nav.content.classifier import calibrated
from ai4mars_nav.content.sidecar import Calibration

F64 = NDArray[np.float64]

_ROUNDS = 200
_ALIKE = 1.0
"""Pictures that every class is given beforehand, so that none is ever ruled out."""


def with_own_shares(logits: F64, calibration: Calibration) -> F64:
    """Probabilities (n, classes) with the shares of these pictures in place of the biases.

    By expectation and maximisation (Saerens et al. 2002): probabilities as if all classes were
    equally common give shares, these better probabilities, and so on. It needs many pictures.
    """
    bias = np.asarray(calibration.bias)
    unseen = bias <= NEVER_SEEN
    level = replace(calibration, bias=tuple(np.where(unseen, NEVER_SEEN, 0.0).tolist()))
    alike = calibrated(logits, level)
    shares = np.full(alike.shape[1], 1.0 / alike.shape[1])
    weighed = alike
    for _ in range(_ROUNDS):
        weighed = alike * shares
        weighed /= weighed.sum(axis=1, keepdims=True)
        shares = (weighed.sum(axis=0) + _ALIKE) / (len(alike) + _ALIKE * len(shares))
    return weighed
