"""Patches of albedo and of dust that are metres wide: what makes one piece of ground differ from
the next, seen from afar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march.noise_kernels import noises

F32 = NDArray[np.float32]

_STEP = 0.25
"""Metres between the places where noise is worked out; all waves are longer."""
_TINT = ((37.0, 0.5), (13.0, 0.6), (5.3, 0.7), (2.3, 0.4), (1.1, 0.3))
_DUST = ((13.0, 0.35), (5.3, 0.45), (1.1, 0.55))
"""Wavelength in metres, and weight."""


def patches(
    shape: tuple[int, ...], first: tuple[float, float], spacing: float, table: F32, strength: float
) -> tuple[F32, F32]:
    """Factor of albedo about 1, and dust 0..1 (rows, columns), of nodes `spacing` metres apart;
    node (0, 0) is at x, y = `first`."""
    every = max(1, round(_STEP / spacing))
    rows, columns = (-(-n // every) + 1 for n in shape)
    tint, dust = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for total, waves, apart in ((tint, _TINT, 0.0), (dust, _DUST, 71.0)):
        for wave, weight in waves:
            at = (first[0] / wave + apart + wave, first[1] / wave + apart)
            total += np.float32(weight) * noises(rows, columns, at, every * spacing / wave, table)
    tint = np.exp(np.float32(strength) * tint)
    dust = np.clip(0.5 + dust, 0.0, 1.0)
    return _finer(tint, every, shape), _finer(dust, every, shape)


def _finer(coarse: F32, every: int, shape: tuple[int, ...]) -> F32:
    """Every `every`th node told -> all nodes (rows, columns), linear between."""
    fine = coarse
    for axis, count in enumerate(shape):
        at = np.arange(count, dtype=np.float32) / np.float32(every)
        low = np.minimum(at.astype(np.int64), fine.shape[axis] - 2)
        share = np.expand_dims(at - low.astype(np.float32), 1 - axis)
        here, there = np.take(fine, low, axis), np.take(fine, low + 1, axis)
        fine = here + share * (there - here)
    return np.asarray(fine, np.float32)
