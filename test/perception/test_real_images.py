"""The shipped model on real Mars, where the data is: what it says and what it keeps to itself."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.overlay import overlay
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.perception.sidecar import load_model
from ai4mars_nav.share import model_file

DATA = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))
PAIRS = DATA / "ai4mars-256"
NAVCAM = DATA / "navcam-2022"
COUNT = 40


def segmenter_of(name, image_size, output_size, **settings):
    path = model_file(name)
    sidecar, _ = load_model(path)
    engine = open_engine("onnx", path, threads=1)
    return Segmenter(engine, sidecar, SegmenterSettings(**settings), image_size, output_size)


def validation_pairs():
    """Evenly spread validation frames (256, 256) and their labels."""
    names = (PAIRS / "splits" / "val.txt").read_text().split()
    for name in names[:: len(names) // COUNT][:COUNT]:
        image = cv2.imread(str(PAIRS / f"msl/images/edr/{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        label = cv2.imread(str(PAIRS / f"msl/labels/train/{name}.png"), cv2.IMREAD_UNCHANGED)
        yield image, label


@pytest.mark.skipif(not PAIRS.is_dir(), reason="needs ai4mars-256 (AI4MARS_DATA)")
@pytest.mark.parametrize("name", ["terrain-256", "terrain-256-int8"])
def test_what_it_says_is_right_and_what_it_withholds_is_not(name):
    """Held-out sites: nine labelled pixels in ten right, and abstention removes most errors."""
    segmenter = segmenter_of(name, (256, 256), (256, 256), abstain_below=0.0)
    threshold = load_model(model_file(name))[0].calibration.abstain_below
    right, sure = [], []
    for image, label in validation_pairs():
        found = segmenter.segment(image)
        labelled = label != terrain.UNKNOWN
        right.append(found.classes[labelled] == label[labelled])
        sure.append(found.confidence[labelled] >= threshold)
    right, sure = np.concatenate(right), np.concatenate(sure)
    assert len(right) > 1_000_000
    assert right.mean() > 0.9
    assert sure.mean() > 0.6
    assert (1.0 - right[sure].mean()) < 0.5 * (1.0 - right.mean())


@pytest.mark.skipif(not NAVCAM.is_dir(), reason="needs navcam-2022 (AI4MARS_DATA)")
def test_full_size_frames_become_pictures():
    segmenter = segmenter_of("terrain-256", (1024, 1024), (512, 512))
    seen = set()
    for path in sorted(NAVCAM.glob("*.png"))[:4]:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        found = segmenter.segment(grey)
        seen |= set(np.unique(found.classes).tolist())
        picture = overlay(grey, found.classes, found.confidence)
        assert picture.shape == (512, 512, 3)
        coloured = np.ptp(picture[:400].astype(int), axis=2) > 10
        assert (coloured & (found.classes[:400] != terrain.UNKNOWN)).sum() > 0.5 * (
            found.classes[:400] != terrain.UNKNOWN
        ).sum()
    assert seen <= {*map(int, terrain.CLASSES), terrain.UNKNOWN}
    assert len(seen) >= 3
