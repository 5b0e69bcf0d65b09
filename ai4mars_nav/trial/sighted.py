"""The pilot that goes by its cameras: the nodes `terrain` and `map` called in turn, then the mind.

What crosses no topic here crosses none that would change it: the same arrays, the same order.
"""

from __future__ import annotations

import contextlib
import math
import time
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.stereo import StereoSettings
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.loose import FeltSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.rocks import Rock, RockSettings
from ai4mars_nav.perception.segmenter import SegmenterSettings
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.planning.follower import Command
from ai4mars_nav.ros.convert.grid import CostGrid
from ai4mars_nav.ros.convert.rocks import RockSighting
from ai4mars_nav.ros.graph import MAP, SIM, TERRAIN
from ai4mars_nav.ros.parameter_file import settings_in
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
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.seen import Frame
from ai4mars_nav.sim.drive.sim_settings import SimSettings
from ai4mars_nav.sim.vehicle.state import State
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT
from ai4mars_nav.trial.mind import Mind, Point


class Unwatched:
    """A clock that nobody reads."""

    def stage(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Time nothing."""
        del name
        return contextlib.nullcontext()


class Sighted:
    """Perceives what its eyes see of a world, spoilt by faults, and believes its odometry."""

    def __init__(
        self,
        file: Path,
        rover: Rover,
        model: tuple[Engine, Sidecar],
        eyes: Eyes,
        faults: Faults,
        goal: Point,
    ) -> None:
        self._sim = settings_in(file, SIM, "", SimSettings)
        settings = PerceptionSettings(
            settings_in(file, TERRAIN, "segmenter", SegmenterSettings),
            settings_in(file, TERRAIN, "stereo", StereoSettings),
            settings_in(file, TERRAIN, "rocks", RockSettings),
            settings_in(file, TERRAIN, "output", OutputSettings),
            settings_in(file, MAP, "range", RangeSettings),
        )
        left = eyes.rig.left
        cameras = Cameras(left, eyes.rig.right)
        self._range_error = cameras.range_error(settings.range)
        self._perception = Perception(settings, *model, (left.height, left.width), cameras)
        costs = settings_in(file, MAP, "cost", CostSettings)
        feeling = settings_in(file, MAP, "felt", FeltSettings)
        self.map = TerrainMap(settings_in(file, MAP, "map", MapSettings), rover, costs, feeling)
        self._mind = Mind(file, rover, self.map, goal)
        self._eyes, self._faults = eyes, faults
        self._seen_any = False
        self.camera = left
        self.perceiving: list[float] = []
        self.cameras: list[Pose] = []

    @property
    def why(self) -> str:
        """Why there is no plan."""
        return self._mind.why

    @property
    def planning(self) -> list[float]:
        """Processor seconds of each plan."""
        return self._mind.planning

    def go_to(self, goal: Point) -> None:
        """Drive to another goal from now on."""
        self._mind.go_to(goal)

    def believed(self, state: State) -> Pose:
        """The odometry."""
        return state.odometry

    def see(self, state: State, index: int, elapsed: float, now: float) -> Frame | None:
        """Take a frame, perceive it, map it and plan; none where the frame was lost."""
        asked = self._sim
        pan = math.radians(asked.pans_deg[index % len(asked.pans_deg)])
        # as the graph, which takes depth where it comes
        right, stamp = asked.right and not asked.depth, round(now * 1e9)
        shots, true = self._eyes.look(state.odom_from_base, pan, index, stamp, right, asked.depth)
        spoilt = self._faults.spoil(shots, elapsed, index)
        if spoilt is None:
            return None
        camera = state.odometry @ self._eyes.base_from_camera(pan)
        depth = None if spoilt.depth is None else ("32FC1", spoilt.depth)
        begun = time.process_time()
        view = self._perception.look(Shot(spoilt.left, depth, spoilt.right), camera, Unwatched())
        sightings = [_sighting(rock, camera) for rock in view.rocks]
        self._integrate(view, sightings, state.odometry, camera, now)
        self.perceiving.append(time.process_time() - begun)
        self._mind.plan(state.odometry, now)
        self.cameras.append(state.odom_from_base @ self._eyes.base_from_camera(pan))
        self._seen_any = True
        cost = CostGrid(self._mind.cost, self.map.origin, self.map.resolution, stamp, "odom")
        return Frame(
            stamp,
            spoilt.left,
            view.segmentation.classes.copy(),
            view.confidence.copy(),
            true.classes,
            sightings,
            cost,
            self._mind.path,
        )

    def order(self, state: State, now: float) -> Command | None:
        """The driver's command, by odometry."""
        return self._mind.order(state.odometry, now) if self._seen_any else None

    def _integrate(
        self, view: View, rocks: list[RockSighting], base: Pose, camera: Pose, now: float
    ) -> None:
        x, y, _ = (float(value) for value in base.translation)
        self.map.move_to(x, y)
        if view.points is not None:
            classes, confidence = view.segmentation.classes, view.confidence
            self.map.integrate(view.points, classes, confidence, camera, self._range_error, now)
            self.map.add_rocks(
                camera.apply(np.array([rock.base.translation for rock in rocks]).reshape(-1, 3)),
                np.array([rock.width for rock in rocks]),
                np.nan_to_num([rock.height for rock in rocks], nan=BIG_ROCK_HEIGHT),
                np.array([rock.probability for rock in rocks]),
                now,
            )
        self.map.update()


def _sighting(rock: Rock, odom_from_camera: Pose) -> RockSighting:
    """A rock of the upright frame at the camera, in the camera's own frame."""
    upright = Pose(odom_from_camera.rotation.T, np.zeros(3))
    return RockSighting(
        upright @ Pose(np.eye(3), rock.position),
        rock.height,
        rock.height_sigma,
        rock.width,
        rock.probability,
        rock.by_height,
        rock.by_class,
    )
