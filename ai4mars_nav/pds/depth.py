"""Depth images (metres along the optical axis, nan = none) from XYZ and range products."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.rectify import Remap
from ai4mars_nav.pds import frames, pixels
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.missions import SITE_FRAMES
from ai4mars_nav.pds.product import POINTS, RANGE, Product
from ai4mars_nav.pds.view import View

F32 = NDArray[np.float32]

_NEAREST = 0.05
"""Metres before the camera under which a point cannot be seen."""
_OFF_CENTRE = 0.05
"""Metres between a camera and where its ranges are measured from."""
_SAME_SURFACE = 0.02
"""Share of the depth within which neighbouring pixels are one surface and may be mixed."""


def depth_of(product: Product, view: View) -> F32:
    """Depth (h, w) in a view's left camera, of a product with the pixels of its left image."""
    if product.kind == POINTS:
        return _sampled(_along_axis(product, view), view.left_map)
    if product.kind == RANGE:
        _check_origin(product, view)
        return _from_ranges(_sampled(pixels.ranges(product), view.left_map), view)
    raise PdsError(product.path, "DERIVED_IMAGE_TYPE", f"{product.kind} is neither XYZ nor range")


def _along_axis(product: Product, view: View) -> F32:
    """Depth (h, w) of the product's own pixels."""
    axis_from = view.rover_from_left.inverse() @ _rover_from_values(product)
    towards = axis_from.rotation[2]
    xyz = pixels.points(product)
    depth: F32 = xyz[0] * np.float32(towards[0])
    depth += xyz[1] * np.float32(towards[1])
    depth += xyz[2] * np.float32(towards[2])
    depth += np.float32(axis_from.translation[2])
    depth[~(depth > _NEAREST)] = np.nan
    return depth


def _rover_from_values(product: Product) -> Pose:
    """The frame of a product's values on the rover."""
    keyword = "DERIVED_IMAGE_PARMS.REFERENCE_COORD_SYSTEM_NAME"
    measured, rover = product.measured, product.rover_pose
    if measured is None or not measured.frame:
        raise PdsError(product.path, keyword, "missing: in which frame are its values?")
    site = rover.reference_index if rover is not None else ()
    if measured.frame in SITE_FRAMES and measured.index[:1] not in ((), site[:1]):
        text = f"site {measured.index[0]}, but the rover stands in site {site}"
        raise PdsError(product.path, "DERIVED_IMAGE_PARMS.REFERENCE_COORD_SYSTEM_INDEX", text)
    return frames.rover_from(product.systems, measured.frame, keyword)


def _check_origin(product: Product, view: View) -> None:
    """Ranges must be measured from the camera, as those of these missions are."""
    measured = product.measured
    if measured is None or measured.origin is None or not measured.frame:
        return
    origin = _rover_from_values(product).apply(np.array(measured.origin))
    off = float(np.linalg.norm(origin - view.rover_from_left.translation))
    if off > _OFF_CENTRE:
        text = f"{off:.2f} m from the camera: ranges from elsewhere are no depth"
        raise PdsError(product.path, "DERIVED_IMAGE_PARMS.RANGE_ORIGIN_VECTOR", text)


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
