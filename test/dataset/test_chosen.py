"""Which labelled images are meant: by a folder of labels anywhere, or by a list."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import errors, layout
from ai4mars_nav.dataset.chosen import frames_of_folder
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.releases import GOLD

SHAPE = (16, 24)
GREY = np.full(SHAPE, 90, np.uint8)
LABEL = np.ones(SHAPE, np.uint8)
MER = "1n129697839eff0338p1931l0m1"


@pytest.fixture
def release(tmp_path, product):
    """A release of three images whose first four rows the rover hides; its root."""
    rover, beyond = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    rover[:4] = True
    for number in range(3):
        layout.write_frame(
            tmp_path / "release", product(number), "train", GREY, LABEL, (rover, beyond)
        )
    return tmp_path / "release"


def chosen(root, labels, listed=None, skip=False):
    findings = Findings(skip)
    return frames_of_folder(root, labels, listed, findings), findings


def test_the_training_folder_gives_what_find_frames_gives(release):
    frames, _ = chosen(release, release / "msl/labels/train")
    assert frames == layout.find_frames(release, "train", Findings(False))


@pytest.mark.parametrize("which", GOLD)
def test_a_gold_folder_gives_what_find_frames_gives(release, product, put, which):
    folder = release / f"msl/labels/test/masked-{which}-100agree"
    put(folder / f"{product(1)}_merged.png", LABEL)
    frames, _ = chosen(release, folder)
    assert frames == layout.find_frames(release, which, Findings(False))


def test_labels_elsewhere_are_masked_and_may_be_of_several_rovers(release, tmp_path, product, put):
    put(release / f"mer/images/eff/{MER}.JPG", GREY)
    for name in (f"{product(2)}_merged3", f"{MER}_merged6"):
        put(tmp_path / f"mine/{name}.png", LABEL)
    frames, _ = chosen(release, tmp_path / "mine")
    assert [frame.product for frame in frames] == [product(2), MER]
    first, second = (layout.read_frame_label(frame) for frame in frames)
    assert (first[:4] == 255).all() and (first[4:] == 1).all()
    assert (second == 1).all()


def test_one_product_in_two_folders_is_named(release, product, put):
    put(release / f"msl/ncam/images/edr/{product(0)}.jpg", GREY)
    with pytest.raises(BadInput, match=rf"ncam.*{product(0)}.*duplicate product"):
        chosen(release, release / "msl/labels/train")
    frames, findings = chosen(release, release / "msl/labels/train", skip=True)
    assert len(frames) == 3
    assert findings.counts() == {errors.DUPLICATE_PRODUCT: 1}


def test_a_list_keeps_its_order_and_minds_its_own_images_only(release, tmp_path, product, put):
    labels = release / "msl/labels/train"
    put(labels / "NLA_nowhere.png", LABEL)
    listed = tmp_path / "list.txt"
    listed.write_text(f"{product(2)}\n{product(0)}\n")
    frames, findings = chosen(release, labels, listed)
    assert [frame.product for frame in frames] == [product(2), product(0)]
    assert findings.problems == []
    listed.write_text(f"{product(2)}\n{product(7)}\n")
    with pytest.raises(BadInput, match=rf"{product(7)}: image without label.*list\.txt"):
        chosen(release, labels, listed)
    frames, findings = chosen(release, labels, listed, skip=True)
    assert len(frames) == 1
    assert findings.counts() == {errors.NO_LABEL: 1}


def test_folders_without_labels_are_refused(release, tmp_path):
    with pytest.raises(DatasetError, match=r"nowhere: no such folder"):
        chosen(release, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty: no label image"):
        chosen(release, tmp_path / "empty")
