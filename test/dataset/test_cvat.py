"""CVAT's XML: round trips, its shapes as labels, and what is wrong in words."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import errors
from ai4mars_nav.dataset.cvat import read_cvat, write_cvat
from ai4mars_nav.dataset.drawing import rasterise
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings

SIZE = (40, 60)


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
