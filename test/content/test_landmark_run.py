"""`ai4mars content landmarks`: tables, counts and pictures; the border is filtered, runs go on."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content import landmark_run, pictures
from ai4mars_nav.content.landmarked import Classified, Landmarked
from ai4mars_nav.content.landmarks import Box
from ai4mars_nav.content.pictures import read_whole_grey
from ai4mars_nav.dataset.errors import BadInput

from . import orbit
from .parquet_reader import read_parquet as read_table


def landmarks(capsys, *words):
    code = cli.main(["content", "landmarks", *(str(word) for word in words)])
    return code, *capsys.readouterr()


@pytest.fixture
def image(tmp_path):
    levels = orbit.ground(700, 900, 0)
    orbit.add_crater(levels, 300, 350, 40)
    orbit.add_dune(levels, 650, 300, 40)
    path = tmp_path / "ESP_011283_2265_RED.png"
    assert cv2.imwrite(str(path), orbit.image(levels))
    return path


def test_a_row_a_landmark_in_each_table_and_boxes_in_the_picture(image, colour_model, capsys):
    out = image.parent / "out"
    code, told, heard = landmarks(
        capsys, image, "--model", colour_model, "-o", out, "--at-least", 0.3
    )
    assert code == 0, heard
    rows = list(csv.DictReader((out / "landmarks.csv").open()))
    assert len(rows) >= 2 and {row["group"] for row in rows} == {"ESP_011283_2265"}
    table = read_table(out / "landmarks.parquet")
    assert list(table) == list(rows[0])
    assert [str(value) for value in table["box_left"]] == [row["box_left"] for row in rows]
    assert list(table["class"]) == [row["class"] for row in rows]
    found = json.loads((out / "landmarks.json").read_text())
    one = found["images"][image.name]
    assert one["landmarks"] == len(rows) == sum(one["counts"].values())
    assert f"{image.name}: {len(rows)} landmarks" in told
    for row in rows:
        box, square = (
            [int(row[f"{kind}_{edge}"]) for edge in ("left", "top", "right", "bottom")]
            for kind in ("box", "square")
        )
        assert square[2] - square[0] == square[3] - square[1]
        assert (
            square[0] <= box[0] < box[2] <= square[2] and square[1] <= box[1] < box[3] <= square[3]
        )
    picture = cv2.imread(str(out / f"{image.name}.landmarks.jpg")).astype(int)
    assert picture.shape == (700, 900, 3)
    box = [int(rows[0][f"box_{edge}"]) for edge in ("left", "top", "right", "bottom")]
    plain = cv2.imread(str(image)).astype(int)
    along = np.abs(picture - plain)[box[1], box[0] + 2 : box[2] - 2]
    assert along.mean() > 40


def test_edges_and_unsure_ones_are_not_counted():
    box = Box(0, 0, 10, 10)
    each = [("crater", 0.95), ("crater", 0.5), ("edge", 0.99), ("dark_dune", 0.9)]
    found = Landmarked("x", 9, 9, tuple(Classified(box, box, 5.0, n, 0, p) for n, p in each))
    assert found.counts(0.9) == {"crater": 1, "dark_dune": 1}
    assert found.counts(0.0) == {"crater": 2, "dark_dune": 1}


def test_a_run_again_does_what_is_new_and_names_what_is_bad(
    image, colour_model, capsys, monkeypatch
):
    out = image.parent / "out"
    cut = image.with_name("cut.jpg")
    cut.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    words = (image, cut, "--model", colour_model, "-o", out)
    code, _, heard = landmarks(capsys, *words)
    assert code == 0 and "cut.jpg" in heard
    found = json.loads((out / "landmarks.json").read_text())
    assert found["problems"] == {"unreadable file": 1} and list(found["images"]) == [image.name]
    first = (out / "landmarks.csv").read_bytes()

    def never(*_):
        raise AssertionError("done again")

    monkeypatch.setattr(landmark_run, "landmarked", never)
    assert landmarks(capsys, *words)[0] == 0
    assert (out / "landmarks.csv").read_bytes() == first
    code, _, heard = landmarks(capsys, *words, "--peak", 6)
    assert code != 0 and "peak: 4.5, now 6.0" in heard


def test_an_image_without_landmarks_leaves_empty_tables(tmp_path, colour_model, capsys):
    path = tmp_path / "flat.png"
    assert cv2.imwrite(str(path), np.full((300, 300), 90, np.uint8))
    code, told, _ = landmarks(capsys, path, "--model", colour_model, "-o", tmp_path / "out")
    assert code == 0 and "0 landmarks; at 0.9: none" in told
    assert list(csv.DictReader((tmp_path / "out" / "landmarks.csv").open())) == []


def test_options_that_cannot_be_are_refused(image, colour_model, capsys):
    words = (image, "--model", colour_model, "-o", image.parent / "out")
    code, _, heard = landmarks(capsys, *words, "--at-least", 1.5)
    assert code != 0 and "--at-least is 1.5" in heard
    code, _, heard = landmarks(capsys, *words, "--overlap", 2)
    assert code != 0 and "overlap" in heard
    code, _, heard = landmarks(capsys, image, *words)
    assert code != 0 and "two images of this name" in heard


def test_whole_images_may_be_larger_but_not_transparent(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    assert cv2.imwrite(str(path), np.full((40, 50, 3), 70, np.uint8))
    monkeypatch.setattr(pictures, "LARGEST", 1000)
    assert read_whole_grey(path).shape == (40, 50)
    monkeypatch.setattr(pictures, "LARGEST_WHOLE", 1500)
    with pytest.raises(BadInput, match="50 x 40 pixels, at most 1500"):
        read_whole_grey(path)
    monkeypatch.setattr(pictures, "LARGEST_WHOLE", 5000)
    assert cv2.imwrite(str(path), np.full((40, 50, 4), 70, np.uint8))
    with pytest.raises(BadInput, match="has transparency"):
        read_whole_grey(path)
