"""The track of a drive: where the rover was and what it was told, moment by moment, as one .npz."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.trial.errors import TrialError

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    """n moments; seconds, metres, radians, joules."""

    time: F32
    """(n,)"""
    place: F32
    """(n, 3) x, y, yaw in truth."""
    ordered: F32
    """(n, 2) m/s and rad/s that took the rover to this moment from the one before."""
    slip: F32
    tilt: F32
    energy_j: F32
    distance_m: F32


def track_of(record: Path) -> Path:
    """Where the track of a drive is, beside its record."""
    return record.with_suffix(".npz")


def write_track(path: Path, truths: Sequence[Truth]) -> None:
    """Write the track, in full or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns: dict[str, Any] = {
        each.name: np.array([getattr(truth, each.name) for truth in truths], np.float32)
        for each in fields(Track)
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **columns)
    part.replace(path)


def read_track(path: Path) -> Track:
    """The track of a drive; what is missing or damaged is named."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return Track(**{each.name: archive[each.name] for each in fields(Track)})
    except FileNotFoundError as error:
        raise TrialError(
            f"{path}: there is no such track; drives of older benchmarks have none, drive again"
        ) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrialError(f"{path}: is not a track that can be read: {error}") from error
