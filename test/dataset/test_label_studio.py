"""Label Studio's JSON: polygons and brush strokes as labels, and what is wrong in words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ai4mars_nav.dataset import errors
from ai4mars_nav.dataset.drawing import rasterise
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.label_studio import read_label_studio

SIZE = (40, 60)


def box(left, top, right, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


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
