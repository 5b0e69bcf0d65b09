"""Dawid-Skene: the plain twin, crowds whose habits are known, and files."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import dawid_skene as ds
from ai4mars_nav.dataset import slow
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.merge import MergeSettings, merge

NAMES = tuple("abcdef")


def crowd_of(truth, matrices, rng, blank=0.2):
    """Labels (n, h, w) of labellers with these confusion matrices."""
    labels = np.empty((len(matrices), *truth.shape), np.uint8)
    for label, matrix in zip(labels, matrices, strict=True):
        steps = np.cumsum(matrix, axis=1)[truth]
        label[:] = (rng.random((*truth.shape, 1)) > steps).sum(axis=-1)
        label[rng.random(truth.shape) < blank] = 255
    return labels


@pytest.fixture
def scene():
    """A truth, and six labellers: four good ones, two who call most sand soil."""
    rng = np.random.default_rng(1)
    truth = rng.choice(4, (90, 90), p=[0.3, 0.3, 0.3, 0.1]).astype(np.uint8)
    good = np.full((4, 4), 0.03) + 0.88 * np.eye(4)
    blind = good.copy()
    blind[2] = [0.85, 0.03, 0.09, 0.03]
    matrices = [good] * 2 + [blind] * 4
    return truth, np.array(matrices), crowd_of(truth, matrices, rng)


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_the_plain_twin(seed, blobs):
    labels = blobs(seed, 4, (12, 17), 0.4)
    labels[:2] = np.where(np.arange(17) % 3 > 0, labels[:1], labels[:2])
    image, index = ds.find_patterns(NAMES[:4], labels)
    settings = ds.CrowdSettings(rounds=5, tolerance=0.0)
    crowd = ds.estimate([image], settings)
    confusion, chances = slow.dawid_skene(labels, 5, settings.shrink)
    np.testing.assert_allclose(crowd.confusion, confusion, atol=1e-9)
    before = ds.estimate([image], ds.CrowdSettings(rounds=4, tolerance=0.0))
    found = ds.posterior(before, image)[index]
    np.testing.assert_allclose(np.moveaxis(found, -1, 0), chances, atol=1e-9)


def test_patterns_are_the_labels(blobs):
    labels = blobs(0, 5, (20, 30))
    image, index = ds.find_patterns(NAMES[:5], labels)
    assert image.counts.sum() == 600
    back = np.moveaxis(image.values[index], -1, 0)
    np.testing.assert_array_equal(np.where(back == 4, 255, back), labels)
    assert len(np.unique(image.values, axis=0)) == len(image.counts)


def test_habits_are_found_and_the_truth_with_them(scene):
    truth, matrices, labels = scene
    image, _ = ds.find_patterns(NAMES, labels)
    crowd = ds.estimate([image])
    np.testing.assert_allclose(crowd.confusion, matrices, atol=0.12)
    merged = ds.merge_by_crowd(crowd, NAMES, labels, 1, 0.0)
    by_votes = merge(labels, MergeSettings(min_labels=1, min_agreement=0.0))
    sand = truth == 2
    assert (merged[sand] == 2).mean() > 0.8
    assert (by_votes[sand] == 2).mean() < 0.5  # the majority is wrong about sand


def test_one_matrix_for_a_labeller_over_many_images(scene):
    truth, matrices, _ = scene
    rng = np.random.default_rng(2)
    images = []
    for members in ((0, 1, 2), (0, 2, 5), (1, 4, 5), (0, 1, 3)):
        labels = crowd_of(truth, matrices[list(members)], rng)
        images.append(ds.find_patterns([NAMES[i] for i in members], labels)[0])
    crowd = ds.estimate(images)
    assert crowd.labellers == NAMES
    assert crowd.confusion[0, 2, 2] > 0.8
    assert crowd.confusion[5, 2, 2] < 0.4


def test_a_labeller_of_few_pixels_is_taken_for_the_mean(scene):
    truth, _, labels = scene
    few = labels.copy()
    few[5] = 255
    few[5, 0, :3] = truth[0, :3]
    image, _ = ds.find_patterns(NAMES, few)
    crowd = ds.estimate([image])
    np.testing.assert_allclose(crowd.confusion[5], crowd.mean, atol=0.02)


def test_limits_of_merging(scene):
    _, _, labels = scene
    image, _ = ds.find_patterns(NAMES, labels)
    crowd = ds.estimate([image])
    few = np.sum(labels != 255, axis=0) < 5
    merged = ds.merge_by_crowd(crowd, NAMES, labels, 5, 0.9)
    assert (merged[few] == 255).all()
    assert (merged != 255).any()
    assert (ds.merge_by_crowd(crowd, NAMES, labels, 1, 1.0) == 255).all()
    stranger = ds.merge_by_crowd(crowd, ["x", *NAMES[1:]], labels, 1, 0.0)
    assert (stranger != 255).mean() > 0.99


def test_too_many_labels_are_refused():
    with pytest.raises(DatasetError, match="28 labels"):
        ds.find_patterns([str(n) for n in range(28)], np.zeros((28, 2, 2), np.uint8))


def test_file_round_trip(tmp_path, scene):
    image, _ = ds.find_patterns(NAMES, scene[2])
    crowd = ds.estimate([image])
    ds.write_crowd(tmp_path / "crowd.json", crowd)
    back = ds.read_crowd(tmp_path / "crowd.json")
    assert back.labellers == crowd.labellers
    for name in ("prior", "confusion", "mean"):
        np.testing.assert_allclose(getattr(back, name), getattr(crowd, name), rtol=1e-12)


@pytest.mark.parametrize("text", ["{", "[]", '{"prior": [1], "mean": 1, "labellers": {}}'])
def test_damaged_files_are_named(tmp_path, text):
    (tmp_path / "crowd.json").write_text(text)
    with pytest.raises(DatasetError, match=r"crowd\.json: no confusion matrices"):
        ds.read_crowd(tmp_path / "crowd.json")
