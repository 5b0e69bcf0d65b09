"""How the nodes are started for a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai4mars_nav.replay.account import Asked


@pytest.mark.parametrize("rate", [None, 2.0])
def test_a_recorded_rover_is_watched_for_neither_headway_nor_slip(
    tmp_path: Path, rate: float | None
) -> None:
    """It does not obey: it was called stuck, and the map barred the place."""
    commands = Asked(tmp_path, tmp_path / "out", rate=rate).commands()
    for watched in ("headway", "slip"):
        off = f"{watched}.watch:=false"
        assert [name for name, words in commands.items() if off in words] == ["driver"]
    for words in commands.values():
        assert ("lockstep:=true" in words) == (rate is None)
