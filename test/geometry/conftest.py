"""A textured stereo pair of a known scene: level ground and upright slabs, seen from a mast."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from ai4mars_nav.geometry.cahvore import Cahvor, Cahvore
from ai4mars_nav.geometry.pinhole import Pinhole

CAMERA_HEIGHT, PITCH, BASELINE = 1.9, np.deg2rad(20.0), 0.424
SLABS = ((4.0, -1.2, 0.8, 0.5), (6.0, 0.4, 0.6, 0.7), (9.0, 1.5, 1.5, 0.9), (12.0, -2.0, 2.0, 1.0))
"""Distance ahead, left edge, width and height in metres of each slab."""


@dataclass(frozen=True)
class StereoScene:
    """A rectified 8-bit pair, its cameras, and the true depth and left-right visibility."""

    left: np.ndarray
    right: np.ndarray
    left_camera: Pinhole
    right_camera: Pinhole
    depth: np.ndarray
    """(h, w) metres in the left image, inf above the horizon."""
    seen_by_both: np.ndarray
    """(h, w) whether the right camera sees the same point."""


@pytest.fixture(scope="session")
def scene() -> StereoScene:
    """640 x 512, as a NAVCAM pair at half size, with camera noise and unequal exposure."""
    left = Pinhole(640, 512, 610.0, 610.0, 319.5, 255.5)
    right = replace(left, tx=-left.fx * BASELINE)
    left_grey, left_depth, _ = _render(left)
    right_grey, right_depth, _ = _render(right)
    rng = np.random.default_rng(11)
    pictures = [
        np.clip(gain * grey + rng.normal(0.0, 1.5, grey.shape), 0, 255).astype(np.uint8)
        for gain, grey in ((1.0, left_grey), (1.03, right_grey))
    ]
    both = _seen_by_both(left, right, left_depth, right_depth)
    return StereoScene(*pictures, left, right, left_depth, both)


def _render(camera: Pinhole) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    v, u = np.mgrid[: camera.height, : camera.width].astype(float)
    x, y = (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy
    ahead, down = np.cos(PITCH) - y * np.sin(PITCH), np.sin(PITCH) + y * np.cos(PITCH)
    with np.errstate(divide="ignore"):
        depth = np.where(down > 0.0, CAMERA_HEIGHT / down, np.inf)
    texture = np.full(depth.shape, 200.0)
    ground = np.isfinite(depth)
    side = np.where(ground, x * np.where(ground, depth, 0.0) + camera.baseline, 0.0)
    forward = np.where(ground, ahead * np.where(ground, depth, 0.0), 0.0)
    texture[ground] = _texture(side, forward, 0)[ground]
    for number, (distance, edge, width, height) in enumerate(SLABS, start=1):
        z = distance / ahead
        across, above = x * z + camera.baseline, CAMERA_HEIGHT - down * z
        hit = (across > edge) & (across < edge + width) & (above > 0.0) & (above < height)
        hit &= z < depth
        depth[hit] = z[hit]
        texture[hit] = _texture(across, above, number)[hit]
    return texture, depth, ground


def _texture(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    grey = np.full(x.shape, 100.0)
    for octave in range(5):
        pattern = np.random.default_rng((seed, octave)).normal(0.0, 14.0, (256, 256))
        pattern = pattern.astype(np.float32)
        at = [np.mod(c * 2.5 * 2.0**octave, 255.0).astype(np.float32) for c in (x, y)]
        grey += cv2.remap(pattern, at[0], at[1], cv2.INTER_LINEAR)
    return grey


def _seen_by_both(
    left: Pinhole, right: Pinhole, left_depth: np.ndarray, right_depth: np.ndarray
) -> np.ndarray:
    v, u = np.mgrid[: left.height, : left.width].astype(float)
    finite = np.where(np.isfinite(left_depth), left_depth, 1e9)
    points = left.unproject(np.stack([u, v], axis=-1), finite)
    uv, _ = right.project(points.reshape(-1, 3))
    column = np.rint(uv[:, 0]).reshape(u.shape).astype(int)
    inside = (column >= 0) & (column < right.width)
    seen = right_depth[v.astype(int), np.clip(column, 0, right.width - 1)]
    return inside & np.isfinite(left_depth) & (np.abs(seen - finite) < 0.05 * finite)


@dataclass(frozen=True)
class Flown:
    """A camera model from a PDS label, its image size, and what the same label says it sees."""

    camera: Cahvor | Cahvore
    width: int
    height: int
    site_from_rover: tuple[float, float, float, float]
    """Quaternion ORIGIN_ROTATION_QUATERNION, scalar first."""


@pytest.fixture(scope="session")
def flown() -> dict[str, Flown]:
    """Numbers of four PDS labels; products named in the keys' comments."""
    return {
        # NRB_701383954RAS_F0933408NCAM00200M1, Curiosity NAVCAM right
        "msl_navcam": Flown(
            Cahvor(
                (0.953083, 0.737269, -1.83989),
                (0.61802, -0.158336, 0.770042),
                (622.069, 1100.35, 388.444),
                (-588.816, 157.005, 1176.66),
                (0.615108, -0.158211, 0.772395),
                (1.35787e-05, 0.00183074, -0.0057552),
            ),
            1024,
            1024,
            (0.253042, -0.103611, -0.00167164, 0.96189),
        ),
        # 1N491020834ILFCNY9P0706L0M1, Opportunity NAVCAM left
        "mer_navcam": Flown(
            Cahvor(
                (0.550919, 0.0933712, -1.23223),
                (0.090322, 0.892668, 0.441574),
                (-1172.09, 567.486, 226.548),
                (-2.45154, -89.4486, 1319.93),
                (0.0661391, 0.885679, 0.459564),
                (0.00096, -0.002183, 0.018547),
            ),
            1024,
            1024,
            (0.580525, 0.0333603, -0.128929, 0.803278),
        ),
        # 1F483288473EFFCMUFP1214L0M1, Opportunity front HAZCAM left: CAHVORE type 3
        "mer_hazcam": Flown(
            Cahvore(
                (0.609331, -0.041064, -0.233849),
                (0.703447, -0.005161, 0.710729),
                (351.362, 452.204, 353.494),
                (35.8065, -1.75143, 682.705),
                (0.704402, -0.006062, 0.709775),
                (3e-06, -0.012015, -0.007525),
                (0.001442, 0.001522, 0.000483),
                0.37,
            ),
            1024,
            1024,
            (0.965051, -0.0697583, -0.0424514, 0.249015),
        ),
        # NLG_0900_0746838848_005FDR_N0440898NCAM00500_0A02I4J01, Perseverance NAVCAM left,
        # a tile of 1344 x 5120 pixels averaged 4 x 4: CAHVORE type 2
        "m2020_navcam": Flown(
            Cahvore(
                (0.629351, 0.738432, -1.97366),
                (-0.972798, -0.230009, 0.0278473),
                (-460.542, -868.903, 16.3589),
                (-194.866, -47.6831, 745.328),
                (-0.972468, -0.231387, 0.027947),
                (1.736e-06, 0.0501396, -0.0171254),
                (-8.0e-09, 1.0e-08, -2.9e-08),
                0.0,
            ),
            1280,
            336,
            (0.496489, 0.0157589, 0.00942174, -0.867849),
        ),
    }
