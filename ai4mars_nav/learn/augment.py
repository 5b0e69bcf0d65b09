"""Training batches: which frames, which crop, flips and brightness, all from (seed, step)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.data import MULTIPLE, U8, Frames
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.terrain import Terrain

ROCK_PIXELS = 64
CROP_SHARES = (0.75, 0.875, 1.0)


@dataclass(frozen=True)
class Brightness:
    """What exposures to imitate: frames here average 20 to 90 of 255, later missions' 75 to 160."""

    mean: tuple[float, float] = (25.0, 160.0)  # grey levels, drawn log-uniformly
    contrast: tuple[float, float] = (0.6, 1.3)  # exponent about the mean, drawn log-uniformly
    mild_share: float = 0.4  # of the frames keep their mean up to the factor below
    mild_factor: float = 1.15


def rocky_frames(labels: U8) -> npt.NDArray[np.int64]:
    """Indices of the frames of (n, h, w) labels that show at least ROCK_PIXELS of big rock."""
    counts = (labels == Terrain.BIG_ROCK).sum(axis=(1, 2))
    return np.flatnonzero(counts >= ROCK_PIXELS)


@lru_cache(maxsize=2)
def _order(count: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng([seed, epoch, 1]).permutation(count)


def pick_frames(
    count: int, rocky: npt.NDArray[np.int64], batch: int, seed: int, step: int
) -> npt.NDArray[np.int64]:
    """Frame indices (batch,): the next of the shuffled epochs, the last one drawn from rocky."""
    plain = batch - 1 if rocky.size else batch
    positions = step * plain + np.arange(plain)
    chosen = [_order(count, seed, int(p // count))[p % count] for p in positions]
    if rocky.size:
        chosen.append(np.random.default_rng([seed, step, 2]).choice(rocky))
    return np.asarray(chosen, np.int64)


def tone(image: U8, settings: Brightness, rng: np.random.Generator) -> U8:
    """(h, w) uint8 under one random tone curve, as another exposure would have given it."""
    now = max(1.0, float(image.mean()))
    if rng.random() < settings.mild_share:
        wanted = now * _log_uniform((1 / settings.mild_factor, settings.mild_factor), rng)
        contrast = 1.0
    else:
        wanted = _log_uniform(settings.mean, rng)
        contrast = _log_uniform(settings.contrast, rng)
    curve = wanted * (np.arange(256) / now) ** contrast
    return np.clip(np.rint(curve), 0, 255).astype(np.uint8)[image]


def _log_uniform(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(bounds))))


def crop_sides(frame_side: int) -> tuple[int, ...]:
    """Sides of the crops in pixels, multiples of 32: 192, 224 and 256 of 256."""
    if frame_side % MULTIPLE:
        raise DataError(f"frames of {frame_side} pixels: a multiple of {MULTIPLE} is needed")
    return tuple(
        max(MULTIPLE, int(share * frame_side) // MULTIPLE * MULTIPLE) for share in CROP_SHARES
    )


def crop_corner(label: U8, side: int, on_rock: bool, rng: np.random.Generator) -> tuple[int, int]:
    """Top left (row, column) of a square crop; on_rock keeps one random big-rock pixel inside."""
    room = np.asarray(label.shape) - side
    low, high = np.zeros(2, np.int64), room
    if on_rock:
        rows, columns = np.nonzero(label == Terrain.BIG_ROCK)
        chosen = rng.integers(rows.size)
        pixel = np.array([rows[chosen], columns[chosen]])
        low, high = np.maximum(low, pixel - side + 1), np.minimum(room, pixel)
    row, column = rng.integers(low, high + 1)
    return int(row), int(column)


def make_batch(
    frames: Frames,
    rocky: npt.NDArray[np.int64],
    batch: int,
    seed: int,
    step: int,
    brightness: Brightness,
) -> tuple[U8, U8]:
    """Augmented images and labels (batch, side, side) uint8 of one step; a pure function."""
    rng = np.random.default_rng([seed, step, 3])
    frame_side = frames.images.shape[1]
    side = int(rng.choice(crop_sides(frame_side)))
    images = np.empty((batch, side, side), np.uint8)
    labels = np.empty_like(images)
    chosen = pick_frames(len(frames.names), rocky, batch, seed, step)
    for slot, index in enumerate(chosen):
        on_rock = rocky.size > 0 and slot == batch - 1
        row, column = crop_corner(frames.labels[index], side, on_rock, rng)
        window = (slice(row, row + side), slice(column, column + side))
        flip = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
        images[slot] = tone(frames.images[index][window], brightness, rng)[:, flip]
        labels[slot] = frames.labels[index][window][:, flip]
    return images, labels
