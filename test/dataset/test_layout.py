"""The official layout: names that differ by folder, masks, and what does not pair."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ai4mars_nav.dataset import errors, layout
from ai4mars_nav.dataset.errors import BadInput, DatasetError, Findings
from ai4mars_nav.dataset.releases import GOLD

SHAPE = (16, 24)
MER = "1n129697839eff0338p1931l0m1"
M2020 = "NLF_0009_0667755959_167ECM_N0030000NCAM05000"
MASTCAM = "0174ML0009370000105185E01_DRCL"


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, SHAPE).astype(np.uint8)


@pytest.fixture
def no_masks():
    return np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)


@pytest.fixture
def masks():
    rover, beyond = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    rover[-4:], beyond[:3] = True, True
    return rover, beyond


def frames(root, which="train", skip=False):
    findings = Findings(skip)
    return layout.find_frames(root, which, findings), findings


def test_training_labels_come_back_masked(tmp_path, product, blobs, grey, masks):
    label = blobs(1, 1, SHAPE)[0]
    layout.write_frame(tmp_path, product(), "train", grey, label, masks)
    (frame,), _ = frames(tmp_path)
    image, read = layout.read_frame(frame)
    expected = label.copy()
    expected[-4:] = expected[:3] = 255
    np.testing.assert_array_equal(read, expected)
    assert image.shape == SHAPE
    assert np.abs(image.astype(int) - grey).mean() < 12  # JPEG of noise


@pytest.mark.parametrize("which", GOLD)
def test_gold_labels_carry_their_masks(tmp_path, product, blobs, grey, masks, which):
    layout.write_frame(tmp_path, product(), which, grey, blobs(1, 1, SHAPE)[0], masks)
    (frame,), _ = frames(tmp_path, which)
    assert frame.label.parent.name == f"masked-{which}-100agree"
    assert frame.label.name == f"{product()}_merged.png"
    assert frame.picture.rover_mask is None
    label = layout.read_frame_label(frame)
    assert (label[-4:] == 255).all()
    assert (label[:3] == 255).all()
    assert (label[3:-4] != 255).any()


@pytest.mark.parametrize(
    ("image", "label"),
    [
        (f"msl/ncam/images/edr/{MER}.JPG", f"msl/ncam/labels/train/{MER}.png"),
        (f"msl/mcam/images/{MASTCAM}.JPG", f"msl/mcam/labels/train/{MASTCAM}_15033_merged.png"),
        (f"mer/images/eff/{MER}.JPG", f"mer/labels/train/merged-unmasked/{MER}_merged6.png"),
        (f"mer/images/eff/{MER.upper()}.JPG", f"mer/labels/train/{MER}_merged13.png"),
        (f"m2020/images/ncam/{M2020}.jpeg", f"m2020/labels/NAV/{M2020}_01_195J_merged3.png"),
        (f"m2020/images/HAFIQ/{M2020}.png", f"m2020/labels/NAV/{M2020}_merged3.png"),
    ],
)
def test_labels_find_their_image_by_ever_less_of_their_name(tmp_path, put, grey, image, label):
    put(tmp_path / image, grey)
    put(tmp_path / label, np.ones(SHAPE, np.uint8))
    (frame,), _ = frames(tmp_path)
    assert frame.picture.image == tmp_path / image
    assert (layout.read_frame(frame)[1] == 1).all()


def test_mer_gold_names_and_the_image_that_is_stored_twice(tmp_path, put, grey):
    put(tmp_path / f"mer/images/eff/{MER}.JPG", grey)
    put(tmp_path / f"mer/images/test/{MER}.JPG", grey)
    gold = tmp_path / f"mer/labels/test/masked-gold-min3-100agree/{MER}_16165_T0_merged.png"
    put(gold, np.zeros(SHAPE, np.uint8))
    (frame,), _ = frames(tmp_path, "gold-min3")
    assert (frame.product, frame.picture.image.parent.name) == (MER, "eff")


def test_the_longest_name_wins(tmp_path, put, grey):
    for name in (MASTCAM.split("_")[0], MASTCAM):
        put(tmp_path / f"msl/mcam/images/{name}.JPG", grey)
    put(tmp_path / f"msl/mcam/labels/train/{MASTCAM}_15033_merged.png", grey * 0)
    found, findings = frames(tmp_path, skip=True)
    assert [frame.product for frame in found] == [MASTCAM]
    assert findings.counts() == {errors.NO_LABEL: 1}


def test_four_means_no_label_in_mastcam_labels_only(tmp_path, put, product, grey):
    four = np.full(SHAPE, 4, np.uint8)
    put(tmp_path / f"msl/mcam/images/{MASTCAM}.JPG", grey)
    put(tmp_path / f"msl/mcam/labels/train/{MASTCAM}_15033_merged.png", four)
    (frame,), _ = frames(tmp_path)
    assert (layout.read_frame_label(frame) == 255).all()
    put(tmp_path / f"msl/images/edr/{product()}.jpg", grey)
    put(tmp_path / f"msl/labels/train/{product()}.png", four)
    frame = frames(tmp_path)[0][0]
    with pytest.raises(BadInput, match=r"unknown label value.*\[4\]"):
        layout.read_frame_label(frame)


def test_label_of_another_size_is_named(tmp_path, put, product, grey):
    put(tmp_path / f"msl/images/edr/{product()}.jpg", grey)
    put(tmp_path / f"msl/labels/train/{product()}.png", np.zeros((8, 24), np.uint8))
    (frame,), _ = frames(tmp_path)
    with pytest.raises(BadInput, match=rf"{product()}\.png: sizes differ: \(8, 24\).*\(16, 24\)"):
        layout.read_frame(frame)


def test_mask_of_another_size_is_named(tmp_path, put, product, grey, masks):
    layout.write_frame(tmp_path, product(), "train", grey, grey * 0, masks)
    (frame,), _ = frames(tmp_path)
    put(frame.picture.range_mask, np.zeros((8, 8), np.uint8))
    with pytest.raises(BadInput, match=r"RNG.*sizes differ"):
        layout.read_frame_label(frame)


def test_a_missing_mask_leaves_the_label_out(tmp_path, product, grey, masks):
    for number in range(2):
        layout.write_frame(tmp_path, product(number), "train", grey, grey * 0, masks)
    (tmp_path / f"msl/images/mxy/{product(1).replace('EDR', 'MXY')}.png").unlink()
    found, findings = frames(tmp_path, skip=True)
    assert [frame.product for frame in found] == [product(0)]
    assert findings.counts() == {errors.NO_MASK: 1}
    with pytest.raises(BadInput, match=f"{product(1)}: missing rover or range mask"):
        frames(tmp_path)


def test_a_name_whose_masks_cannot_be_guessed_is_left_out(tmp_path, put, product, grey, masks):
    layout.write_frame(tmp_path, product(), "train", grey, grey * 0, masks)
    put(tmp_path / "msl/images/edr/holiday.jpg", grey)
    put(tmp_path / "msl/labels/train/holiday.png", grey * 0)
    found, findings = frames(tmp_path, skip=True)
    assert [frame.product for frame in found] == [product()]
    assert findings.counts() == {errors.STRANGE_NAME: 1}


def test_halves_of_pairs_are_named_and_left_out(tmp_path, product, grey, no_masks):
    for number in range(3):
        layout.write_frame(tmp_path, product(number), "train", grey, grey * 0, no_masks)
    (tmp_path / f"msl/images/edr/{product(0)}.jpg").unlink()
    (tmp_path / f"msl/labels/train/{product(1)}.png").unlink()
    found, findings = frames(tmp_path, skip=True)
    assert [frame.product for frame in found] == [product(2)]
    assert findings.counts() == {errors.NO_IMAGE: 1, errors.NO_LABEL: 1}
    with pytest.raises(BadInput, match=f"{product(0)}.png: label without image"):
        frames(tmp_path)


def test_an_image_of_the_gold_set_needs_no_training_label(tmp_path, product, grey, no_masks):
    layout.write_frame(tmp_path, product(0), "train", grey, grey * 0, no_masks)
    layout.write_frame(tmp_path, product(1), "gold-min1", grey, grey * 0, no_masks)
    assert [frame.product for frame in frames(tmp_path)[0]] == [product(0)]


def test_duplicate_products_are_named_and_the_first_is_kept(tmp_path, put, product, grey):
    put(tmp_path / f"msl/images/edr/{product()}.JPG", grey)
    put(tmp_path / f"msl/images/edr/{product()}.png", grey + 1)
    put(tmp_path / f"msl/labels/train/{product()}.png", grey * 0)
    put(tmp_path / f"msl/labels/train/{product()}_merged.png", grey * 0 + 1)
    found, findings = frames(tmp_path, skip=True)
    assert [(frame.picture.image.suffix, frame.label.stem) for frame in found] == [
        (".JPG", product())
    ]
    assert findings.counts() == {errors.DUPLICATE_PRODUCT: 2}
    with pytest.raises(BadInput, match="duplicate product id"):
        frames(tmp_path)


def test_geology_labels_are_another_vocabulary(tmp_path, put, grey):
    put(tmp_path / f"m2020/images/ncam/{M2020}.jpg", grey)
    put(tmp_path / f"m2020/labels/M2020_GEO/{M2020}_merged3.png", grey * 0 + 10)
    assert frames(tmp_path, skip=True)[0] == ()


def test_what_is_no_release_is_said(tmp_path, put, grey):
    with pytest.raises(DatasetError, match=r"no AI4Mars folders.*msl/images/edr"):
        frames(tmp_path)
    put(tmp_path / "msl/images/edr/a.jpg", grey)
    with pytest.raises(DatasetError, match="gold-min4: not a set"):
        frames(tmp_path, "gold-min4")


def test_the_real_release(real):
    found, findings = frames(real / "ai4mars-fullres", skip=True)
    assert len(found) == 16
    assert findings.counts() == {errors.NO_IMAGE: 4, errors.NO_LABEL: 1}
    for frame in found:
        assert frame.picture.rover_mask is not None
        image, label = layout.read_frame(frame)
        assert image.shape == label.shape == (1024, 1024)
        hidden = layout.read_hidden(frame.picture, label.shape)
        assert (label[hidden] == 255).all()


def test_the_real_small_set(real):
    found, findings = frames(real / "ai4mars-256", skip=True)
    assert len(found) == 5042
    assert findings.problems == []


def test_unlabelled_images_have_their_masks_too(tmp_path, product, blobs, grey, masks):
    layout.write_frame(tmp_path, product(), "train", grey, blobs(1, 1, SHAPE)[0], masks)
    (tmp_path / f"msl/labels/train/{product()}.png").unlink()
    pictures = layout.find_pictures(tmp_path, Findings(False))
    assert list(pictures) == [product().lower()]
    hidden = layout.read_hidden(pictures[product().lower()], SHAPE)
    np.testing.assert_array_equal(hidden, masks[0] | masks[1])


def test_one_product_in_two_folders_is_not_learned_twice(tmp_path, product):
    grey, clear = np.full((8, 8), 90, np.uint8), np.zeros((8, 8), bool)
    layout.write_frame(tmp_path, product(), "train", grey, grey * 0, (clear, clear))
    shutil.copytree(tmp_path / "msl", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "msl" / "ncam")
    for found in (layout.find_pictures, lambda *w: layout.find_frames(w[0], "train", w[1])):
        with pytest.raises(errors.BadInput, match=r"ncam.*duplicate product id"):
            found(tmp_path, errors.Findings(skip=False))
        findings = errors.Findings(skip=True)
        assert len(found(tmp_path, findings)) == 1
        assert findings.counts() == {errors.DUPLICATE_PRODUCT: 1}
