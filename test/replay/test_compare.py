"""References: written, read back, and compared field by field with stated tolerances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.replay.compare import compare
from ai4mars_nav.replay.digest import Digest
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.reference import (
    EXACT,
    FORMAT,
    Rules,
    Tolerance,
    read_reference,
    read_rules,
    write_reference,
)
from ai4mars_nav.settings import SettingsError


def made(change: int = 0, cells: int = 0, frame: str = "odom") -> Digest:
    """Two maps; `cells` of the second's hundred are `change` off."""
    costs = [np.arange(100, dtype=np.int8).reshape(10, 10) for _ in range(2)]
    costs[1].ravel()[:cells] += np.int8(change)
    return {
        "terrain/cost": [
            {"stamp": i, "frame_id": frame, "resolution": 0.1, "cells": cost}
            for i, cost in enumerate(costs)
        ],
        "plan": [],
    }


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "reference.npz"
    write_reference(path, made())
    assert not compare(read_reference(path), made(), EXACT)


def test_the_same_digest_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_reference(tmp_path / name, made(3, 7))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_is_within_the_tolerance_is_no_difference() -> None:
    rules = Rules(tolerances={"terrain/cost.cells": Tolerance(1.0, 0.05)})
    assert not compare(made(1, 100), made(), rules)
    assert not compare(made(9, 5), made(), rules)
    (line,) = compare(made(9, 6), made(), rules)
    assert line.startswith(
        "terrain/cost.cells of message 1: 6.00 % of the 100 values are off by more"
    )
    assert "the worst by 9" in line


def test_one_line_tells_of_all_messages_that_have_the_same_field_wrong() -> None:
    (line,) = compare(made(frame="map"), made(), EXACT)
    assert line == ("terrain/cost.frame_id of message 0, and 1 more messages: is 'map', was 'odom'")


def test_messages_that_are_missing_are_told() -> None:
    found = made()
    found["terrain/cost"].pop()
    assert compare(found, made(), EXACT) == ["terrain/cost: 1 messages, the reference has 2"]


def test_what_is_ignored_is_not_compared() -> None:
    assert not compare(made(9, 50), made(), Rules(frozenset({"terrain/cost.cells"})))
    assert not compare(made(frame="map"), made(), Rules(frozenset({"terrain/cost"})))


def test_another_shape_and_another_field_are_differences() -> None:
    found = made()
    found["terrain/cost"][0]["cells"] = np.zeros((3, 3), np.int8)
    del found["terrain/cost"][1]["resolution"]
    said = "\n".join(compare(found, made(), Rules()))
    assert "is (3, 3), was (10, 10)" in said
    assert "terrain/cost.resolution of message 1: is not in the replay" in said


def test_a_long_diff_is_cut() -> None:
    found: Digest = {f"t{i}": [{"x": 1}] for i in range(50)}
    lines = compare(found, {}, EXACT)
    assert lines[-1] == "and 20 lines more"


def test_rules_beside_a_reference_go_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "ignore: [cmd_vel, terrain/overlay.mean]\n"
        "tolerances: {terrain/cost.cells: {within: 3, share: 0.5}}\n"
    )
    rules = read_rules(tmp_path / "r.npz")
    assert rules.ignores("cmd_vel")
    assert rules.ignores("terrain/overlay", "mean")
    assert not rules.ignores("terrain/overlay")
    assert rules.tolerance("terrain/cost", "cells") == Tolerance(3.0, 0.5)
    assert rules.tolerance("plan", "length") == Rules().tolerance("plan", "length")
    assert rules.tolerance("plan", "empty") == Tolerance()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ignored: []", "unknown key 'ignored'"),
        ("ignore: cmd_vel", "ignore must be a list"),
        ("ignore: [terrain/klasses]", "'terrain/klasses' is no output"),
        ("tolerances: {terrain/cost.cells: {with: 1}}", "unknown key 'with'"),
        ("tolerances: {terrain/cost.cells: {share: 2}}", "share is 2"),
    ],
)
def test_rules_that_are_wrong_name_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises((ReplayError, SettingsError), match=named) as refusal:
        read_rules(tmp_path / "r.npz")
    assert "r.yaml" in str(refusal.value)


def test_what_is_no_reference_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    for content in (b"", b"a letter"):
        path.write_bytes(content)
        with pytest.raises(ReplayError, match=r"r\.npz: is no reference"):
            read_reference(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ReplayError, match=r"r\.npz: is no reference"):
        read_reference(path)
    np.savez(path, digest=np.array(f'{{"format": {FORMAT + 1}}}'))
    with pytest.raises(ReplayError, match="--update writes it anew"):
        read_reference(path)
