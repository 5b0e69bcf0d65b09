"""`ai4mars replay`: what is refused, before anything is started, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ai4mars_nav.cli import main

from .conftest import Sequence


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["replay", *words]) == 2
    return capsys.readouterr().err


def test_a_bag_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "nowhere"
    assert f"{path}: there is no such bag" in refused(capsys, str(path))


def test_a_folder_that_holds_a_replay_already(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, bag: Path
) -> None:
    (tmp_path / "bag").mkdir()
    assert "holds a replay already" in refused(capsys, str(bag), "--out", str(tmp_path))


def test_a_start_after_the_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, bag: Path
) -> None:
    out = str(tmp_path / "out")
    assert "--start is 99 s" in refused(capsys, str(bag), "--out", out, "--start", "99")
    assert not (tmp_path / "out").exists()


def test_references_that_cannot_be(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, bag: Path
) -> None:
    assert "--compare which reference" in refused(capsys, str(bag), "--update")
    missing = str(tmp_path / "r.npz")
    assert "--update makes it" in refused(capsys, str(bag), "--compare", missing)


def test_a_remap_that_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, bag: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("remap: {topics: {left: /a}}")
    said = refused(capsys, str(bag), "--remap", str(path))
    assert f"{path}: remap.topics: unknown topic 'left'" in said


@pytest.mark.parametrize(
    "words", [("--rate", "0"), ("--start", "-1"), ("--loop", "0"), ("--duration", "nan")]
)
def test_numbers_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], bag: Path, words: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit):
        main(["replay", str(bag), *words])
    assert words[0] in capsys.readouterr().err


def test_a_foreign_bag_is_told_which_remap_fits(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    sequence: Sequence,
    write_bag: Callable[..., Path],
) -> None:
    from dataclasses import replace

    entries = [
        replace(each, topic="/zed/zed_node/left/image_rect_color")
        for each in sequence.entries
        if each.topic == "/left/image_rect"
    ]
    said = refused(capsys, str(write_bag(tmp_path / "bag", entries)))
    assert "no left/image_rect in it" in said
    assert "--remap zed" in said


def test_a_parameter_file_that_is_wrong_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, bag: Path
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("/**/terain: {}")
    out = str(tmp_path / "out")
    assert "unknown section" in refused(capsys, str(bag), "--out", out, "--params", str(path))
