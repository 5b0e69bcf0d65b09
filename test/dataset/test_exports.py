"""Exports of Zooniverse, CVAT and Label Studio become raw labels; bad ones are named."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import errors
from ai4mars_nav.dataset.cvat import read_cvat, write_cvat
from ai4mars_nav.dataset.drawing import rasterise
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.label_studio import read_label_studio
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


def test_cvat_round_trip_is_exact(tmp_path, blobs):
    labels = [("A.jpg", blobs(0, 1)[0]), ("B.jpg", blobs(1, 1, (31, 17), 0.0)[0])]
    labels.append(("C.jpg", np.full((5, 5), 2, np.uint8)))
    assert write_cvat(tmp_path / "a.xml", labels) == 3
    drawings = list(read_cvat(tmp_path / "a.xml", "me", {}, Findings(False)))
    assert [drawing.product for drawing in drawings] == ["A", "B", "C"]
    for drawing, (_, label) in zip(drawings, labels, strict=True):
        np.testing.assert_array_equal(rasterise(drawing), label)


def cvat(inside, meta="<task><assignee><username>bob</username></assignee></task>"):
    return (
        f"<annotations><version>1.1</version><meta>{meta}</meta>"
        f'<image id="0" name="a/P.png" width="60" height="40">{inside}</image>'
        '<image id="1" name="untouched.png" width="60" height="40"/></annotations>'
    )


def read_xml(tmp_path, text, skip=False, labeller=""):
    (tmp_path / "a.xml").write_text(text)
    findings = Findings(skip)
    return list(read_cvat(tmp_path / "a.xml", labeller, {}, findings)), findings


def test_cvat_shapes_in_their_order(tmp_path):
    inside = (
        '<polygon label="sand" z_order="1" points="10.0,10.0;30.0,10.0;30.0,20.0;10.0,20.0"/>'
        '<box label="soil" z_order="0" xtl="0" ytl="0" xbr="60" ybr="40"/>'
        '<mask label="big rock" z_order="2" rle="0, 2, 1, 1" left="5" top="6" width="2" '
        'height="2"/>'
    )
    (drawing,), _ = read_xml(tmp_path, cvat(inside))
    assert (drawing.product, drawing.labeller) == ("P", "bob")
    label = rasterise(drawing)
    expected = np.zeros(SIZE, np.uint8)
    expected[10:20, 10:30] = 2
    expected[6, 5:7] = expected[7, 6] = 3
    np.testing.assert_array_equal(label, expected)
    assert read_xml(tmp_path, cvat(inside), labeller="eve")[0][0].labeller == "eve"


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ('<polyline label="sand" points="1,1;9,1;9,9"/>', errors.OPEN_POLYGON),
        ('<polygon label="sand" points="1,1;9,1"/>', errors.OPEN_POLYGON),
        ('<points label="sand" points="1,1"/>', errors.OPEN_POLYGON),
        ('<polygon label="lava" points="1,1;9,1;9,9"/>', errors.UNKNOWN_CLASS),
    ],
)
def test_cvat_shapes_that_are_no_areas(tmp_path, inside, kind):
    good = '<box label="soil" xtl="0" ytl="0" xbr="5" ybr="5"/>'
    (drawing,), findings = read_xml(tmp_path, cvat(inside + good), skip=True)
    assert len(drawing.shapes) == 1
    assert findings.counts() == {kind: 1}
    with pytest.raises(BadInput, match=rf"a\.xml image 0 \(a/P\.png\): {kind}"):
        read_xml(tmp_path, cvat(inside + good))


@pytest.mark.parametrize(
    "inside",
    [
        '<mask label="sand" rle="3" left="0" top="0" width="2" height="2"/>',
        '<mask label="sand" rle="0,4" left="59" top="0" width="2" height="2"/>',
        '<polygon label="sand" points="1,1;x,1;9,9"/>',
        '<polygon points="1,1;5,1;9,9"/>',
    ],
)
def test_cvat_images_that_cannot_be_read(tmp_path, inside):
    drawings, findings = read_xml(tmp_path, cvat(inside), skip=True)
    assert drawings == []
    assert findings.counts() == {errors.UNREADABLE: 1}


BOMB = """<!DOCTYPE annotations [<!ENTITY a "bang"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<annotations>&b;</annotations>"""
"""As in the billion laughs, but for the billion."""


def test_cvat_files_that_are_something_else(tmp_path):
    for text, told in (
        ("<annotations", "not CVAT XML"),
        (BOMB, r"it has a DOCTYPE \(annotations\)"),
        ("<other/>", "not the XML"),
        ("<annotations><track/></annotations>", "not the XML"),
        (cvat("", meta=""), "say who the labeller is"),
    ):
        with pytest.raises(DatasetError, match=rf"a\.xml.*{told}"):
            read_xml(tmp_path, text)


def task(number, image, *annotations):
    return {"id": number, "data": {"image": image}, "annotations": list(annotations)}


def annotation(by, *results, **more):
    return {"completed_by": by, "result": list(results), **more}


def result(points, name, **more):
    percent = [[100 * x / SIZE[1], 100 * y / SIZE[0]] for x, y in points]
    value = {"points": percent, "polygonlabels": [name], **more}
    sizes = {"original_width": SIZE[1], "original_height": SIZE[0]}
    return {"type": "polygonlabels", "value": value, **sizes}


def label_studio(tmp_path, tasks, skip=False):
    (tmp_path / "l.json").write_text(json.dumps(tasks))
    findings = Findings(skip)
    return list(read_label_studio(tmp_path / "l.json", {}, findings)), findings


def test_label_studio_polygons(tmp_path):
    image = "/data/upload/3/0a1b2c3d-NLA_1.JPG"
    tasks = [
        task(
            1, image,
            annotation(4, result(box(3, 4, 30, 20), "Bedrock", closed=True)),
            annotation({"id": 5, "email": "a@b.c"}, result(box(0, 0, 9, 9), "Sand")),
            annotation(6, result(box(0, 0, 9, 9), "Sand"), was_cancelled=True),
            annotation(7),
        )
    ]  # fmt: skip
    drawings, _ = label_studio(tmp_path, tasks)
    assert [(one.product, one.labeller) for one in drawings] == [("NLA_1", "4"), ("NLA_1", "a@b.c")]
    expected = np.full(SIZE, 255, np.uint8)
    expected[4:20, 3:30] = 1
    np.testing.assert_array_equal(rasterise(drawings[0]), expected)


def packed(values, lengths=(3, 5, 8, 16)):
    """Label Studio's packing of 8-bit values: runs where there are some, else all the values."""
    bits = f"{len(values):032b}{7:05b}" + "".join(f"{length - 1:04b}" for length in lengths)
    edges = np.flatnonzero(np.diff(values)) + 1
    for part in np.split(np.asarray(values), edges):
        literal = len(part) < 3
        which = next(i for i, length in enumerate(lengths) if len(part) <= 1 << length)
        bits += f"{int(not literal)}{which:02b}{len(part) - 1:0{lengths[which]}b}"
        bits += "".join(f"{value:08b}" for value in (part if literal else part[:1]))
    bits += "0" * (-len(bits) % 8)
    return [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]


def brush(mask, name):
    values = np.repeat(np.where(mask, 255, 0).ravel(), 4)
    value = {"format": "rle", "rle": packed(values), "brushlabels": [name]}
    sizes = {"original_width": mask.shape[1], "original_height": mask.shape[0]}
    return {"type": "brushlabels", "value": value, **sizes}


@pytest.mark.parametrize("seed", range(4))
def test_label_studio_brush_strokes(tmp_path, seed):
    rng = np.random.default_rng(seed)
    mask = np.kron(rng.random((5, 4)) < 0.4, np.ones((8, 15))) > 0
    mask[rng.random(mask.shape) < 0.05] ^= True
    tasks = [task(1, "P.png", annotation(4, brush(mask, "Big Rock")))]
    (drawing,), _ = label_studio(tmp_path, tasks)
    np.testing.assert_array_equal(rasterise(drawing), np.where(mask, 3, 255))


def test_label_studio_brush_strokes_that_do_not_fit(tmp_path):
    mask = np.zeros(SIZE, bool)
    mask[3:9, 4:20] = True
    short, wide = brush(mask, "Sand"), brush(mask, "Sand")
    short["value"]["rle"] = short["value"]["rle"][:-2]
    strange = brush(mask, "Sand")
    strange["value"]["rle"][5] = 300
    wide["original_width"] += 1
    for stroke, told in ((short, "cut short"), (wide, "9600 values"), (strange, "300")):
        with pytest.raises(BadInput, match=rf"task 1: unreadable.*{told}"):
            label_studio(tmp_path, [task(1, "P.png", annotation(4, stroke))])


def test_label_studio_bad_input(tmp_path):
    open_one = result(box(0, 0, 9, 9), "Sand", closed=False)
    lines = {**result(box(0, 0, 9, 9), "Sand"), "type": "vectorlabels"}
    good = result(box(0, 0, 9, 9), "Soil")
    tasks = [task(1, "P.png", annotation(4, good, open_one, lines)), task(2, "no picture"), {}]
    (drawing,), findings = label_studio(tmp_path, tasks, skip=True)
    assert len(drawing.shapes) == 1
    assert findings.counts() == {errors.OPEN_POLYGON: 2, errors.UNREADABLE: 2}
    with pytest.raises(BadInput, match=r"l\.json task 1 by 4: unclosed polygon"):
        label_studio(tmp_path, tasks)
    with pytest.raises(DatasetError, match="list of tasks"):
        label_studio(tmp_path, {})
    (tmp_path / "l.json").write_text("{")
    with pytest.raises(DatasetError, match="not JSON"):
        list(read_label_studio(tmp_path / "l.json", {}, Findings(False)))


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
