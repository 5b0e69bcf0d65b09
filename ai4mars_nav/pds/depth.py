"""Depth images (metres along the optical axis, nan = none) from XYZ and range products."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.rectify import Remap
from ai4mars_nav.pds import frames, pixels
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import POINTS, RANGE, Product
from ai4mars_nav.pds.view import View

F32 = NDArray[np.float32]

_NEAREST = 0.05
"""Metres before the camera under which a point cannot be seen."""
_SAME_SURFACE = 0.02
"""Share of the depth within which neighbouring pixels are one surface and may be mixed."""


def depth_of(product: Product, view: View) -> F32:
    """Depth (h, w) in a view's left camera, of a product with the pixels of its left image."""
    if product.kind == POINTS:
        return _sampled(_along_axis(product, view), view.left_map)
    if product.kind == RANGE:
        return _from_ranges(_sampled(pixels.ranges(product), view.left_map), view)
    raise PdsError(product.path, "DERIVED_IMAGE_TYPE", f"{product.kind} is neither XYZ nor range")


def _along_axis(product: Product, view: View) -> F32:
    """Depth (h, w) of the product's own pixels."""
    keyword = "DERIVED_IMAGE_PARMS.REFERENCE_COORD_SYSTEM_NAME"
    rover_from = frames.rover_from(product.systems, product.pixel_frame, keyword)
    axis_from = view.rover_from_left.inverse() @ rover_from
    towards = axis_from.rotation[2]
    xyz = pixels.points(product)
    depth: F32 = xyz[0] * np.float32(towards[0])
    depth += xyz[1] * np.float32(towards[1])
    depth += xyz[2] * np.float32(towards[2])
    depth += np.float32(axis_from.translation[2])
    depth[~(depth > _NEAREST)] = np.nan
    return depth


def _from_ranges(ranges: F32, view: View) -> F32:
    """Range (h, w) of rectified pixels, measured from the camera's centre, to depth."""
    u = (np.arange(view.left.width) - view.left.cx) / view.left.fx
    v = (np.arange(view.left.height) - view.left.cy) / view.left.fy
    longer = np.sqrt(1.0 + np.square(u)[None, :] + np.square(v)[:, None])
    return np.asarray(ranges / longer, np.float32)


def _sampled(values: F32, remap: Remap | None) -> F32:
    """Values at rectified pixels: mixed of the neighbours on one surface, else the nearest one."""
    if remap is None:
        return values
    held, border = cv2.BORDER_CONSTANT, (np.nan,)
    nearest, mixed = (
        cv2.remap(values, remap.columns, remap.rows, how, borderMode=held, borderValue=border)
        for how in (cv2.INTER_NEAREST, cv2.INTER_LINEAR)
    )
    with np.errstate(invalid="ignore"):
        smooth = np.abs(mixed - nearest) <= _SAME_SURFACE * nearest
    sampled: F32 = np.where(smooth, mixed, nearest)
    sampled[~remap.seen] = np.nan
    return sampled
