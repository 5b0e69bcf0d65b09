"""Training batches: which frames, crop, zoom, flips, brightness, pasted rocks and what else
disturbs them, all from (seed, step)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.data import MULTIPLE, U8, Frames
from ai4mars_nav.learn.disturb import disturb
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.paste import Cutting, cut_rocks, paste
from ai4mars_nav.learn.soft import Soft, SoftBatch, cut_shares
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


@dataclass(frozen=True)
class Augmentation:
    """How training frames are changed."""

    brightness: Brightness = field(default_factory=Brightness)
    zoom: float = 1.0  # largest magnification of a crop; 1 shows every pixel as it is
    pasted: float = 0.0  # share of the frames that get a big rock of another one
    turned: float = 0.0  # degrees either way that half of the frames are turned by
    grain: float = 0.0  # grey levels of noise, or a blur, in half of the frames
    mixed: float = 0.0  # share of the frames that get a part of the next one in the batch

    @property
    def disturbs(self) -> bool:
        """Whether frames are turned, grainy or mixed."""
        return max(self.turned, self.grain, self.mixed) > 0.0


@dataclass(frozen=True)
class Pool:
    """The frames to draw from, those of them that show big rock, and the rocks cut from them."""

    frames: Frames
    rocky: npt.NDArray[np.int64]
    cuttings: tuple[Cutting, ...]
    soft: Soft | None = None


@dataclass(frozen=True)
class Batch:
    """Images and labels (b, side, side), and soft targets where the pool has them."""

    images: U8
    labels: U8
    soft: SoftBatch | None


def pool_of(frames: Frames, soft: Soft | None = None) -> Pool:
    """The frames with what has to be looked for in them once."""
    if soft is not None:
        soft.check(frames.labels)
    rocky = rocky_frames(frames.labels)
    return Pool(frames, rocky, cut_rocks(frames.images[rocky], frames.labels[rocky]), soft)


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


@dataclass(frozen=True)
class Window:
    """A square part of a frame, and the side in pixels that it is magnified to."""

    row: int
    column: int
    size: int
    side: int

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns."""
        down = slice(self.row, self.row + self.size)
        return down, slice(self.column, self.column + self.size)

    def image(self, image: U8) -> U8:
        """What it shows of a grey image (h, w)."""
        if self.size == self.side:
            return image[self.part]
        how = cv2.INTER_AREA if self.size > self.side else cv2.INTER_LINEAR
        shown = cv2.resize(image[self.part], (self.side, self.side), interpolation=how)
        return shown.astype(np.uint8)

    def nearest(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What it shows of labels or weights (h, w), none of them mixed."""
        if self.size == self.side:
            return values[self.part]
        return cv2.resize(
            values[self.part], (self.side, self.side), interpolation=cv2.INTER_NEAREST_EXACT
        ).astype(values.dtype)

    def shares(self, shares: U8, frame_side: int) -> U8:
        """What it shows of shares (4, s, s) of a frame."""
        return cut_shares(shares, frame_side, self.row, self.column, self.size, self.side)


def draw_window(
    label: U8, side: int, zoom: float, on_rock: bool, rng: np.random.Generator
) -> Window:
    """A random window of a frame with this label (h, w), to be magnified by up to `zoom`."""
    size = side
    if zoom > 1.0:
        smallest = max(MULTIPLE, round(side / zoom))
        size = round(_log_uniform((smallest, label.shape[0]), rng))
    return Window(*crop_corner(label, size, on_rock, rng), size, side)


def draw_batch(pool: Pool, batch: int, seed: int, step: int, augmentation: Augmentation) -> Batch:
    """The batch of one step, with soft targets where the pool has them; a pure function."""
    rng = np.random.default_rng([seed, step, 3])
    frames = pool.frames
    frame_side = frames.images.shape[1]
    side = int(rng.choice(crop_sides(frame_side)))
    images = np.empty((batch, side, side), np.uint8)
    labels = np.empty_like(images)
    soft = _no_targets(pool.soft, batch, side, frame_side)
    chosen = pick_frames(len(frames.names), pool.rocky, batch, seed, step)
    for slot, index in enumerate(chosen):
        image, label = frames.images[index], frames.labels[index]
        if augmentation.pasted > 0.0 and pool.cuttings and rng.random() < augmentation.pasted:
            image, label = paste(image, label, pool.cuttings, rng)
        on_rock = pool.rocky.size > 0 and slot == batch - 1
        window = draw_window(label, side, augmentation.zoom, on_rock, rng)
        flip = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
        images[slot] = tone(window.image(image), augmentation.brightness, rng)[:, flip]
        labels[slot] = window.nearest(label)[:, flip]
        if pool.soft is not None and soft is not None:
            pasted = label != frames.labels[index]
            own = np.where(pasted, np.float32(1.0), pool.soft.own[index])
            soft.own[slot] = window.nearest(own)[:, flip]
            soft.shares[slot] = window.shares(pool.soft.shares[index], frame_side)[..., flip]
    if not augmentation.disturbs:
        return Batch(images, labels, soft)
    if soft is not None:
        raise DataError("frames with soft targets can't be turned, grainy or mixed")
    strengths = augmentation.turned, augmentation.grain, augmentation.mixed
    return Batch(*disturb(images, labels, *strengths, np.random.default_rng([seed, step, 4])), None)


def _no_targets(soft: Soft | None, batch: int, side: int, frame_side: int) -> SoftBatch | None:
    """Room for the soft targets of a batch."""
    if soft is None:
        return None
    cells = side * soft.shares.shape[2] // frame_side
    shares = np.empty((batch, soft.shares.shape[1], cells, cells), np.uint8)
    return SoftBatch(shares, np.empty((batch, side, side), np.float32))
