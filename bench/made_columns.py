"""Made columns of any size, without a store: the index alone at 10 and 31 million images.

The shares are those of `made_archive.py`; made with NumPy, a million images a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.columns import (
    NAME_BYTES,
    Columns,
    Lists,
    Orders,
    Snapshot,
    starts,
)
from ai4mars_nav.archive.catalogue.tables import NUMBERS
from made_archive import CLASSES, HIRISE, INSTRUMENTS, LANDMARKS

_SOLS, _SITES = 4200, 127


def made_snapshot(rows: int, seed: int = 1) -> Snapshot:
    """A snapshot of so many images, in the order of their sols."""
    rng = np.random.default_rng(seed)
    codes = np.zeros((rows, 5), np.uint16)
    orbit = rng.random(rows) < HIRISE / 3.7e6
    camera = 1 + rng.choice(5, rows, p=[share for share, _ in INSTRUMENTS.values()])
    sol = (np.arange(rows, dtype=np.int64) * _SOLS // rows).astype(np.uint16)
    codes[:, 0] = 1 + orbit
    codes[:, 1] = np.where(orbit, 6, camera)
    codes[:, 2] = rng.choice(5, rows, p=(0.955, 0.01, 0.002, 0.013, 0.02)) + 1
    codes[:, 3] = np.where(orbit, 0, sol // 33 + 1)
    codes[:, 4] = np.where(orbit, 0, sol + 2)
    numbers = np.empty((len(NUMBERS), rows), np.float32)
    spans = {"drive": 2310, "north": 230, "east": 400, "sun": 85, "rocks": 4, "novelty": 2}
    for at, name in enumerate(NUMBERS):
        numbers[at] = rng.random(rows, np.float32) * np.float32(spans.get(name, 100))
    numbers[1:3, camera < 4] = np.nan
    numbers[4:9, camera < 4] = np.nan
    time = (sol.astype(np.int64) * 88775 + rng.integers(0, 40_000, rows)) * 10**9
    columns = Columns(
        np.arange(1, rows + 1), codes, numbers, time, _answers(rng, orbit), _marks(rng, orbit),
        _names(sol),
    )  # fmt: skip
    orders = Orders(
        np.argsort(~time, kind="stable").astype(np.uint32),
        np.argsort(-numbers[-1]).astype(np.uint32),
        np.arange(rows, dtype=np.uint32),  # names are made in their order
        columns.names,
    )
    vocabulary = {
        "mission": ("msl", "mro"), "instrument": (*INSTRUMENTS, "hirise"),
        "target": ("mars", "sun", "phobos", "calibration", "unknown"),
        "site": tuple(f"curiosity {n}" for n in range(_SITES + 1)),
        "class": tuple(CLASSES), "landmark": LANDMARKS,
    }  # fmt: skip
    return Snapshot("made", rows, columns, orders, vocabulary)


def _answers(rng: np.random.Generator, orbit: NDArray[np.bool_]) -> Lists:
    """One class an image, a second one where the first leaves room; none from orbit."""
    rows = len(orbit)
    shares = np.array(list(CLASSES.values()), float)
    sure = ((1.0 - rng.beta(0.55, 1.9, rows) * 0.9) * 100).astype(np.uint16)
    rest = ((100 - sure) * 0.7).astype(np.uint16)
    sizes = np.where(orbit, 0, 1 + (rest >= 5)).astype(np.int64)
    start = starts(sizes)
    kind = 1 + rng.choice(len(shares), int(start[-1]), p=shares / shares.sum())
    value = np.repeat(rest, sizes)
    value[start[:-1][sizes > 0]] = sure[sizes > 0]
    return Lists(start.astype(np.uint32), kind.astype(np.uint16), value)


def _marks(rng: np.random.Generator, orbit: NDArray[np.bool_]) -> Lists:
    sizes = np.where(orbit, 3, 0).astype(np.int64)
    start = starts(sizes)
    count = int(start[-1])
    kind = np.tile(np.array([2, 3, 4], np.uint16), count // 3)
    return Lists(start.astype(np.uint32), kind, rng.geometric(0.2, count).astype(np.uint16))


def _names(sol: NDArray[np.uint16]) -> NDArray[np.bytes_]:
    """0077MR0000001234, the sol and a number that rises."""
    names = np.zeros((len(sol), NAME_BYTES), np.uint8)
    names[:, 4:6] = np.frombuffer(b"MR", np.uint8)
    for digits, first, numbers in ((4, 0, sol.astype(np.int64)), (10, 6, np.arange(len(sol)))):
        for at in range(digits):
            names[:, first + at] = ord("0") + numbers // 10 ** (digits - 1 - at) % 10
    return names.reshape(-1).view(f"S{NAME_BYTES}")
