"""`ai4mars content triage` on a folder, with the shipped classifier."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from ai4mars_nav import cli

from .conftest import picture

WANTS = "classes: {ground: 1.0}\nnovel: 1.0\npass: {budget: 1 MB}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures and one that is none."""
    folder = tmp_path / "images"
    (folder / "later").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.jpg", "later/a.png", "later/c.jpg")):
        cv2.imwrite(str(folder / name), picture(number % 3, number, side=160)[..., ::-1])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def triage(folder: Path, wants: Path, *words: str) -> int:
    out = folder.parent / "out"
    return cli.main(
        ["content", "triage", str(folder), "--wants", str(wants), "-o", str(out), *words]
    )


@pytest.fixture
def wants(tmp_path: Path) -> Path:
    """Wants of the shipped classifier's classes."""
    path = tmp_path / "wants.yaml"
    path.write_text(WANTS, encoding="utf-8")
    return path


def test_the_pass_is_on_disk_within_its_budget(
    folder: Path, wants: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert triage(folder, wants, "--budget", "9kB") == 0
    told = capsys.readouterr()
    assert "broken.png" in told.err and "1 of kind: unreadable file" in told.err
    out = folder.parent / "out"
    sent = json.loads((out / "downlink.json").read_text(encoding="utf-8"))
    assert sent["images"] == 4 and sent["budget"] == 9000
    files = sorted((out / "pass").iterdir())
    assert 0 < sum(file.stat().st_size for file in files) <= 9000
    assert all(cv2.imread(str(file)) is not None for file in files)
    assert cv2.imread(str(out / "triage.png")) is not None
    names = {row.split(",")[0] for row in (out / "images.csv").read_text().splitlines()[1:]}
    assert names == {"a.png", "b.jpg", "later/a.png", "later/c.jpg"}


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("classes: {fossil: 1}", [], "wants.yaml: classes: unknown key 'fossil'"),
        (WANTS, ["--budget", "a lot"], "budget 'a lot' is no number of bytes"),
        (WANTS, ["--known", "none.npz"], "none.npz"),
        (WANTS, ["--model", "none"], "content model 'none' is not in"),
    ],
)
def test_what_cannot_be_used_is_named_before_an_image_is_looked_at(
    folder: Path, wants: Path, capsys: pytest.CaptureFixture[str],
    text: str, words: list[str], told: str,
) -> None:  # fmt: skip
    wants.write_text(text, encoding="utf-8")
    assert triage(folder, wants, *words) == cli.REFUSED
    assert told in capsys.readouterr().err
    assert not (folder.parent / "out").exists()


def test_a_folder_without_images_is_named(
    tmp_path: Path, wants: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert triage(tmp_path / "empty", wants) == cli.REFUSED
    assert "empty: no images in it" in capsys.readouterr().err
