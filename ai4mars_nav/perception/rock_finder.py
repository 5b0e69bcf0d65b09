"""Finds big rocks in the points of a frame, with the network's opinion as evidence.

Its loops are compiled (numba): importing this takes half a second.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.perception import evidence, rock_kernels
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.perception.ground import Ground
from ai4mars_nav.perception.pieces import Pixels, cut, groups
from ai4mars_nav.perception.rock_shape import Seen, measure
from ai4mars_nav.perception.rocks import CLASS, HEIGHT, Rock, RockSettings
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT

Size = tuple[int, int]
"""(height, width) in pixels."""
Points = NDArray[np.float32]
Plane = NDArray[np.float32]

_TOP = 0.99
"""Quantile of its pixels' heights that is a thing's top: one wild pixel is not."""
_TOP_SHARE = 0.1
"""Share of its pixels that the height of a thing's top rests on."""
_CORRELATED = 25
"""Neighbouring pixels whose stereo errors are about the same: a 5 x 5 matching window."""
_BLURRED_ENDS = 0.7
"""Pixels by which the two ends of a width are uncertain together (one sigma)."""
_SHAPES = 0.04
"""Metres by which a foot differs from what is taken for it (one sigma)."""
_ENOUGH = 0.3
"""Share of a thing's pixels that must be known before anything is said about it."""


class RockFinder:
    """Finds the big rocks of frames of one size."""

    def __init__(
        self, settings: RockSettings, shape: Size, pixel_angle: float, range_error: RangeError
    ) -> None:
        """`shape` (h, w) of the organised points, radians from one of their pixels to the next."""
        if not 0.0 < pixel_angle < 0.1:
            raise PerceptionError(f"pixel angle is {pixel_angle} rad, must be in (0, 0.1)")
        self._settings = settings
        self._shape = shape
        self._pixel_angle = pixel_angle
        self._range_gain = range_error.disparity_sigma / range_error.focal_baseline
        self._ground = Ground(settings, self._range_gain)
        self._heights = np.empty(shape, dtype=np.float32)
        self._ranges = np.empty(shape, dtype=np.float32)
        self._errors = np.empty(shape, dtype=np.float32)
        self._labels = np.empty(shape, dtype=np.int32)
        # an empty frame compiles the kernels now, not on the first real one
        self._standing_things(np.full((*shape, 3), np.nan, dtype=np.float32))
        self._ground.at(0.0, 0.0)

    def find(self, points_up: Points, p_big_rock: Plane) -> list[Rock]:
        """Rocks of one frame: points (h, w, 3), z up, origin at the camera, nan where none; the
        network's probability of big rock (h, w), nan where it has no say."""
        self._check("points_up", points_up, (*self._shape, 3), np.float32)
        self._check("p_big_rock", p_big_rock, self._shape, np.float32)
        things = self._standing_things(points_up)
        rocks = [self._standing_rock(points_up, p_big_rock, pixels) for pixels in things]
        patches = self._patches_by_class(points_up, p_big_rock)
        explained = np.zeros(self._shape, dtype=np.bool_)
        for pixels in things if patches else ():
            explained[pixels] = True
        for pixels in patches:
            if not explained[pixels].any():
                rock = self._patch_rock(points_up, p_big_rock, pixels)
                rocks += [] if rock is None else [rock]
        # a probability of nan, where the only evidence asked for is silent, is over no threshold
        return [rock for rock in rocks if rock.by_height or rock.by_class or rock.fused]

    def _check(
        self, what: str, array: NDArray[Any], shape: tuple[int, ...], kind: type[np.generic]
    ) -> None:
        if array.shape != shape or array.dtype != kind:
            raise PerceptionError(
                f"{what} is {array.dtype} {array.shape}, the rock finder was configured for "
                f"{np.dtype(kind)} {shape}"
            )

    def _standing_things(self, points: Points) -> list[Pixels]:
        """Fit the ground; the pixels of each connected thing that stands well above it."""
        own, ground = self._settings, self._ground
        ground.fit(points, self._heights)
        rock_kernels.standing_pixels(
            points,
            self._heights,
            own.low,
            self._range_gain,
            own.spacing,
            ground.surfaces,
            ground.sigmas,
            self._ranges,
            self._errors,
        )
        rock_kernels.label_objects(
            self._heights, self._ranges, self._errors, own.low, self._range_gain, self._labels
        )
        return [
            piece
            for pixels in groups(self._labels, own.min_pixels)
            if self._heights[pixels].max() >= own.min_height
            for piece in self._pieces(points, pixels)
        ]

    def _patches_by_class(self, points: Points, p_big_rock: Plane) -> list[Pixels]:
        """The pixels of each connected patch that the network holds for big rock."""
        called = np.greater_equal(p_big_rock, self._settings.decide_at).view(np.uint8)
        if not called.any():
            return []
        _, labels = cv2.connectedComponents(called, connectivity=4, ltype=cv2.CV_32S)
        patches = groups(np.asarray(labels, dtype=np.int32), self._settings.min_pixels)
        return [piece for pixels in patches for piece in self._pieces(points, pixels)]

    def _pieces(self, points: Points, pixels: Pixels) -> list[Pixels]:
        """A thing cut into pieces that are judged one by one."""
        own = self._settings
        return cut(points, pixels, self._pixel_angle, own.max_width, own.min_pixels)

    def _standing_rock(self, points: Points, p_big_rock: Plane, pixels: Pixels) -> Rock:
        """The verdicts on a connected thing above the ground."""
        surface = points[pixels].astype(np.float64)
        seen = measure(surface, self._pixel_angle, self._range_gain)
        said = p_big_rock[pixels]
        said = said[np.isfinite(said)]
        opinion = float(said.mean()) if len(said) >= _ENOUGH * len(surface) else math.nan
        # stereo sees the front: the middle lies about a quarter of the width behind it
        return self._judge(surface, seen, 0.25 * seen.width, pixels, opinion, self._heights[pixels])

    def _patch_rock(self, points: Points, p_big_rock: Plane, pixels: Pixels) -> Rock | None:
        """The verdicts on a patch that only the network calls rock; none if nobody can place it."""
        heights = self._heights[pixels]
        known = np.isfinite(heights)
        surface = points[pixels][known].astype(np.float64)
        measured = len(surface) >= max(_ENOUGH * len(known), self._settings.min_pixels)
        if len(surface) == 0:
            surface = self._points_around(points, pixels)
            if len(surface) == 0:
                return None
        seen = measure(surface, self._pixel_angle, self._range_gain)
        columns = int(pixels[1].max() - pixels[1].min()) + 1
        seen = replace(seen, width=columns * self._pixel_angle * seen.distance)
        opinion = float(p_big_rock[pixels].mean())
        return self._judge(
            surface, seen, 0.0, pixels, opinion, heights[known] if measured else None
        )

    def _points_around(self, points: Points, pixels: Pixels) -> NDArray[np.float64]:
        """Points (n, 3) on ground that is known just around a patch without any."""
        rows, columns = pixels
        reach = max(3, int(rows.max() - rows.min()) // 4)
        window = (
            slice(max(int(rows.min()) - reach, 0), int(rows.max()) + reach + 1),
            slice(max(int(columns.min()) - reach, 0), int(columns.max()) + reach + 1),
        )
        around = points[window][np.isfinite(self._heights[window])].astype(np.float64)
        # what is nearest stands in front of the patch, on its own ground
        order = np.argsort(np.linalg.norm(around, axis=1))
        nearest: NDArray[np.float64] = around[order[: max(1, len(order) // 4)]]
        return nearest

    def _judge(
        self,
        surface: NDArray[np.float64],
        seen: Seen,
        behind: float,
        pixels: Pixels,
        opinion: float,
        heights: Plane | None,
    ) -> Rock:
        """One rock from its points (n, 3), its pixels, the network's opinion and the heights (n,)
        of its points, if they can be measured; its middle is `behind` metres after what is seen."""
        pixel = self._pixel_angle * seen.distance
        cut_off = pixels[1].min() == 0 or pixels[1].max() == self._shape[1] - 1
        height, height_sigma, foot = math.nan, math.nan, seen.width
        if heights is not None and self._settings.evidence != CLASS:
            height = _quantile(heights, _TOP) + 0.5 * pixel
            height_sigma = self._height_sigma(surface[int(np.argmax(heights))], len(heights))
            foot = self._foot(seen.width, height)
        # a thing that the image's border cuts may be as wide as it likes
        stands = BIG_ROCK_HEIGHT if math.isnan(height) else height
        wide = 1.0 if cut_off else evidence.p_wide(foot, _BLURRED_ENDS * pixel + _SHAPES, stands)
        p_height = evidence.p_big(height, height_sigma, wide)
        p_class = math.nan if self._settings.evidence == HEIGHT else opinion * wide
        own = self._settings
        probability = evidence.fuse(p_height, p_class, own.class_weight, own.doubt_weight)
        decide_at = own.decide_at
        return Rock(
            position=self._base(seen.middle, behind),
            height=height,
            height_sigma=height_sigma,
            width=seen.width,
            outline=_outline(pixels),
            probability=probability,
            p_height=p_height,
            p_class=p_class,
            by_height=p_height >= decide_at,
            by_class=p_class >= decide_at,
            fused=probability >= decide_at,
        )

    def _foot(self, width: float, height: float) -> float:
        """Width at the ground of a thing whose part over `low` is this wide: sides are not upright.

        That of a paraboloid; rocks of the simulator and blocks lie on either side of it.
        """
        share = self._settings.low / height if height > 0.0 else 1.0
        return width / math.sqrt(1.0 - share) if share < 0.6 else width

    def _height_sigma(self, top: NDArray[np.float64], count: int) -> float:
        """One sigma of the height of a thing of `count` pixels whose highest point is `top`."""
        square = float(top @ top)
        step = 1.0 + self._range_gain * math.sqrt(square)
        ground, ground_sigma = self._ground.at(top[0], top[1])
        further, _ = self._ground.at(top[0] * step, top[1] * step)
        by_range = abs((step - 1.0) * top[2] - (further - ground))
        independent = max(1.0, _TOP_SHARE * count / _CORRELATED)
        by_pixel = self._pixel_angle * math.sqrt(square / 12.0)
        return math.hypot(
            by_range / math.sqrt(independent),
            by_pixel,
            ground_sigma,
            self._settings.height_scatter,
        )

    def _base(self, middle: NDArray[np.float64], behind: float) -> NDArray[np.float64]:
        """(3,) on the ground, `behind` metres further than the middle (3,) of what is seen."""
        x, y, z = middle
        stretch = 1.0 + behind / math.hypot(x, y)
        ground, _ = self._ground.at(x * stretch, y * stretch)
        return np.array([x * stretch, y * stretch, z if math.isnan(ground) else ground])


def _quantile(values: Plane, share: float) -> float:
    """The value that `share` of the values (n,) do not exceed."""
    index = int(share * (len(values) - 1))
    return float(np.partition(values, index)[index])


def _outline(pixels: Pixels) -> NDArray[np.int32]:
    """Convex hull (n, 2) x, y of pixels."""
    corners = np.stack([pixels[1], pixels[0]], axis=1).astype(np.int32)
    return np.asarray(cv2.convexHull(corners)[:, 0], dtype=np.int32)
