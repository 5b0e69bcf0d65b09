"""The track of a drive on disk: what was driven is read back, what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.trial.errors import TrialError
from ai4mars_nav.trial.track import read_track, track_of, write_track


def truth(k: int) -> Truth:
    place = (0.05 * k, 1.0, 0.1)
    ordered = (0.5, -0.2)
    return Truth(
        k, 0.1 * k, place, place, ordered, 0.5, 0.1, 0.0, 0.02, 40.0 * k, 0.05 * k, False, False,
        "", (), 0,
    )  # fmt: skip


def test_a_track_is_read_back(tmp_path: Path) -> None:
    path = track_of(tmp_path / "drives" / "3-fused.json")
    write_track(path, [truth(k) for k in range(5)])
    found = read_track(path)
    assert path.name == "3-fused.npz" and not list(path.parent.glob("*.part"))
    np.testing.assert_allclose(found.time, [0.0, 0.1, 0.2, 0.3, 0.4], rtol=1e-6)
    assert found.place.shape == (5, 3) and found.ordered.shape == (5, 2)
    np.testing.assert_allclose(found.ordered[4], [0.5, -0.2])
    np.testing.assert_allclose(found.energy_j, 40.0 * np.arange(5))


def test_a_missing_or_damaged_track_is_named(tmp_path: Path) -> None:
    path = tmp_path / "1-fused.npz"
    with pytest.raises(TrialError, match=r"1-fused\.npz: there is no such track; .* drive again"):
        read_track(path)
    path.write_bytes(b"PK nothing")
    with pytest.raises(TrialError, match=r"1-fused\.npz: is not a track"):
        read_track(path)
    np.savez(path, time=np.zeros(3))
    with pytest.raises(TrialError, match="place"):
        read_track(path)
