"""What can be set about the map, and the numbers its compiled loops are given for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.rock_discs import MOST_ODDS
from ai4mars_nav.settings import setting
from ai4mars_nav.terrain import CLASSES


@dataclass(frozen=True)
class MapSettings:
    """The grid, the fusion of points over time, and the windows of the surface filters."""

    size: float = setting(40.0, "edge of the square map", unit="m", lo=2.0, hi=400.0)
    resolution: float = setting(0.1, "edge of a cell", unit="m", lo=0.01, hi=2.0)
    recentre_after: float = setting(
        1.0, "the map follows once the rover is this far off its centre", unit="m", lo=0.0, hi=100.0
    )
    nearest: float = setting(0.3, "points nearer are dropped", unit="m", lo=0.0, hi=100.0)
    farthest: float = setting(60.0, "points farther are dropped", unit="m", lo=0.1, hi=1e3)
    height_error: float = setting(
        0.01, "error of a height at no distance, one sigma", unit="m", lo=1e-4, hi=1.0
    )
    height_drift: float = setting(
        1e-5, "variance a remembered height gains", unit="m^2/s", lo=0.0, hi=1.0
    )
    height_gate: float = setting(
        3.0, "sigmas of change beyond which a new height is believed", lo=1.0, hi=100.0
    )
    independent_points: float = setting(
        4.0, "points of one frame and cell that err on their own", lo=1.0, hi=1e4
    )
    independent_votes: float = setting(
        1.0, "pixels of one frame and cell whose classes err on their own", lo=0.01, hi=100.0
    )
    surest: float = setting(
        0.98, "a pixel's confidence counts up to this probability", lo=0.5, hi=0.9999
    )
    certainty: float = setting(
        6.0, "log-odds at which a cell's class is sure; lower changes its mind sooner",
        lo=1.0, hi=50.0,
    )  # fmt: skip
    class_memory: float = setting(
        300.0, "class evidence fades by e within", unit="s", lo=1.0, hi=1e6
    )
    rock_miss: float = setting(
        0.4, "log-odds a rock loses with each frame that sees its place without it", lo=0.0, hi=10.0
    )
    forget_after: float = setting(
        900.0, "a cell not seen for this long is unknown again", unit="s", lo=1.0, hi=1e6
    )
    grazing: float = setting(
        1 / 3, "share of the level ground's viewing angle below which a gap is a shadow",
        lo=0.01, hi=1.0,
    )  # fmt: skip
    bridge_slope_deg: float = setting(
        15.0, "how far ground between two image rows may bend", unit="deg", lo=0.0, hi=60.0
    )
    bridge_vote: float = setting(
        0.1, "least class vote of the ground between two image rows", lo=0.0, hi=1.0
    )
    slope_window: float = setting(
        1.1, "edge of the square a local plane is fitted to", unit="m", lo=0.05, hi=20.0
    )
    trend_window: float = setting(
        2.5, "edge of the square whose plane tells a step from a slope", unit="m", lo=0.05, hi=40.0
    )
    least_known: float = setting(
        0.3, "share of that square which must be known for a slope", lo=0.05, hi=1.0
    )
    points_timeout: float = setting(2.0, "older points are not current", unit="s", lo=0.01, hi=1e4)
    rocks_timeout: float = setting(2.0, "older rocks are not current", unit="s", lo=0.01, hi=1e4)
    pose_timeout: float = setting(2.0, "an older pose is not current", unit="s", lo=0.01, hi=1e4)

    def __post_init__(self) -> None:
        if self.resolution * 8 > self.size:
            raise MappingError(
                f"map: size {self.size} m holds fewer than 8 cells of {self.resolution} m"
            )
        if self.nearest >= self.farthest:
            raise MappingError(
                f"map: nearest {self.nearest} m is not below farthest {self.farthest} m"
            )


def class_evidence(settings: MapSettings) -> NDArray[np.float32]:
    """(256,) log-odds of a class against each other one, per confidence 0..255."""
    others = len(CLASSES) - 1
    probability = np.clip(np.arange(256) / 255.0, 1.0 / len(CLASSES), settings.surest)
    return np.log(probability * others / (1.0 - probability)).astype(np.float32)


def sensor_numbers(settings: MapSettings, range_factor: float) -> NDArray[np.float32]:
    """What `point_kernels.accumulate` takes as `sensor`, (8,)."""
    return np.array(
        [
            settings.nearest,
            settings.farthest,
            range_factor,
            settings.height_error**2,
            settings.grazing,
            settings.resolution,
            math.tan(math.radians(settings.bridge_slope_deg)),
            settings.bridge_vote,
        ],
        dtype=np.float32,
    )


def fusion_numbers(settings: MapSettings) -> NDArray[np.float64]:
    """What `cell_kernels.fuse` takes as `tuning`, (8,)."""
    return np.array(
        [
            settings.independent_points,
            settings.height_drift,
            settings.height_gate**2,
            settings.class_memory,
            -settings.certainty,
            settings.rock_miss,
            -MOST_ODDS,
            settings.independent_votes,
        ]
    )
