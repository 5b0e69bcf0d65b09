"""A picture of a product: its pixels, the horizon where its camera and pose put it, and a caption.

Where the drawn horizon lies on the skyline, label, camera and pose have been read right.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.pds import pixels
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import MASK, POINTS, RANGE, Product
from ai4mars_nav.pds.view import camera_on_rover
from ai4mars_nav.sim import poster
from ai4mars_nav.sim.poster import Picture

SIDE = 768
"""Pixels of the longer side of the drawn image."""
_MARGIN, _HEAD, _LINE = 24, 78, 22
_HORIZON = (255, 176, 40)
_FAR = 1e5
"""Metres at which the horizon is looked up."""
_COMPASS = {0: "N", 45: "NE", 90: "E", 135: "SE", 180: "S", 225: "SW", 270: "W", 315: "NW"}
_DEEPEST = 30.0
"""Metres of the farthest colour of a depth picture; AI4Mars labels reach that far."""


def page(product: Product) -> Picture:
    """The sheet (h, w, 3) RGB of one product."""
    drawn = _shrunk(_colours(product))
    scale = drawn.shape[1] / product.raster.samples
    _draw_horizon(drawn, product, scale)
    words = _caption(product)
    height, width = drawn.shape[:2]
    sheet = np.empty((height + _HEAD + _LINE * len(words) + 40, width + 2 * _MARGIN, 3), np.uint8)
    sheet[:] = poster.PAPER
    poster.write(sheet, product.product_id, _MARGIN, 36, 14, poster.INK, bold=True)
    subtitle = f"{product.rover} {product.camera} {product.eye}".replace("_", " ").strip()
    if product.sol is not None:
        subtitle += f", sol {product.sol}"
    poster.write(sheet, subtitle, _MARGIN, 60, 10, poster.FAINT)
    sheet[_HEAD : _HEAD + height, _MARGIN : _MARGIN + width] = drawn
    for number, line in enumerate(words):
        y = _HEAD + height + 26 + _LINE * number
        poster.write(sheet, line, _MARGIN, y, 9, poster.INK)
    return poster.few_greys(sheet, 128)


def _colours(product: Product) -> Picture:
    """Pixels as RGB (h, w, 3): counts brightened, depth from near (warm) to far (cold)."""
    if product.kind in (POINTS, RANGE):
        return _by_distance(_distance(product))
    counts = pixels.counts(product)
    if product.kind == MASK:
        return _grey_to_rgb(np.where(pixels.valid(product, counts), 255, 60).astype(np.uint8))
    white = pixels.bright_level(counts)
    if counts.shape[0] == 3:
        bands = [pixels.grey(counts[i : i + 1], product.bits, white) for i in range(3)]
        return np.stack(bands, axis=-1)
    return _grey_to_rgb(pixels.grey(counts, product.bits, white))


def _distance(product: Product) -> NDArray[np.float32]:
    if product.kind == RANGE:
        return pixels.ranges(product)
    xyz = pixels.points(product)
    centre = np.zeros(3) if product.model is None else product.model.model.c
    return np.asarray(np.sqrt(sum((xyz[i] - centre[i]) ** 2 for i in range(3))), np.float32)


def _by_distance(metres: NDArray[np.float32]) -> Picture:
    share = np.clip(np.nan_to_num(metres) / _DEEPEST, 0.0, 1.0)
    coloured = cv2.applyColorMap((255 * (1.0 - share)).astype(np.uint8), cv2.COLORMAP_TURBO)
    coloured[np.isnan(metres)] = 235
    return np.asarray(cv2.cvtColor(coloured, cv2.COLOR_BGR2RGB), np.uint8)


def _draw_horizon(drawn: Picture, product: Product, scale: float) -> None:
    """The line of elevation 0 in the site's frame, with the points of the compass on it."""
    if product.model is None or product.rover_pose is None:
        return
    try:
        camera = camera_on_rover(product)
    except PdsError:  # the caption says that the frame is not known
        return
    azimuth = np.deg2rad(np.arange(0.0, 360.0, 0.25))
    level = np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], axis=1)
    rover_from_site = product.rover_pose.pose.rotation.T
    uv, seen = camera.project(camera.c + _FAR * level @ rover_from_site.T)
    at = np.nan_to_num((uv + 0.5) * scale - 0.5, nan=-1.0)
    inside = seen & (at >= 0).all(axis=1) & (at < (drawn.shape[1], drawn.shape[0])).all(axis=1)
    for index in np.flatnonzero(inside[:-1] & inside[1:]):
        one, other = (tuple(np.rint(at[i]).astype(int).tolist()) for i in (index, index + 1))
        if index % 4 < 2:
            cv2.line(drawn, one, other, _HORIZON, 1, cv2.LINE_AA)
    for degrees, name in _COMPASS.items():
        if inside[4 * degrees]:
            x, y = np.rint(at[4 * degrees]).astype(int)
            cv2.line(drawn, (x, y - 5), (x, y + 5), _HORIZON, 2)
            poster.write(
                drawn, name, x, y - 10, 10, _HORIZON, bold=True, edge=poster.INK, centred=True
            )


def _caption(product: Product) -> list[str]:
    raster = product.raster
    said = [
        f"{raster.samples} x {raster.lines}"
        + (f" x {raster.bands}" if raster.bands > 1 else "")
        + f" pixels of {product.bits} bits, {product.kind} {product.type}".rstrip()
    ]
    if product.model is None:
        said.append("no camera model")
    else:
        inner = intrinsics(product.model.model)
        said.append(
            f"{product.model.name} in {product.model.frame or 'no frame'}: fx {inner.hs:.3f} "
            f"fy {inner.vs:.3f} cx {inner.hc:.3f} cy {inner.vc:.3f}"
        )
    if product.rover_pose is not None:
        x, y, z = product.rover_pose.pose.translation
        where = f" of site {product.site}" if product.site is not None else ""
        where += f", drive {product.drive}" if product.drive is not None else ""
        said.append(
            f"rover {abs(x):.2f} m {'north' if x >= 0 else 'south'}, {abs(y):.2f} m "
            f"{'east' if y >= 0 else 'west'}, {abs(z):.2f} m "
            f"{'above' if z <= 0 else 'below'} the origin{where}"
        )
    if product.sun is not None:
        said.append(
            f"sun {product.sun.elevation:.1f} degrees high, azimuth {product.sun.azimuth:.1f}"
            f" ({product.sun.frame.lower()} frame), {product.true_solar_time} true solar time"
        )
    return said


def _grey_to_rgb(grey: NDArray[np.uint8]) -> Picture:
    return np.repeat(grey[..., None], 3, axis=2)


def _shrunk(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(picture)
    return poster.resized(picture, max(round(width * scale), 1), max(round(height * scale), 1))
