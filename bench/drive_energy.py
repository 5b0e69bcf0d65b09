"""What the rover does with its time and energy: the tracks of a drive benchmark, by what it did.

    python bench/drive_energy.py out/trial-1000

For each mode, over the drives that arrived: seconds, joules and metres of way a metre made good.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.trial.modes import MODES
from ai4mars_nav.trial.plan import read_record
from ai4mars_nav.trial.score import HIGH_SLIP
from ai4mars_nav.trial.track import Track, read_track, track_of

STILL = 1e-3
"""m/s or rad/s under which nothing was ordered."""
TIGHT = 0.5
"""1/m from which on a way is a tight curve."""
SLOW = 0.3
"""m/s under which the driver holds the rover back."""


def done(track: Track) -> dict[str, NDArray[np.bool_]]:
    """What was done in each moment after the first, (n - 1,); the first that fits holds."""
    linear, angular = np.abs(track.ordered[1:].T)
    kinds = {
        "stands": (linear < STILL) & (angular < STILL),
        "turns in place": linear < STILL,
        "backs": track.ordered[1:, 0] < 0.0,
        "slips over 40 %": track.slip[1:] > HIGH_SLIP,
        "is held back": linear < SLOW,
        "drives a tight curve": angular > TIGHT * linear,
        "drives": np.ones(len(linear), np.bool_),
    }
    free = np.ones(len(linear), np.bool_)
    for name, kind in kinds.items():
        kinds[name] = kind & free
        free &= ~kind
    return kinds


def arrived(folder: Path, mode: str) -> Iterator[tuple[float, Track]]:
    """Metres made good and the track of each drive of a mode that reached its goal."""
    for record in sorted((folder / "drives").glob(f"*-{mode}.json")):
        scores = read_record(record)["scores"]
        if scores["reached"]:
            yield scores["made_good_m"], read_track(track_of(record))


def main() -> None:
    """Print a table for each mode."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="of `ai4mars bench drive`")
    folder = parser.parse_args().folder
    for mode in MODES:
        made_good, took = 0.0, defaultdict[str, NDArray[np.float64]](lambda: np.zeros(3))
        for metres, track in arrived(folder, mode):
            made_good += metres
            spent = np.diff([track.time, track.energy_j, track.distance_m])
            for name, when in done(track).items():
                took[name] += spent[:, when].sum(axis=1)
        if not made_good:
            continue
        print(f"\n| {mode} | s | J | way, m |\n|---|---|---|---|")
        took["in all"] = np.sum(list(took.values()), axis=0)
        for name, (seconds, joules, way) in took.items():
            per = seconds / made_good, joules / made_good, way / made_good
            print(f"| {name} | {per[0]:.3f} | {per[1]:.1f} | {per[2]:.3f} |")


if __name__ == "__main__":
    main()
