"""Masks of what is not terrain or cannot be judged: too far, sky, the rover itself.

A mask is a bool array (h, w), true where a pixel must not count.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.perception.segmenter import Segmentation

Mask = NDArray[np.bool_]


def range_mask(depth: NDArray[np.float32], limit: float, *, missing: bool) -> Mask:
    """True where depth (h, w) in metres is over `limit`; where there is none if `missing`."""
    if not limit > 0.0:
        raise PerceptionError(f"range limit is {limit} m, must be above 0")
    # comparing not-a-number is false, which is what a pixel without depth needs here
    far: Mask = depth > limit
    none = ~np.isfinite(depth)
    return np.logical_or(far, none) if missing else far


def sky_mask(
    camera: Pinhole,
    up: NDArray[np.float64],
    depth: NDArray[np.float32] | None = None,
    margin: float = 0.0,
) -> Mask:
    """True on rays above the horizon that hit nothing, of the camera's size.

    `up` (3,) is the upward direction in the camera's optical frame, `margin` an angle in
    radians above the horizon where rays still count as ground. Brightness plays no part: Mars'
    sky is as bright as its sand. What has depth is a hill, not sky.
    """
    length = float(np.linalg.norm(up))
    if up.shape != (3,) or not np.isfinite(length) or length == 0.0:
        raise PerceptionError(f"upward direction is {up}, must be 3 numbers of some length")
    across = (np.arange(camera.width) - camera.cx) / camera.fx
    down = (np.arange(camera.height) - camera.cy) / camera.fy
    upwards = (across[None, :] * up[0] + down[:, None] * up[1] + up[2]) / length
    ray_length = np.sqrt(1.0 + across[None, :] ** 2 + down[:, None] ** 2)
    above: Mask = upwards > np.sin(margin) * ray_length
    if depth is None:
        return above
    _same_size("depth", depth.shape, above.shape)
    open_sky: Mask = above & ~np.isfinite(depth)
    return open_sky


def rover_mask(shape: tuple[int, int], polygon: NDArray[np.float64]) -> Mask:
    """True inside a polygon (n, 2) of pixel coordinates (x, y), in an image of `shape`."""
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        raise PerceptionError(
            f"rover polygon has shape {polygon.shape}, must be at least three (x, y) corners"
        )
    filled = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(filled, [np.round(polygon).astype(np.int32)], 1)
    return filled.astype(np.bool_)


def read_rover_mask(path: Path, shape: tuple[int, int]) -> Mask:
    """True where an image file is not black, resized to `shape` without inventing edges."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise PerceptionError(f"{path}: is no readable image; a rover mask is white on black")
    if image.shape[0] * shape[1] != image.shape[1] * shape[0]:
        raise PerceptionError(
            f"{path}: is {image.shape[0]} x {image.shape[1]} (height x width), which has not the "
            f"proportions of the {shape[0]} x {shape[1]} frame it should hide"
        )
    resized = cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    mask: Mask = resized > 0
    return mask


def apply(segmentation: Segmentation, *hidden: Mask) -> None:
    """Make hidden pixels unknown in place: class 255, confidence 0, p_big_rock nan."""
    for mask in hidden:
        _same_size("mask", mask.shape, segmentation.classes.shape)
        np.putmask(segmentation.classes, mask, terrain.UNKNOWN)
        np.putmask(segmentation.confidence, mask, 0.0)
        np.putmask(segmentation.p_big_rock, mask, np.nan)


def _same_size(what: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if found != wanted:
        raise PerceptionError(f"{what} is {found}, the image is {wanted} (height, width)")
