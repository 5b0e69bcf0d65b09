"""One frame of a scene through the whole core in one process: perception and map, as the nodes
compose them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.stereo import StereoSettings
from ai4mars_nav.mapping.terrain_map import MapSettings, TerrainMap
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.rocks import RockSettings
from ai4mars_nav.perception.segmenter import SegmenterSettings
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.ros.perceive import (
    Cameras,
    OutputSettings,
    Perception,
    PerceptionSettings,
    RangeSettings,
    Shot,
    View,
)
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.rig import Rig, Sight
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT


@dataclass(frozen=True)
class Made:
    """What the core made of one frame."""

    view: View
    terrain_map: TerrainMap


class _Unwatched:
    """A clock that nobody reads."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time nothing."""
        del name
        return nullcontext()


def process(
    sight: Sight, rig: Rig, rover: Rover, model: Path, *, own_stereo: bool, stamp: float = 1.0
) -> Made:
    """Segment a sight, measure it by its depth or by stereo of its pair, find rocks, map it."""
    if own_stereo and sight.right is None:
        raise SimError("stereo was asked for, but the sight has no right image")
    depth = None if own_stereo else ("32FC1", sight.left.depth)
    settings = PerceptionSettings(
        SegmenterSettings(), StereoSettings(), RockSettings(), OutputSettings(), RangeSettings()
    )
    cameras = Cameras(rig.left, rig.right)
    perception = Perception(
        settings,
        open_engine("onnx", model, threads=1),
        load_sidecar(sidecar_path(model)),
        (rig.left.height, rig.left.width),
        cameras,
    )
    shot = Shot(sight.left.grey, depth, sight.right)
    view = perception.look(shot, sight.odom_from_camera, _Unwatched())
    return Made(view, _mapped(view, sight, rover, cameras, settings, stamp))


def _mapped(
    view: View,
    sight: Sight,
    rover: Rover,
    cameras: Cameras,
    settings: PerceptionSettings,
    stamp: float,
) -> TerrainMap:
    terrain_map = TerrainMap(MapSettings(), rover)
    place = sight.odom_from_base.translation
    terrain_map.move_to(float(place[0]), float(place[1]), stamp)
    assert view.points is not None, "a rig has both cameras"
    terrain_map.integrate(
        view.points,
        view.segmentation.classes,
        view.confidence,
        sight.odom_from_camera,
        cameras.range_error(settings.range),
        stamp,
    )
    rocks = view.rocks
    terrain_map.add_rocks(
        np.array([r.position for r in rocks]).reshape(-1, 3) + sight.odom_from_camera.translation,
        np.array([r.width for r in rocks]),
        np.nan_to_num([r.height for r in rocks], nan=BIG_ROCK_HEIGHT),
        np.array([r.probability for r in rocks]),
        stamp,
    )
    terrain_map.update()
    return terrain_map
