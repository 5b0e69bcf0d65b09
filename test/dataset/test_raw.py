"""Raw labels on disk: every bad input is refused by name, or left out and counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.dataset import errors, layout
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.raw import find_raw, read_stack, with_pictures, without


@pytest.fixture
def raw(tmp_path, put, blobs):
    for number, label in enumerate(blobs(0, 4)):
        put(tmp_path / "RAW" / "A" / f"user{number}.png", label)
    return tmp_path / "RAW"


def stack_of(root, skip=True):
    findings = Findings(skip)
    (image,) = find_raw(root, findings)
    return read_stack(image, findings), findings


def test_labels_by_labeller(raw, blobs):
    stack, findings = stack_of(raw, skip=False)
    assert (stack.product, stack.labellers) == ("A", ("user0", "user1", "user2", "user3"))
    np.testing.assert_array_equal(stack.labels, blobs(0, 4))
    assert findings.problems == []


def spoil(raw, put, what):
    label = raw / "A" / "user1.png"
    if what == errors.SIZES_DIFFER:
        put(label, np.zeros((12, 40), np.uint8))
    elif what == errors.UNKNOWN_VALUE:
        put(label, np.full((24, 40), 5, np.uint8))
    elif what == errors.UNREADABLE:
        label.write_bytes(label.read_bytes()[:-30])
    elif what == errors.LABELLED_TWICE:
        put(raw / "A" / "USER1.png", np.zeros((24, 40), np.uint8))
    elif what == errors.DUPLICATE_PRODUCT:
        put(raw / "a" / "user9.png", np.zeros((24, 40), np.uint8))
    elif what == errors.NO_LABEL:
        (raw / "B").mkdir()
    elif what == errors.STRANGE_NAME:
        put(raw / "A" / "notes.txt", b"hello")


SPOILED = {
    errors.SIZES_DIFFER: ("user1.png", 3),
    errors.UNKNOWN_VALUE: ("user1.png", 3),
    errors.UNREADABLE: ("user1.png", 3),
    errors.LABELLED_TWICE: ("user1.png", 4),
    errors.DUPLICATE_PRODUCT: ("/a", 4),
    errors.NO_LABEL: ("/B", 4),
    errors.STRANGE_NAME: ("notes.txt", 4),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_bad_input_is_refused_by_name(raw, put, kind):
    spoil(raw, put, kind)
    with pytest.raises(BadInput, match=kind) as caught:
        stack_of(raw, skip=False)
    assert SPOILED[kind][0] in caught.value.problem.where


@pytest.mark.parametrize("kind", SPOILED)
def test_bad_input_is_left_out_and_counted(raw, put, kind):
    spoil(raw, put, kind)
    stack, findings = stack_of(raw)
    assert findings.counts() == {kind: 1}
    assert len(stack.labellers) == SPOILED[kind][1]


def test_empty_labels_are_thrown_out(raw, put):
    put(raw / "A" / "user2.png", np.full((24, 40), 255, np.uint8))
    stack, findings = stack_of(raw, skip=False)
    assert stack.empty == ("user2",)
    assert stack.labellers == ("user0", "user1", "user3")
    assert findings.problems == []


def test_nothing_usable_is_an_empty_stack(raw):
    for path in (raw / "A").iterdir():
        path.write_bytes(b"no picture")
    stack, findings = stack_of(raw)
    assert stack.labellers == ()
    assert findings.counts() == {errors.UNREADABLE: 4}


def test_folders_that_cannot_be_raw_labels(tmp_path):
    with pytest.raises(DatasetError, match=r"nothing: no such folder.*<labeller>\.png"):
        find_raw(tmp_path / "nothing", Findings(False))
    with pytest.raises(DatasetError, match="no product folders"):
        find_raw(tmp_path, Findings(False))


def test_masks_and_size_come_from_the_data_set(tmp_path, product, put, blobs):
    shape = (24, 40)
    rover, beyond = np.zeros(shape, bool), np.zeros(shape, bool)
    rover[-5:], beyond[:6] = True, True
    image = np.zeros(shape, np.uint8)
    layout.write_frame(tmp_path / "data", product(), "train", image, image, (rover, beyond))
    for number, label in enumerate(blobs(0, 2)):
        put(tmp_path / "RAW" / product().lower() / f"user{number}.png", label)
    only_sky = np.full(shape, 255, np.uint8)
    only_sky[:6] = 2
    put(tmp_path / "RAW" / product().lower() / "user2.png", only_sky)
    put(tmp_path / "RAW" / product().lower() / "user3.png", np.zeros((40, 24), np.uint8))
    put(tmp_path / "RAW" / product(7) / "user0.png", image)
    findings = Findings(True)
    pictures = layout.find_pictures(tmp_path / "data", findings)
    (joined,) = with_pictures(find_raw(tmp_path / "RAW", findings), pictures, findings)
    assert findings.counts() == {errors.NO_IMAGE: 1}
    stack = read_stack(joined, findings)
    assert stack.labellers == ("user0", "user1")
    assert stack.empty == ("user2",)
    assert findings.counts() == {errors.NO_IMAGE: 1, errors.SIZES_DIFFER: 1}
    expected = blobs(0, 2)
    expected[:, rover | beyond] = 255
    np.testing.assert_array_equal(stack.labels, expected)


def test_a_broken_mask_spoils_its_image_only(tmp_path, product, put, blobs):
    clear = np.zeros((24, 40), bool)
    image = np.zeros((24, 40), np.uint8)
    layout.write_frame(tmp_path, product(), "train", image, image, (clear, clear))
    put(tmp_path / "RAW" / product() / "user0.png", blobs(0, 1)[0])
    findings = Findings(True)
    pictures = layout.find_pictures(tmp_path, findings)
    pictures[product().lower()].rover_mask.write_bytes(b"")
    (joined,) = with_pictures(find_raw(tmp_path / "RAW", findings), pictures, findings)
    assert read_stack(joined, findings).labellers == ()
    assert findings.counts() == {errors.UNREADABLE: 1}


def test_dropped_labels_are_left_out(raw):
    images, ratings = find_raw(raw, Findings(False)), Path("ratings.csv")
    (image,) = without(images, {("A", "user0")}, ratings, Findings(False))
    assert [labeller for labeller, _ in image.labels] == ["user1", "user2", "user3"]
    (empty,) = without(images, {("A", f"user{n}") for n in range(4)}, ratings, Findings(False))
    assert read_stack(empty, Findings(False)).labellers == ()
    findings = Findings(True)
    assert without(images, {("A", "user0"), ("B", "user1")}, ratings, findings) == (image,)
    assert findings.counts() == {errors.UNKNOWN_LABEL: 1}
    with pytest.raises(BadInput, match=r"ratings\.csv: rating of a label .* B/user1\.png"):
        without(images, {("B", "user1")}, ratings, Findings(False))
