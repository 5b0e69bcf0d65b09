"""The rectified cameras of a shot: where its left one stands on the rover, and the maps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ai4mars_nav.geometry import cahv_pixels
from ai4mars_nav.geometry.cahvore import Cahvore
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.rectify import Remap, linearise
from ai4mars_nav.pds import frames
from ai4mars_nav.pds.camera import Camera
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import Product

STEP, WIDE_STEP = 16, 8
"""Pixels between the nodes of the maps: between them, they are off by 0.002 pixels for the
perspective lenses of CAHVOR, and at half the step by 0.016 for the wide ones of CAHVORE."""
STRAIGHT = 0.02
"""Pixels by which a map may differ from leaving the image as it is, and the image is left."""
_BESIDE = 0.4
"""Metres from a camera that is alone to the twin that it is rectified with."""
_KEYWORD = "GEOMETRIC_CAMERA_MODEL"


@dataclass(frozen=True, eq=False)
class View:
    """Rectified cameras of a shot; a map is None where the pixels are rectified already."""

    left: Pinhole
    right: Pinhole | None
    rover_from_left: Pose
    """Optical frame of the left camera in the rover's frame of PDS."""
    left_map: Remap | None
    right_map: Remap | None


def camera_on_rover(product: Product) -> Camera:
    """The camera of a product's pixels in the rover's frame."""
    if product.model is None:
        raise PdsError(product.path, _KEYWORD, "the label has no camera model")
    keyword = f"{_KEYWORD}.REFERENCE_COORD_SYSTEM_NAME"
    pose = frames.rover_from(product.systems, product.model.frame, keyword)
    return cahv_pixels.moved(product.model.model, pose)


def size_of(product: Product) -> tuple[int, int]:
    """Width and height of a product's pixels."""
    return product.raster.samples, product.raster.lines


def rectified(left: Product, right: Product | None) -> View:
    """The view of a pair, or of one image alone."""
    one = camera_on_rover(left)
    other = camera_on_rover(right) if right is not None else _twin(one)
    try:
        step = WIDE_STEP if isinstance(one, Cahvore) else STEP
        made = linearise(one, other, size_of(left), step)
    except GeometryError as error:
        raise PdsError(left.path, _KEYWORD, str(error)) from error
    return View(
        made.left,
        made.right if right is not None else None,
        made.frame_from_left,
        _needed(made.left_map),
        _needed(made.right_map) if right is not None else None,
    )


def _twin(camera: Camera) -> Camera:
    """The same camera to the right of itself: pairs are what `linearise` knows."""
    across = camera.h - (camera.a @ camera.h) * camera.a
    return replace(camera, c=camera.c + _BESIDE * across / np.linalg.norm(across))


def _needed(remap: Remap) -> Remap | None:
    every = 2 * STEP
    columns, rows = remap.columns[::every, ::every], remap.rows[::every, ::every]
    v, u = np.indices(columns.shape) * every
    # what the last rows and columns lose by rounding is no reason to resample all
    inner = (slice(1, -1), slice(1, -1)) if min(columns.shape) > 2 else (slice(None), slice(None))
    off = np.maximum(np.abs(columns - u), np.abs(rows - v))[inner]
    return None if float(off.max()) < STRAIGHT else remap
