"""Soft targets: cropped and magnified with their frames, mixed with labels, learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn.augment import (  # noqa: E402
    Augmentation,
    Brightness,
    draw_batch,
    pool_of,
)
from ai4mars_nav.learn.data import Frames, load_frames  # noqa: E402
from ai4mars_nav.learn.errors import DataError, LearnError  # noqa: E402
from ai4mars_nav.learn.soft import Soft, cut_shares, targets_of  # noqa: E402
from ai4mars_nav.learn.train import train  # noqa: E402
from ai4mars_nav.learn.train_settings import TrainSettings  # noqa: E402

STILL = Augmentation(brightness=Brightness(mild_share=1.0, mild_factor=1.0))


def silent(_: object) -> None:
    """Reports go nowhere."""


@pytest.fixture
def frames(data) -> Frames:
    return load_frames(frames_of_split(data, "train"), 64)


def ramp(side: int, cells: int) -> np.ndarray:
    """Shares (4, cells, cells) that tell the column (0), the row (1) and nothing (2, 3)."""
    centres = (np.arange(cells) + 0.5) * side / cells
    shares = np.zeros((4, cells, cells), np.uint8)
    shares[0], shares[1] = np.rint(centres)[None], np.rint(centres)[:, None]
    return shares


def test_shares_of_a_window_lie_where_its_pixels_lie():
    shares = ramp(64, 16)
    for row, column, window, side in (
        (0, 0, 64, 64),
        (8, 16, 32, 32),
        (5, 9, 40, 64),
        (7, 3, 48, 32),
    ):
        found = cut_shares(shares, 64, row, column, window, side)
        cells = side // 4
        assert found.shape == (4, cells, cells)
        centres = (np.arange(cells) + 0.5) * window / cells
        inside = slice(2, -2)  # at the frame's own edge the outermost cells repeat
        np.testing.assert_allclose(found[0, 2, inside], column + centres[inside], atol=1.01)
        np.testing.assert_allclose(found[1, inside, 2], row + centres[inside], atol=1.01)


def test_targets_mix_labels_and_shares_and_sum_to_one():
    labels = torch.tensor([[[0, 3], [255, 1]]])
    shares = torch.tensor([[51, 102, 102, 0]], dtype=torch.uint8).reshape(1, 4, 1, 1)
    own = torch.tensor([[[0.5, 1.0], [0.5, 0.0]]])
    found = targets_of(labels, shares, own)
    np.testing.assert_allclose(found[0, :, 0, 0], [0.6, 0.2, 0.2, 0.0], atol=1e-6)
    np.testing.assert_allclose(found[0, :, 0, 1], [0.0, 0.0, 0.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(found[0, :, 1, 0], 0.0)
    np.testing.assert_allclose(found[0, :, 1, 1], [0.2, 0.4, 0.4, 0.0], atol=1e-6)


def test_targets_follow_the_frames_through_flip_zoom_and_crop(frames):
    """Shares made from the labels say of every augmented pixel what its label says."""
    shares = np.stack([(frames.labels == kind) * 255 for kind in range(4)], axis=1)
    soft = Soft(shares.astype(np.uint8), np.zeros(len(frames.names), np.float32))
    pool = pool_of(frames, soft)
    for step in range(6):
        made = draw_batch(pool, 4, 0, step, replace(STILL, zoom=1.5))
        labels = torch.from_numpy(made.labels).long()
        targets = targets_of(
            labels, *(torch.from_numpy(a) for a in (made.soft.shares, made.soft.own))
        )
        known = made.labels != 255
        said = targets.argmax(dim=1).numpy()
        assert (said == made.labels)[known].mean() > 0.93  # all but the edges of regions
        assert not targets.numpy().transpose(0, 2, 3, 1)[~known].any()


def test_soft_targets_change_neither_images_nor_labels(frames):
    soft = Soft(np.zeros((12, 4, 16, 16), np.uint8), np.ones(12, np.float32))
    much = Augmentation(zoom=1.5, pasted=0.5)
    for step in range(3):
        hard = draw_batch(pool_of(frames), 4, 1, step, much)
        made = draw_batch(pool_of(frames, soft), 4, 1, step, much)
        np.testing.assert_array_equal(hard.images, made.images)
        np.testing.assert_array_equal(hard.labels, made.labels)


def test_pasted_rocks_are_believed_whatever_the_teacher_saw(frames):
    soft = Soft(np.zeros((12, 4, 16, 16), np.uint8), np.zeros(12, np.float32))
    made = [
        draw_batch(pool_of(frames, soft), 4, 0, s, replace(STILL, pasted=1.0)) for s in range(4)
    ]
    believed = np.concatenate([one.soft.own.ravel() for one in made])
    labels = np.concatenate([one.labels.ravel() for one in made])
    assert set(np.unique(believed)) == {0.0, 1.0}
    assert np.all(labels[believed == 1.0] == 3)


def test_soft_targets_that_are_all_label_train_as_labels_do(frames, tmp_path):
    settings = TrainSettings(steps=3, batch=4)
    soft = Soft(np.full((12, 4, 16, 16), 63, np.uint8), np.ones(12, np.float32))
    losses = [
        train(settings, frames, tmp_path / name, None, 3, silent, soft=given)
        for name, given in (("hard", None), ("soft", soft))
    ]
    pairs = zip(*(state.model.parameters() for state in losses), strict=True)
    assert all(torch.allclose(a, b, atol=2e-4) for a, b in pairs)


def test_soft_targets_go_with_cross_entropy_alone(frames, tmp_path):
    soft = Soft(np.zeros((12, 4, 16, 16), np.uint8), np.ones(12, np.float32))
    with pytest.raises(LearnError, match="plain cross-entropy"):
        train(TrainSettings(2, 4, loss="dice"), frames, tmp_path, None, 1, silent, soft=soft)


@pytest.mark.parametrize(
    "shape", [(11, 4, 16, 16), (12, 3, 16, 16), (12, 4, 15, 15), (12, 4, 16, 8)]
)
def test_shares_of_other_frames_are_refused(frames, shape):
    with pytest.raises(DataError, match="do not fit 12 frames of 64 x 64"):
        pool_of(frames, Soft(np.zeros(shape, np.uint8), np.ones(shape[0], np.float32)))
