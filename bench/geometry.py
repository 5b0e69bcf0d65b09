"""Speed of the geometry room on one core: stereo, depth, points, camera models.

Each row is measured turn by turn with its reference: the plainest way to the same result.
"""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from ai4mars_nav.geometry.cahvore import Cahvore
from ai4mars_nav.geometry.depth import decode_depth
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.points import Unprojector
from ai4mars_nav.geometry.sgbm import sgbm
from ai4mars_nav.geometry.stereo import StereoMatcher, StereoSettings, depth_from_disparity
from measure import Row, compared, row, times

BASELINE = 0.424
HAZCAM = Cahvore(
    (0.609331, -0.041064, -0.233849),
    (0.703447, -0.005161, 0.710729),
    (351.362, 452.204, 353.494),
    (35.8065, -1.75143, 682.705),
    (0.704402, -0.006062, 0.709775),
    (3e-06, -0.012015, -0.007525),
    (0.001442, 0.001522, 0.000483),
    0.37,
)
"""Opportunity's front HAZCAM, as in its labels."""


def run() -> list[Row]:
    """All rows; about half a minute."""
    return [*_stereo(), *_depth(), *_points(), *_cameras()]


def _stereo() -> list[Row]:
    left, right = _pair(1024)
    camera = _camera(1024)
    rows = []
    for scale in (2, 1):
        settings = StereoSettings(scale=scale)
        matcher = StereoMatcher(
            settings, camera, dataclasses.replace(camera, tx=-camera.fx * BASELINE)
        )
        plain = sgbm(0, settings.max_disparity, settings.block_size, settings.mode, 10)
        rows.append(
            compared(
                f"stereo, checked, scale {scale}",
                "1024², 256 px",
                lambda matcher=matcher: matcher.match(left, right),
                "OpenCV SGBM alone, scale 1",
                lambda plain=plain: plain.compute(left, right),
                repeats=7,
            )
        )
    disparity = np.random.default_rng(0).uniform(1.0, 100.0, (512, 512)).astype(np.float32)
    cloud, out = Unprojector(_camera(512)), np.empty_like(disparity)
    to_xyz = np.array(
        [[1, 0, 0, -255.5], [0, 1, 0, -255.5], [0, 0, 0, 610], [0, 0, 1 / BASELINE, 0]], np.float32
    )
    rows.append(
        compared(
            "disparity to points",
            "512²",
            lambda: cloud.points(depth_from_disparity(disparity, 610.0 * BASELINE, out)),
            "cv2.reprojectImageTo3D",
            lambda: cv2.reprojectImageTo3D(disparity, to_xyz),
        )
    )
    return rows


def _depth() -> list[Row]:
    metres = _depth_image(1024)
    millimetres = (np.nan_to_num(metres) * 1000.0).astype(np.uint16)
    return [
        compared(
            "depth 32FC1, checked and counted",
            "1024²",
            lambda: decode_depth("32FC1", metres),
            "np.where",
            lambda: np.where(np.isfinite(metres) & (metres > 0), metres, np.float32(np.nan)),
        ),
        compared(
            "depth 16UC1",
            "1024²",
            lambda: decode_depth("16UC1", millimetres),
            "np.where",
            lambda: np.where(millimetres > 0, millimetres * np.float32(1e-3), np.float32(np.nan)),
        ),
    ]


def _points() -> list[Row]:
    rows = []
    for size, stride in ((256, 1), (512, 1), (1024, 1), (1024, 2)):
        camera, depth = _camera(size), _depth_image(size)
        cloud = Unprojector(camera, stride)
        u, v = np.meshgrid(cloud.columns, cloud.rows)
        uv = np.stack([u, v], axis=-1)
        rows.append(
            compared(
                f"points of a depth image, stride {stride}",
                f"{size}²",
                lambda cloud=cloud, depth=depth: cloud.points(depth),
                "Pinhole.unproject (NumPy)",
                lambda camera=camera, uv=uv, at=depth[v, u]: camera.unproject(uv, at),
            )
        )
    return rows


def _cameras() -> list[Row]:
    u, v = np.meshgrid(np.arange(0.0, 1024.0, 4.0), np.arange(0.0, 1024.0, 4.0))
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    origins, directions = HAZCAM.unproject(uv)
    points = origins + 3.0 * directions
    return [
        row("CAHVORE project", "65,536 points", times(lambda: HAZCAM.project(points), 9)),
        row("CAHVORE unproject", "65,536 pixels", times(lambda: HAZCAM.unproject(uv), 9)),
    ]


def _camera(size: int) -> Pinhole:
    focal = 1220.0 * size / 1024.0
    return Pinhole(size, size, focal, focal, (size - 1) / 2.0, (size - 1) / 2.0)


def _depth_image(size: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    depth = rng.uniform(1.0, 40.0, (size, size)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.1] = np.nan
    return depth


def _pair(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Level ground from a mast, as two textured images: disparity grows down the image."""
    rng = np.random.default_rng(2)
    texture = sum(
        cv2.resize(
            rng.normal(0.0, 14.0, (size >> level, size >> level)).astype(np.float32), (size, size)
        )
        for level in range(4)
    )
    columns, rows = np.meshgrid(np.arange(size), np.arange(size))
    shift = 200.0 * rows / size
    right = cv2.remap(
        texture,
        (columns + shift).astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    left, right = (np.clip(image + 100.0, 0, 255).astype(np.uint8) for image in (texture, right))
    return left, right
