"""An earlier model as a teacher: its shares, mirrored and averaged, and what they gainsay."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.teacher import contradicted, shares_of, taught

SIDE, STRIDE = 32, 4


def linear(batch: np.ndarray) -> np.ndarray:
    """Logits that are fixed weights times the grey level, stronger to the right."""
    cells = batch[:, :, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    slope = np.linspace(0.5, 1.5, cells.shape[-1])
    weights = np.array([2.0, -1.0, 0.5, -3.0])[None, :, None, None]
    return (weights * cells * slope).astype(np.float32)


def frames(images: np.ndarray, labels: np.ndarray) -> Frames:
    return Frames(tuple(f"f{n}" for n in range(len(images))), images, labels)


def test_shares_are_the_mean_over_frame_and_mirror():
    images = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE)).astype(np.uint8)
    unknown = np.full_like(images, 255)
    told: list[int] = []
    shares = shares_of(linear, frames(images, unknown), told.append)
    assert shares.shape == (2, 4, 8, 8) and told == [1, 2]
    for image, found in zip(images, shares, strict=True):
        x = image[None, None].astype(np.float32) * np.float32(2 / 255) - np.float32(1)
        logits = [linear(x)[0], linear(x[..., ::-1])[0][..., ::-1]]
        each = [np.exp(z) / np.exp(z).sum(axis=0) for z in logits]
        np.testing.assert_allclose(found / 255, np.mean(each, axis=0), atol=0.51 / 255)


def test_mirrored_frames_have_mirrored_shares():
    images = np.random.default_rng(1).integers(0, 256, (1, SIDE, SIDE)).astype(np.uint8)
    both = np.concatenate([images, images[:, :, ::-1]])
    # cells are sampled off centre by half a pixel: columns of equal value make that no matter
    both = both[:, :, STRIDE // 2 :: STRIDE].repeat(STRIDE, axis=2)
    both[1] = both[0, :, ::-1]
    shares = shares_of(linear, frames(both, both), lambda _: None)
    np.testing.assert_array_equal(shares[1], shares[0, :, :, ::-1])


def test_only_frames_gainsaid_in_most_labelled_cells_are_doubted():
    labels = np.full((4, SIDE, SIDE), 255, np.uint8)
    labels[0, :16], labels[0, 16:] = 1, 0  # half of the cells wrong: not most
    labels[1, :20], labels[1, 20:] = 1, 0
    labels[2, :4] = 1  # few labels, all of them wrong
    shares = np.zeros((4, 4, SIDE // STRIDE, SIDE // STRIDE), np.uint8)
    shares[:, 0] = 255
    found = contradicted(frames(labels, labels), shares)
    assert found.tolist() == [False, True, True, False]
    assert taught(frames(labels, labels), shares, 0.5).own.tolist() == [0.5, 0.0, 0.0, 0.5]
