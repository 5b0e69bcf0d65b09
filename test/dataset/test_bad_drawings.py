"""Exports and folders that are wrong: nothing is overwritten, lost or taken twice in silence."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main

SQUARE = ((2, 2), (20, 2), (20, 12), (2, 12))
COLUMNS = ("user_name", "metadata", "annotations", "subject_data")


@pytest.fixture
def export(tmp_path):
    """Writes a Zooniverse export of (labeller, terrain[, size]), all of one image."""

    def write(name, *rows):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for labeller, terrain, *size in rows:
                height, width = size[0] if size else (16, 24)
                edges = {"subject_dimensions": [{"naturalHeight": height, "naturalWidth": width}]}
                points = [{"x": x, "y": y} for x, y in SQUARE]
                marks = [{"task": "T0", "value": [{"tool_label": terrain, "points": points}]}]
                table.writerow(
                    [labeller, json.dumps(edges), json.dumps(marks), '{"1": {"file": "A.jpg"}}']
                )
        return tmp_path / name

    return write


def labels(*words):
    return main(["labels", *map(str, words)])


def bring(path, raw, *more):
    return labels("import", path, "--format", "zooniverse", "-o", raw, "--jobs", 1, *more)


def class_at(path):
    return int(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[5, 5])


def test_a_second_export_overwrites_no_label(export, tmp_path, capsys):
    raw = tmp_path / "RAW"
    assert bring(export("one.csv", ("ann", "sand"), ("bob", "soil")), raw) == 0
    assert bring(export("same.csv", ("ann", "sand")), raw) == 0
    other = export("two.csv", ("ann", "bedrock"), ("eve", "bedrock"))
    assert bring(other, raw) == 2
    told = capsys.readouterr().err
    assert "two.csv line 2: labelled twice by one labeller: another label of theirs is in" in told
    for _ in range(2):  # it is told each time
        assert bring(other, raw, "--on-bad", "skip") == 0
        assert "1 skipped: labelled twice by one labeller" in capsys.readouterr().err
    found = {path.stem: class_at(path) for path in (raw / "A").glob("*.png")}
    assert found == {"ann": 2, "bob": 0, "eve": 1}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("", "sand"), "strange name: the labeller has no name"),
        (("ann", "sand", (10**6, 10**6)), "an image of 1000000 rows and 1000000 columns"),
        (("ann", "sand", (-5, 24)), "an image of -5 rows and 24 columns"),
    ],
)
def test_what_cannot_become_a_file_is_named(export, tmp_path, capsys, row, told):
    path = export("one.csv", row, ("bob", "soil"))
    assert bring(path, tmp_path / "RAW") == 2
    assert f"one.csv line 2: {told}" in capsys.readouterr().err.replace("unreadable file: ", "")
    assert bring(path, tmp_path / "RAW", "--on-bad", "skip") == 0
    assert [path.name for path in (tmp_path / "RAW").glob("*/*")] == ["bob.png"]


def test_files_that_hold_no_table_are_named(export, tmp_path, capsys):
    path = export("one.csv", ("ann", "sand"))
    path.write_bytes(path.read_bytes().replace(b"ann", b"\xff\xfe"))
    assert bring(path, tmp_path / "RAW", "--on-bad", "skip") == 2
    assert "one.csv: after line" in capsys.readouterr().err
    assert bring(export("none.csv"), tmp_path / "RAW") == 2
    assert "none.csv: nothing was drawn in it" in capsys.readouterr().err


def test_two_files_of_one_image_are_not_mixed_up(tmp_path, put, product, capsys):
    grey = np.full((64, 64), 90, np.uint8)
    for suffix in (".jpg", ".png"):
        put(tmp_path / "I" / f"{product()}{suffix}", grey)
    (tmp_path / "R").mkdir()
    np.save(tmp_path / "R" / f"{product()}.npy", np.full((64, 64), 5.0))
    words = ("prepare", tmp_path / "I", "--ranges", tmp_path / "R", "-o", tmp_path / "P")
    assert labels(*words) == 2
    assert f"{product()}.png: duplicate product id" in capsys.readouterr().err
    assert labels(*words, "--on-bad", "skip") == 0
    for name in ("a.png", "a_merged.png"):
        put(tmp_path / "L" / name, grey * 0)
    words = ("export", tmp_path / "L", "-o", tmp_path / "annotations.xml")
    assert labels(*words) == 2
    assert "a_merged.png: duplicate product id: a.png" in capsys.readouterr().err
    assert labels(*words, "--on-bad", "skip") == 0
    assert (tmp_path / "annotations.xml").read_text().count("<image ") == 1
