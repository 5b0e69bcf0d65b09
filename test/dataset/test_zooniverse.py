"""Zooniverse's exports become raw labels, and these are merged; bad ones are named."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import errors
from ai4mars_nav.dataset.drawing import rasterise
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.zooniverse import read_zooniverse

TOOLS = ("soil", "bedrock", "sand", "big rock")
SIZE = (40, 60)


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def mark(points, name="Sand", **more):
    pairs = [{"x": x, "y": y} for x, y in points]
    return {"tool": 0, "frame": 0, "points": pairs, "details": [], "tool_label": name, **more}


def path_mark(points, tool, **more):
    x, y = zip(*points, strict=True)
    return {"toolIndex": tool, "toolType": "freehandLine", "pathX": x, "pathY": y, **more}


def write_zooniverse(path, rows):
    """rows: (user, subject number, file name, marks, metadata)."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        heading = ["classification_id", "user_name", "created_at", "metadata", "annotations"]
        writer.writerow([*heading, "subject_data"])
        for number, (user, subject, name, marks, metadata) in enumerate(rows):
            annotations = [
                {"task": "T0", "task_label": "Draw", "value": marks},
                {"task": "T1", "value": "Yes"},
            ]
            subjects = {str(subject): {"retired": None, "Filename": name}}
            cells = [metadata, annotations, subjects]
            writer.writerow([number, user, "2026", *map(json.dumps, cells)])
    return path


def dimensions(size=SIZE):
    return {"subject_dimensions": [{"naturalWidth": size[1], "naturalHeight": size[0]}]}


def zooniverse(path, skip=False, size=None):
    findings = Findings(skip)
    return list(read_zooniverse(path, {}, TOOLS, size, findings)), findings


def test_zooniverse_polygons_and_freehand_lines(tmp_path):
    marks = [
        mark(box(0, 0, 60, 40), "Soil", closed=True),
        mark(box(10, 10, 30, 20), "Sand", closed=True),
        path_mark([*box(40, 5, 50, 25), (40, 5.5)], 3),
    ]
    rows = [("anna", 7, "NLA_1.JPG", marks, dimensions())]
    (drawing,), _ = zooniverse(write_zooniverse(tmp_path / "z.csv", rows))
    assert (drawing.product, drawing.labeller, drawing.size) == ("NLA_1", "anna", SIZE)
    label = rasterise(drawing)
    expected = np.zeros(SIZE, np.uint8)
    expected[10:20, 10:30] = 2
    expected[5:25, 40:50] = 3
    np.testing.assert_array_equal(label, expected)


def test_zooniverse_combined_tasks_and_blank_labels(tmp_path):
    combined = [{"task": "T3", "value": [mark(box(0, 0, 9, 9), "Soil", closed=True)]}]
    rows = [
        ("a", 1, "P.jpg", combined, dimensions()),
        ("b", 1, "P.jpg", [], dimensions()),
    ]
    drawings, _ = zooniverse(write_zooniverse(tmp_path / "z.csv", rows))
    assert [len(drawing.shapes) for drawing in drawings] == [1, 0]


def test_zooniverse_size_given_where_the_export_does_not_tell(tmp_path):
    rows = [("a", 1, "P.jpg", [], {"subject_dimensions": [None]})]
    path = write_zooniverse(tmp_path / "z.csv", rows)
    assert zooniverse(path, size=SIZE)[0][0].size == SIZE
    with pytest.raises(BadInput, match=r"z\.csv line 2: unreadable.*size"):
        zooniverse(path)


def test_zooniverse_unclosed_polygons(tmp_path):
    good = mark(box(0, 0, 9, 9), "Soil", closed=True)
    marks = [good, mark(box(5, 5, 20, 20), closed=False), path_mark(box(1, 1, 30, 30), 1)]
    path = write_zooniverse(tmp_path / "z.csv", [("a", 1, "P.jpg", marks, dimensions())])
    (drawing,), findings = zooniverse(path, skip=True)
    assert len(drawing.shapes) == 1
    assert findings.counts() == {errors.OPEN_POLYGON: 2}
    with pytest.raises(BadInput, match=r"z\.csv line 2 mark 2: unclosed polygon"):
        zooniverse(path)


def test_zooniverse_rows_that_are_no_classification(tmp_path):
    path = write_zooniverse(tmp_path / "z.csv", [("a", 1, "P.jpg", [], dimensions())] * 2)
    text = path.read_text()
    path.write_text(text.replace('""task""', '""task', 1))
    drawings, findings = zooniverse(path, skip=True)
    assert len(drawings) == 1
    assert findings.counts() == {errors.UNREADABLE: 1}
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match=r"z\.csv: not a Zooniverse export, no column"):
        zooniverse(path)


def labels(*words):
    return main(["labels", *map(str, words)])


def test_from_zooniverse_to_a_merged_label_and_back_from_cvat(tmp_path, capsys):
    rows = [
        (f"user {n}", 7, "P1.JPG", [mark(box(0, 0, 30 + n, 40), closed=True)], dimensions())
        for n in range(3)
    ]
    twice = ("USER 1", 7, "P1.JPG", [mark(box(0, 0, 5, 5), closed=True)], dimensions())
    other = ("user 5", 8, "P1.JPG", [mark(box(0, 0, 5, 5), closed=True)], dimensions())
    path = write_zooniverse(tmp_path / "z.csv", [*rows, twice, other])
    raw, out = tmp_path / "RAW", tmp_path / "OUT"
    words = ("import", path, "--format", "zooniverse", "-o", raw, "--jobs", 1)
    assert labels(*words) == 2
    assert "labelled twice by one labeller" in capsys.readouterr().err
    assert labels(*words, "--on-bad", "skip") == 0
    told = capsys.readouterr().err
    assert "1 skipped: labelled twice" in told
    assert "1 skipped: duplicate product id" in told
    assert len(list((raw / "P1").glob("*.png"))) == 3
    assert labels("merge", raw, "-o", out, "--jobs", 1) == 0
    merged = cv2.imread(str(out / "P1.png"), cv2.IMREAD_UNCHANGED)
    expected = np.full(SIZE, 255, np.uint8)
    expected[:, :30] = 2
    np.testing.assert_array_equal(merged, expected)
    xml = tmp_path / "annotations.xml"
    assert labels("export", out, "-o", xml) == 0
    words = ("import", xml, "--format", "cvat", "--labeller", "me", "-o", tmp_path / "BACK")
    words = (*words, "--jobs", 1)
    assert labels(*words) == 0
    back = cv2.imread(str(tmp_path / "BACK" / "P1" / "me.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(back, merged)


def test_an_import_goes_on_where_it_was_stopped(tmp_path, capsys):
    rows = [
        (f"user {n % 4}", n // 4, f"P{n // 4}.JPG", [mark(box(0, 0, 9 + n, 9), closed=True)],
         dimensions())
        for n in range(12)
    ]  # fmt: skip
    rows[7] = (*rows[7][:3], [mark(box(0, 0, 9, 9), closed=False)], dimensions())
    path, raw = write_zooniverse(tmp_path / "z.csv", rows), tmp_path / "RAW"
    words = ("import", path, "--format", "zooniverse", "-o", raw)
    assert labels(*words, "--jobs", 1) == 2
    before = {file: file.stat().st_mtime_ns for file in raw.rglob("*.png")}
    assert len(before) == 7
    assert labels(*words, "--on-bad", "skip", "--jobs", 2) == 0
    assert "12 labels of 3 images" in capsys.readouterr().err
    after = {file: file.stat().st_mtime_ns for file in raw.rglob("*.png")}
    assert len(after) == 12
    assert before.items() <= after.items()
    assert labels(*words, "--on-bad", "skip", "--class", "mud=soil", "--jobs", 1) == 2
    assert "other settings" in capsys.readouterr().err
    assert labels("agreement", raw, "-o", tmp_path / "scores.csv", "--jobs", 1) == 0


def test_commands_that_have_nothing_to_work_on(tmp_path, capsys):
    words = ("import", tmp_path / "gone.csv", "--format", "cvat", "-o", tmp_path / "RAW")
    assert labels(*words) == 2
    assert "gone.csv: no such file" in capsys.readouterr().err
    assert labels("export", tmp_path, "-o", tmp_path / "a.xml") == 2
    assert "no labels" in capsys.readouterr().err
