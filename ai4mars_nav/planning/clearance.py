"""Whether a rover's wheels, belly and tilt allow the candidate arcs; geometry has the last word.

The rover is set down at every pose of an arc: each corner wheel on the highest ground under its
footprint, the body on the plane of the four (a rocker-bogie keeps it there), the belly above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning import arc_kernels
from ai4mars_nav.planning.arcs import Arcs, Floats, place
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.planning.field import LETHAL
from ai4mars_nav.planning.task import POCKET, pocket_of
from ai4mars_nav.rover import Rover
from ai4mars_nav.settings import setting

Heights = NDArray[np.float32]

REASONS = (
    "",
    "enters a lethal cell",
    "unseen ground under a wheel",
    "tilts too far",
    "a wheel drops too deep",
    "a step too high for a wheel",
    "too little clearance under the belly",
)
"""In words, what arc_kernels.drive_arcs says in numbers."""


@dataclass(frozen=True)
class ClearanceSettings:
    """How much the clearance check doubts the elevation map."""

    sigmas: float = setting(1.0, "standard errors of height added to tilt and rocks", lo=0, hi=5)
    belly_margin: float = setting(0.05, "clearance kept free under the belly", unit="m", lo=0.0)
    trusted_margin: float = setting(
        1.0,
        "as near to the rover's corners, ground its cameras see nothing of goes on as it stands",
        unit="m",
        lo=0.0,
        hi=20.0,
    )
    side_margin: float = setting(
        0.2,
        "room wanted between the body and what is as high as its belly",
        unit="m",
        lo=0.0,
        hi=2.0,
    )
    by_height: bool = setting(True, "whether measured heights veto; if not, only lethal cells do")


@dataclass(frozen=True)
class Ground:
    """The elevation map in odom: arrays (rows, columns), row 0 / column 0 at `origin`."""

    elevation: Heights
    """Metres."""
    sigma: Heights
    """Standard error of the elevation, metres."""
    known: NDArray[np.bool_]
    cost: NDArray[np.int8]
    """The cost map on the same cells: 100 lethal."""
    origin: tuple[float, float]
    resolution: float


@dataclass(frozen=True)
class ArcVerdict:
    """What happens to the rover along one arc."""

    ok: bool
    reason: str
    """Why not, empty when ok."""
    clear: float
    """Metres that can be driven: to the last good pose before it fails, or the whole arc."""
    roomy: float
    """Of these, metres that can be driven with `side_margin` kept, or more and more of it."""
    tilt: float
    """Steepest tilt met, radians."""
    belly: float
    """Least room under the belly (beyond its margin) met, metres; infinite if nothing was seen."""


def check_arcs(
    arcs: Arcs, ground: Ground, odom_from_base: Pose, settings: ClearanceSettings, rover: Rover
) -> list[ArcVerdict]:
    """A verdict per arc, driven from base_link (on the ground between the wheels) in odom."""
    _check(ground)
    if not settings.by_height:
        ground, odom_from_base = _levelled(ground, odom_from_base)
    window, corner = _window(arcs, ground, odom_from_base, rover)
    lethal = or_shut_in(window, odom_from_base)
    elevation = np.where(window.known, window.elevation, np.float32(np.nan))
    top = elevation + np.float32(settings.sigmas) * window.sigma
    k = len(arcs)
    reason, failed_at, narrow_at = (np.empty(k, np.int64) for _ in range(3))
    tilt, belly = np.empty(k), np.empty(k)
    arc_kernels.drive_arcs(
        _in_cells(arcs.poses, odom_from_base, corner, ground.resolution),
        elevation,
        np.ascontiguousarray(window.sigma),
        top,
        lethal,
        *rover_samples(rover, ground.resolution),
        beside(settings, rover, ground.resolution),
        *_standing(odom_from_base, corner, ground.resolution, settings, rover),
        _limits(settings, rover, ground.resolution),
        reason,
        failed_at,
        narrow_at,
        tilt,
        belly,
    )
    last_good = np.clip(np.stack([failed_at, narrow_at]) - 1, 0, arcs.travelled.shape[1] - 1)
    clear, roomy = arcs.travelled[np.arange(k), last_good]
    return [
        ArcVerdict(
            bool(reason[i] == 0),
            REASONS[reason[i]],
            float(clear[i]),
            float(roomy[i]),
            float(np.arctan(tilt[i])),
            float(belly[i]),
        )
        for i in range(k)
    ]


def or_shut_in(ground: Ground, odom_from_base: Pose) -> NDArray[np.bool_]:
    """Lethal cells (rows, columns), with those of a pocket that the rover stands in: what it was
    held by closes it in, and it may leave the pocket as it may leave lethal cells."""
    lethal: NDArray[np.bool_] = ground.cost == LETHAL
    x, y = odom_from_base.translation[:2]
    row = math.floor((y - ground.origin[1]) / ground.resolution)
    column = math.floor((x - ground.origin[0]) / ground.resolution)
    inside = 0 <= row < lethal.shape[0] and 0 <= column < lethal.shape[1]
    if inside and not lethal[row, column]:
        pocket = pocket_of(~lethal, (row, column), POCKET / ground.resolution**2)
        if pocket is not None and not pocket[~lethal].all():
            return lethal | pocket
    return lethal


def trusted_radius(settings: ClearanceSettings, rover: Rover) -> float:
    """Metres from the rover's middle within which unseen ground is taken to go on."""
    return 0.5 * float(np.hypot(rover.length, rover.width)) + settings.trusted_margin


def rover_samples(rover: Rover, resolution: float) -> tuple[Floats, Floats, Floats]:
    """Wheel centres (4, 2), one wheel's footprint (m, 2) and the belly (b, 2), x y in cells."""
    x, y = 0.5 * rover.wheelbase, 0.5 * rover.track
    wheels = np.array([(x, y), (x, -y), (-x, y), (-x, -y)]) / resolution
    footprint = _rectangle(rover.wheel_radius, rover.wheel_width, resolution)
    between = max(rover.track - rover.wheel_width - resolution, resolution)
    return wheels, footprint, _rectangle(rover.length, between, resolution)


def beside(settings: ClearanceSettings, rover: Rover, resolution: float) -> Floats:
    """Points (m, 2) around the body, out to `side_margin` from it, x y in cells."""
    length, width = (side + 2.0 * settings.side_margin for side in (rover.length, rover.width))
    samples = _rectangle(length, width, resolution)
    x, y = np.abs(samples.T) * (2.0 * resolution)
    around: Floats = samples[(x > rover.length + 1e-9) | (y > rover.width + 1e-9)]
    return around


def _levelled(ground: Ground, odom_from_base: Pose) -> tuple[Ground, Pose]:
    """The same known cells as one level plane, and the rover standing upright on it."""
    heights = np.full_like(ground.elevation, odom_from_base.translation[2])
    level = replace(ground, elevation=heights, sigma=np.zeros_like(heights))
    x, y, z = (float(value) for value in odom_from_base.translation)
    return level, Pose.from_rpy((x, y, z), (0.0, 0.0, odom_from_base.yaw()))


def _rectangle(length: float, width: float, resolution: float) -> Floats:
    """Points (m, 2) at most a cell apart that cover a rectangle around 0, in cells."""
    xs, ys = (
        np.linspace(-0.5, 0.5, int(np.ceil(side / resolution)) + 1) * (side / resolution)
        for side in (length, width)
    )
    return np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)


def _window(
    arcs: Arcs, ground: Ground, odom_from_base: Pose, rover: Rover
) -> tuple[Ground, tuple[float, float]]:
    """The part of the map that the arcs can touch, and the x, y of its corner."""
    reach = float(np.abs(arcs.poses[..., :2]).max()) * np.sqrt(2.0) + rover.length + rover.width
    rows, cols = ground.elevation.shape
    x, y = odom_from_base.translation[:2]
    bounds = []
    for at, low, cells in ((y, ground.origin[1], rows), (x, ground.origin[0], cols)):
        first = int(np.clip((at - reach - low) // ground.resolution, 0, cells))
        last = int(np.clip((at + reach - low) // ground.resolution + 1, 0, cells))
        bounds.append((first, last))
    (top, bottom), (left, right) = bounds
    part = np.s_[top:bottom, left:right]
    corner = (
        ground.origin[0] + left * ground.resolution,
        ground.origin[1] + top * ground.resolution,
    )
    window = Ground(
        ground.elevation[part],
        ground.sigma[part],
        ground.known[part],
        ground.cost[part],
        corner,
        ground.resolution,
    )
    return window, corner


def _in_cells(
    poses: Floats, odom_from_base: Pose, corner: tuple[float, float], resolution: float
) -> Floats:
    """Poses (k, n, 3) in base_link as row, column in cells and yaw in the map."""
    x, y = odom_from_base.translation[:2]
    placed = place(poses, x - corner[0], y - corner[1], odom_from_base.yaw())
    return np.ascontiguousarray(
        np.stack(
            [placed[..., 1] / resolution, placed[..., 0] / resolution, placed[..., 2]], axis=-1
        )
    )


def _standing(
    odom_from_base: Pose,
    corner: tuple[float, float],
    resolution: float,
    settings: ClearanceSettings,
    rover: Rover,
) -> tuple[Floats, Floats]:
    """The plane the rover stands on, and where: `ground` and `stands` of the kernel."""
    x, y, z = odom_from_base.translation
    up = odom_from_base.rotation[:, 2]
    slopes = -up[:2] / up[2] * resolution
    plane = np.array([z, slopes[0], slopes[1]])
    row, col = (y - corner[1]) / resolution, (x - corner[0]) / resolution
    return plane, np.array([row, col, trusted_radius(settings, rover) / resolution])


def _limits(settings: ClearanceSettings, rover: Rover, resolution: float) -> Floats:
    return np.array(
        [
            np.tan(np.deg2rad(rover.max_tilt_deg)),
            rover.max_wheel_drop,
            rover.max_step,
            rover.belly_clearance - settings.belly_margin,
            settings.sigmas,
            resolution,
        ]
    )


def _check(ground: Ground) -> None:
    shape = ground.elevation.shape
    for name in ("sigma", "known", "cost"):
        if getattr(ground, name).shape != shape:
            raise PlanningError(
                f"ground.{name} is {getattr(ground, name).shape}, the elevation {shape}"
            )
    for name in ("elevation", "sigma"):
        layer = getattr(ground, name)
        if layer.dtype != np.float32:
            raise PlanningError(f"ground.{name} must be float32 metres, is {layer.dtype}")
    if not np.isfinite(ground.elevation[ground.known]).all():
        raise PlanningError("ground.elevation is not finite in a known cell")
