"""Shapes to label images: the plain twin, edges, what is closed, and names."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import drawing as dr
from ai4mars_nav.dataset import errors, kernels, slow
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings


def filled(points, shape=(12, 16)):
    label = np.full(shape, 255, np.uint8)
    kernels.fill_polygon(np.array(points, float), 1, label)
    return label


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_the_plain_twin(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-6, 26, (int(rng.integers(3, 9)), 2))
    if seed % 2:
        points = np.round(2 * points) / 2  # corners and edges through pixel centres
    expected = np.full((20, 22), 255, np.uint8)
    slow.fill_polygon(points, 1, expected)
    np.testing.assert_array_equal(filled(points, (20, 22)), expected)


def test_a_square_covers_its_pixels():
    label = filled([(2, 3), (6, 3), (6, 5), (2, 5)])
    assert (label[3:5, 2:6] == 1).all()
    assert (label == 1).sum() == 8


def test_neighbours_leave_no_gap_and_do_not_overlap():
    middle = [(7.5, 2.5), (9.5, 6.5), (6.5, 9.5)]
    left = filled([(0, 0), (7.5, 0), *middle, (6.5, 12), (0, 12)]) == 1
    right = filled([(7.5, 0), (16, 0), (16, 12), (6.5, 12), *reversed(middle)]) == 1
    assert (left ^ right).all()


def test_later_shapes_lie_on_top_and_the_rest_is_blank():
    square = np.array([(0, 0), (8, 0), (8, 8), (0, 8)], float)
    mask = np.array([[True, False], [True, True]])
    shapes = (dr.Shape(0, square), dr.Shape(3, square / 2), dr.Shape(2, None, mask, (6, 7)))
    label = dr.rasterise(dr.Drawing("P", "u", (10, 12), shapes, "here", "1"))
    assert label[0, 0] == 3
    assert label[5, 5] == 0
    assert (label[7, 6], label[7, 7], label[8, 7]) == (2, 0, 2)
    assert (label[9] == 255).all()


RING = [(0, 0), (10, 0), (10, 10), (0, 10)]


@pytest.mark.parametrize(
    ("points", "closed", "freehand", "accepted"),
    [
        (RING, True, False, True),
        (RING, None, False, True),  # a polygon tool closes by itself
        (RING, False, False, False),
        ([*RING, (0, 0)], False, False, True),  # it says open but ends where it began
        (RING, None, True, False),
        ([*RING, (0, 1)], None, True, True),  # a freehand line whose ends nearly meet
        (RING[:2], True, False, False),
        ([*RING[:3], (0, float("nan"))], True, False, False),
    ],
)
def test_what_is_closed(points, closed, freehand, accepted):
    findings = Findings(True)
    outline = dr.outline_of(np.array(points, float), closed, "mark 3", findings, freehand)
    assert (outline is not None) == accepted
    assert findings.counts() == ({} if accepted else {errors.OPEN_POLYGON: 1})
    if not accepted:
        with pytest.raises(BadInput, match="mark 3: unclosed polygon"):
            dr.outline_of(np.array(points, float), closed, "mark 3", Findings(False), freehand)


def test_class_names():
    findings = Findings(True)
    for name, value in (("Soil", 0), ("BEDROCK", 1), ("big_rock", 3), ("Big Rocks", 3)):
        assert dr.terrain_of(name, {}, "here", findings) == value
    assert dr.terrain_of("Gravel", dict([dr.parse_alias("gravel=sand")]), "here", findings) == 2
    assert dr.terrain_of("Gravel", {}, "here", findings) is None
    assert findings.counts() == {errors.UNKNOWN_CLASS: 1}
    with pytest.raises(BadInput, match="here: unknown class name: 'Gravel'"):
        dr.terrain_of("Gravel", {}, "here", Findings(False))
    for text in ("gravel", "gravel=lava", "=soil"):
        with pytest.raises(DatasetError, match="THEIR NAME=OUR NAME"):
            dr.parse_alias(text)


def test_each_labeller_once_and_each_product_from_one_image():
    def drawn(product, labeller, source="1"):
        return dr.Drawing(product, labeller, (2, 2), (), f"{product} {labeller}", source)

    drawings = [drawn("P", "a"), drawn("P", "b"), drawn("p", "A"), drawn("P", "c", "2")]
    findings = Findings(True)
    assert list(dr.once_each(drawings, findings)) == drawings[:2]
    assert findings.counts() == {errors.LABELLED_TWICE: 1, errors.DUPLICATE_PRODUCT: 1}
    with pytest.raises(BadInput, match="labelled twice"):
        list(dr.once_each(drawings[:3], Findings(False)))
    with pytest.raises(BadInput, match="duplicate product"):
        list(dr.once_each([drawings[0], drawings[3]], Findings(False)))


def test_names_of_files():
    assert dr.product_in("https://x.org/a/NLA_1.JPG?token=1.2") == "NLA_1"
    assert dr.product_in("C:\\images\\NLA_1.png") == "NLA_1"
    assert dr.file_name("not-logged-in-1f2e") == "not-logged-in-1f2e"
    names = {dr.file_name(name) for name in ("a/b", "a_b", "../a_b", "ü", "ö")}
    assert len(names) == 5
    assert not any("/" in name or name.startswith(".") for name in names)
