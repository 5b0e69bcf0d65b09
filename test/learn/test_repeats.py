"""Frames of the same view are found whatever the light, others are not; their labels compared."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.dataset.chosen import frames_of_folder
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.repeats import agreed, both_ways, detail, same_views, told, told_of
from ai4mars_nav.learn.seen import Seer
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.sidecar import load_model

TRAIN = "msl/labels/train"
MODEL = Path(__file__).parents[2] / "models" / "terrain-256.onnx"


def see(image):
    """Classes that the shipped model gives each pixel of a frame."""
    sidecar, _ = load_model(MODEL)
    seer = Seer(open_engine("onnx", MODEL, threads=1), sidecar)
    return seer.see(image, image.shape)[0].classes


def write(data, name, image, label):
    cv2.imwrite(str(data / "msl/images/edr" / f"{name}.png"), image)
    cv2.imwrite(str(data / TRAIN / f"{name}.png"), label)


@pytest.fixture
def views(tmp_path, product):
    """One view three times, brighter and darker, and another view, all of one drive."""
    (tmp_path / "msl/images/edr").mkdir(parents=True)
    (tmp_path / TRAIN).mkdir(parents=True)
    rng = np.random.default_rng(0)
    view, other = rng.integers(60, 120, (2, 64, 64)).astype(np.uint8)
    label = np.zeros((64, 64), np.uint8)
    half = label.copy()
    half[32:] = 1
    for number, (image, drawn) in enumerate([(view, label), (view + 90, half), (other, label)]):
        write(tmp_path, product(number, "002"), image, drawn)
    write(tmp_path, product(9, "005"), view, half)
    return tmp_path


def frames(data):
    return frames_of_folder(data, data / TRAIN, None, Findings(skip=False))


def test_the_same_view_of_one_drive_is_a_pair_in_any_light(views, product):
    pairs = list(same_views(frames(views)))
    assert [(pair.first, pair.second) for pair in pairs] == [(product(0, "002"), product(1, "002"))]
    assert pairs[0].counts[0].tolist() == [32 * 64, 32 * 64, 0, 0]
    total = both_ways(pairs)
    assert total[:2, :2].tolist() == [[64 * 64, 32 * 64], [32 * 64, 0]]
    assert "0.500 of them alike, mIoU 0.250" in told(pairs)


def test_a_frame_without_detail_is_like_no_other():
    assert not detail(np.full((40, 40), 7, np.uint8)).any()


def test_no_pair_is_an_error():
    with pytest.raises(DataError, match="same view"):
        both_ways([])


def test_agreed_pixels_are_those_that_both_labels_name_alike(views, product):
    pairs = list(same_views(frames(views)))
    kept = {name: label for name, _, label in agreed(frames(views), pairs)}
    assert set(kept) == {product(0, "002"), product(1, "002")}
    for label in kept.values():
        assert (label[:32] == 0).all() and (label[32:] == 255).all()


def test_a_model_is_scored_on_what_labels_agree_on(views):
    pairs = list(same_views(frames(views)))
    line = told_of(MODEL, frames(views), pairs)
    assert line.startswith("terrain-256.onnx: 2 frames, 4096 pixels that two labels name alike: ")
    accuracy = float(line.split("accuracy ")[1].split(",")[0])
    soil = sum(
        int((see(image)[label == 0] == 0).sum()) for _, image, label in agreed(frames(views), pairs)
    )
    assert accuracy == pytest.approx(soil / 4096, abs=1e-4)
