"""How common each class is in a delivery, found from its pictures themselves, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibrate import NEVER_SEEN
from ai4mars_nav.content.calibration import Calibration, Scaling, calibrated

F64 = NDArray[np.float64]

_ROUNDS = 200
_ALIKE = 1.0
"""Pictures that every class is given beforehand, so that none is ever ruled out."""


def with_own_shares(logits: F64, calibration: Calibration, instruments: Sequence[str]) -> F64:
    """Probabilities (n, classes) with the shares of these pictures in place of the biases.

    Temperatures stay those of the instruments (n,) that took the pictures.

    By expectation and maximisation (Saerens et al. 2002): probabilities as if all classes were
    equally common give shares, these better probabilities, and so on. It needs many pictures.
    """
    level = replace(
        calibration,
        shared=_level(calibration.shared),
        instruments={name: _level(one) for name, one in calibration.instruments.items()},
    )
    alike = calibrated(logits, level, instruments)
    shares = np.full(alike.shape[1], 1.0 / alike.shape[1])
    weighed = alike
    for _ in range(_ROUNDS):
        weighed = alike * shares
        weighed /= weighed.sum(axis=1, keepdims=True)
        shares = (weighed.sum(axis=0) + _ALIKE) / (len(alike) + _ALIKE * len(shares))
    return weighed


def _level(scaling: Scaling) -> Scaling:
    """Without biases; what training never saw stays out."""
    unseen = np.asarray(scaling.bias) <= NEVER_SEEN
    return replace(scaling, bias=tuple(np.where(unseen, NEVER_SEEN, 0.0).tolist()))
