"""Training data: what is listed is what is learned from, and bad input is named with its file."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.dataset.chosen import frames_of_split, read_list
from ai4mars_nav.dataset.errors import DatasetError, Findings
from ai4mars_nav.dataset.layout import Frame
from ai4mars_nav.learn.data import load_frames, sites
from ai4mars_nav.learn.errors import DataError

REAL = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))
SPLITS = REAL / "ai4mars-256"
FULL_SIZE = REAL / "ai4mars-fullres"


def first(data: Path) -> Frame:
    return frames_of_split(data, "train")[0]


def path_of(frame: Frame, kind: str) -> Path:
    return frame.picture.image if kind == "image" else frame.label


def test_frames_are_read_as_written(data):
    frames = load_frames(frames_of_split(data, "train"), 64)
    assert frames.images.shape == frames.labels.shape == (12, 64, 64)
    stored = cv2.imread(str(first(data).label), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(frames.labels[0], stored)


def test_labels_are_never_mixed_by_resizing(data):
    small, whole = (load_frames([first(data)], side).labels for side in (32, 64))
    assert small.shape == (1, 32, 32)
    assert set(np.unique(small)) <= set(np.unique(whole))


def test_what_a_rover_mask_hides_is_not_learned(data, product):
    names = read_list(data / "splits/train.txt")
    hidden = np.zeros((64, 64), np.uint8)
    hidden[40:] = 1
    for name in names:
        path = data / "msl/images/mxy" / f"{name.replace('EDR', 'MXY')}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), hidden)
    labels = load_frames(frames_of_split(data, "train"), 64).labels
    assert (labels[:, 40:] == 255).all()
    assert (labels[:, 4:40] != 255).all()
    with pytest.raises(DatasetError, match=rf"{product(100, '005')}.*mask"):
        frames_of_split(data, "val")


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((32, 64), np.uint8), r"\(32, 64\)"),
        (np.full((64, 64), 7, np.uint8), r"\[7\]"),
        (np.dstack([np.full((64, 64), v, np.uint8) for v in (0, 1, 2)]), "colour"),
        (np.zeros((64, 64), np.uint16), "uint16"),
    ],
)
def test_a_label_that_is_none_is_named(data, pixels, said):
    frame = first(data)
    cv2.imwrite(str(frame.label), pixels)
    with pytest.raises(DatasetError, match=rf"{frame.label.name}.*{said}"):
        load_frames([frame], 64)
    skipped = Findings(skip=True)
    frames = frames_of_split(data, "train")
    loaded = load_frames(frames, 64, skipped)
    assert loaded.names == tuple(frame.product for frame in frames[1:])
    np.testing.assert_array_equal(loaded.labels, load_frames(frames[1:], 64).labels)
    assert [Path(problem.where).name for problem in skipped.problems] == [frame.label.name]


@pytest.mark.parametrize("kind", ["image", "label"])
def test_truncated_file_is_named(data, kind):
    path = path_of(first(data), kind)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match=f"{path.name}.*truncated"):
        load_frames([first(data)], 64)


@pytest.mark.parametrize(("kind", "left"), [("image", "label"), ("label", "image")])
def test_half_of_a_listed_pair_is_refused_with_what_is_left(data, kind, left):
    frame = first(data)
    path_of(frame, kind).unlink()
    with pytest.raises(DatasetError, match=f"{path_of(frame, left).name}: {left} without {kind}"):
        frames_of_split(data, "train")
    assert len(frames_of_split(data, "val")) == 6


def test_a_listed_product_that_is_nowhere_is_refused(data, product):
    frame = first(data)
    for kind in ("image", "label"):
        path_of(frame, kind).unlink()
    with pytest.raises(DatasetError, match=rf"{product(0, '002')}.*train\.txt"):
        frames_of_split(data, "train")


def test_split_list_must_name_each_pair_once(data):
    path = data / "splits" / "train.txt"
    path.write_text(path.read_text() * 2)
    with pytest.raises(DatasetError, match=r"train\.txt.*twice"):
        frames_of_split(data, "train")
    path.write_text("\n")
    with pytest.raises(DatasetError, match=r"train\.txt.*empty"):
        frames_of_split(data, "train")
    with pytest.raises(DatasetError, match=r"night\.txt"):
        frames_of_split(data, "night")


def test_nothing_to_read_is_an_error():
    with pytest.raises(DataError, match="no labelled frame"):
        load_frames([], 64)


def test_site_comes_from_the_product_name(product):
    assert sites([product(1, "007"), product(2, "002"), product(3, "007")]).tolist() == [1, 0, 1]
    with pytest.raises(DatasetError, match="holiday"):
        sites(["holiday"])


@pytest.mark.skipif(not SPLITS.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize("split", ["train", "val"])
def test_the_real_splits_are_their_files(split):
    """The slow twin: every name of the list with the files of that name, decoded plainly."""
    names = tuple((SPLITS / f"splits/{split}.txt").read_text().split())
    found = frames_of_split(SPLITS, split)
    assert tuple(frame.product for frame in found) == names
    numbers = np.unique([name[18:21] for name in names], return_inverse=True)[1]
    np.testing.assert_array_equal(sites(names), numbers)
    some = found[::40]
    loaded = load_frames(some, 256)
    for name, image, label in zip(names[::40], loaded.images, loaded.labels, strict=True):
        for folder, pixels in (("images/edr", image), ("labels/train", label)):
            (path,) = (SPLITS / "msl" / folder).glob(f"{name}.*")
            np.testing.assert_array_equal(pixels, cv2.imread(str(path), cv2.IMREAD_UNCHANGED))


@pytest.mark.skipif(not SPLITS.is_dir(), reason="the shared data is not here")
def test_real_splits_never_share_a_site():
    train, val = (
        {frame.product[18:21] for frame in frames_of_split(SPLITS, split)}
        for split in ("train", "val")
    )
    assert not train & val


@pytest.mark.skipif(not FULL_SIZE.is_dir(), reason="the shared data is not here")
def test_full_size_frames_are_masked(tmp_path):
    (tmp_path / "msl").symlink_to(FULL_SIZE / "msl")
    (tmp_path / "splits").mkdir()
    labelled = {path.stem for path in (FULL_SIZE / "msl/labels/train").iterdir()}
    pictured = {path.stem for path in (FULL_SIZE / "msl/images/edr").iterdir()}
    names = sorted(labelled & pictured)[:4]
    (tmp_path / "splits/some.txt").write_text("\n".join(names))
    frames = frames_of_split(tmp_path, "some")
    masked = load_frames(frames, 1024).labels
    for name, frame, label in zip(names, frames, masked, strict=True):
        expected = cv2.imread(str(frame.label), cv2.IMREAD_UNCHANGED)
        for folder, kind in (("mxy", "MXY"), ("rng-30m", "RNG")):
            mask = FULL_SIZE / "msl/images" / folder / f"{name.replace('EDR', kind)}.png"
            expected[cv2.imread(str(mask), cv2.IMREAD_UNCHANGED) != 0] = 255
        np.testing.assert_array_equal(label, expected)
