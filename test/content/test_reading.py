"""Class maps, lists, product ids and pictures: read as published, refused in words."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.content import pictures
from ai4mars_nav.content.class_map import read_class_map
from ai4mars_nav.content.errors import UNKNOWN_INSTRUMENT, WRONG_CLASS, ContentError
from ai4mars_nav.content.listed import read_list, strangers, support
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import DUPLICATE_PRODUCT, UNREADABLE, BadInput, Findings

from .conftest import paint

DATA = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))


def test_both_published_forms_of_a_class_map(tmp_path):
    path = tmp_path / "map.txt"
    path.write_text("0       apxs\n1       apxs cal target\n")
    assert read_class_map(path) == ("apxs", "apxs cal target")
    path.write_text("1 crater\n0 other\n\n")
    assert read_class_map(path) == ("other", "crater")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 a\nb\n", "map.txt:2: 'b'; a class map has lines"),
        ("0 a\n0 b\n", "map.txt:2: class 0 was 'a' already"),
        ("0 a\n1 a\n", "map.txt:2: a second class of the name 'a'"),
        ("0 a\n2 b\n", r"its classes are \[0, 2\]; from 0 without a gap"),
        ("", r"its classes are \[\]"),
    ],
)
def test_a_class_map_that_cannot_be_used(tmp_path, text, told):
    (tmp_path / "map.txt").write_text(text)
    with pytest.raises(ContentError, match=told):
        read_class_map(tmp_path / "map.txt")


def test_origins():
    mastcam = origin_of("0292MR0002810020103587C00_DRCL")
    assert (mastcam.instrument, mastcam.group, mastcam.sol) == ("mastcam right", "sol 292", 292)
    assert origin_of("0003ml0000000110100031I01_DRCL").instrument == "mastcam left"
    assert origin_of("0564MH0003580020201843I01_DRCL").instrument == "mahli"
    crop = origin_of("ESP_011283_2265_RED-0032")
    assert (crop.instrument, crop.group, crop.sol) == ("hirise", "ESP_011283_2265", None)
    assert origin_of("holiday").instrument == "unknown"


def test_a_list_names_what_is_wrong_with_it(tmp_path):
    paint(tmp_path / "map-proj" / "ESP_011283_2265_RED-0032.jpg", 0)
    paint(tmp_path / "calibrated" / "a b.png", 1)
    listed = tmp_path / "list.txt"
    listed.write_text(
        "ESP_011283_2265_RED-0032.jpg 0\ncalibrated/a b.png 2\ncalibrated/a b.png 1\n"
        "calibrated/none.png 1\ncalibrated/a b.png 7\n"
    )
    findings = Findings(skip=True)
    found = read_list(listed, tmp_path, 3, findings)
    assert [(one.name, one.kind) for one in found] == [
        ("ESP_011283_2265_RED-0032.jpg", 0),
        ("calibrated/a b.png", 2),
    ]
    assert findings.counts() == {DUPLICATE_PRODUCT: 1, UNREADABLE: 1, WRONG_CLASS: 1}
    assert support(found, 3) == (1, 0, 1)
    problems = strangers({one.name: one.origin for one in found})
    assert [problem.kind for problem in problems] == [UNKNOWN_INSTRUMENT]
    with pytest.raises(BadInput, match=r"list.txt:3.*listed before, as class 2"):
        read_list(listed, tmp_path, 3, Findings(skip=False))


def test_the_folder_may_be_the_one_that_the_pictures_lie_in(tmp_path):
    paint(tmp_path / "calibrated" / "a.png", 1)
    (tmp_path / "list.txt").write_text("calibrated/a.png 1\n")
    found = read_list(tmp_path / "list.txt", tmp_path / "calibrated", 3, Findings(skip=False))
    assert found[0].path == tmp_path / "calibrated" / "a.png"


@pytest.mark.parametrize("text", ["a.png\n", "a.png one\n", "7\n"])
def test_a_line_that_is_none(tmp_path, text):
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(ContentError, match=r"list.txt:1: .*; a list has lines of"):
        read_list(tmp_path / "list.txt", tmp_path, 3, Findings(skip=True))


def test_a_list_of_nothing(tmp_path):
    (tmp_path / "list.txt").write_text("gone.png 1\n")
    with pytest.raises(ContentError, match="no line of it names an image"):
        read_list(tmp_path / "list.txt", tmp_path, 3, Findings(skip=True))


def test_colour_and_grey_are_three_bands(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "c.png"), pixels)
    cv2.imwrite(str(tmp_path / "g.png"), pixels[..., 0])
    assert np.array_equal(read_picture(tmp_path / "c.png"), pixels[..., ::-1])
    assert np.array_equal(read_picture(tmp_path / "g.png"), np.repeat(pixels[..., :1], 3, 2))


def _spoil(tmp_path: Path, how: str) -> Path:
    path = tmp_path / "p.png"
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    if how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_text("not a picture")
    elif how == "16 bits":
        cv2.imwrite(str(path), pixels.astype(np.uint16) * 256)
    elif how == "tiny":
        cv2.imwrite(str(path), pixels[:4])
    elif how == "transparent":
        cv2.imwrite(str(path), np.concatenate([pixels, pixels[..., :1]], axis=2))
    else:
        path = tmp_path / "p.jpg"
        cv2.imwrite(str(path), pixels)
        raw = path.read_bytes()
        if how == "cut short":
            path.write_bytes(raw[: len(raw) // 2])
        elif how == "no frame":
            path.write_bytes(raw[:2] + raw[-2:])
        elif how == "12 bits":
            at = raw.index(b"\xff\xc0")
            path.write_bytes(raw[: at + 4] + b"\x0c" + raw[at + 5 :])
    return path


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("empty", "its 0 bytes are neither"),
        ("text", "neither a PNG nor a JPEG"),
        ("16 bits", "16 bits a pixel; stretch it to 8"),
        ("12 bits", "12 bits a pixel"),
        ("tiny", "30 x 4 pixels, at least 16"),
        ("transparent", "transparent"),
        ("cut short", "truncated"),
        ("no frame", "without a frame header"),
    ],
)
def test_a_picture_that_cannot_be_used(tmp_path, how, told):
    path = _spoil(tmp_path, how)
    with pytest.raises(BadInput, match=rf"{path.name}: unreadable file: .*{told}"):
        read_picture(path)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_huge_picture_is_refused_by_its_header(tmp_path, monkeypatch, suffix):
    path = paint(tmp_path / f"p.{suffix}", 0)
    assert read_picture(path).shape == (40, 40, 3)
    monkeypatch.setattr(pictures, "LARGEST", 1599)
    with pytest.raises(BadInput, match="40 x 40 pixels, at most 1599"):
        read_picture(path)


@pytest.mark.skipif(not (DATA / "deepmars-msl").is_dir(), reason="needs deepmars (AI4MARS_DATA)")
@pytest.mark.parametrize(
    ("folder", "classes", "listed", "count"),
    [
        ("deepmars-msl", "msl_synset_words-indexed.txt", "val-calibrated-shuffled.txt", 1640),
        ("deepmars-hirise", "classmap.txt", "val.txt", 693),
    ],
)
def test_the_published_lists(folder, classes, listed, count):
    root = DATA / folder
    names = read_class_map(root / classes)
    found = read_list(root / listed, root, len(names), Findings(skip=False))
    assert len(found) == count
    assert strangers({one.name: one.origin for one in found}) == []
    assert read_picture(found[0].path).shape[2] == 3
