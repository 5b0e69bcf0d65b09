"""The map: frames of labelled points and rocks in, a graded cost grid round the rover out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping import cell_kernels, columns, cost, map_settings, point_kernels
from ai4mars_nav.mapping.cost import CostSettings
from ai4mars_nav.mapping.errors import MappingError
from ai4mars_nav.mapping.felt import Feeling, Place
from ai4mars_nav.mapping.frame import Counts, Floats, Labels, checked
from ai4mars_nav.mapping.grid import NOTHING, Grid, Planes, Window
from ai4mars_nav.mapping.loose import REPRICED, FeltSettings
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.rock_discs import MOST_ODDS, disc_cells, raise_disc
from ai4mars_nav.mapping.sources import POINTS, POSE, ROCKS, SOURCES, Sources
from ai4mars_nav.mapping.surface import Surface
from ai4mars_nav.rover import Rover
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, CLASSES, UNKNOWN

__all__ = ["SOURCES", "Counts", "MapSettings", "TerrainMap"]

_NO_MEMORY = np.array([np.nan] * 6 + [-MOST_ODDS] + [0.0] * 7, np.float32)
_NO_SURFACE = np.full(columns.DERIVED, np.nan, np.float32)
_NO_COST = np.array([-1, -1], np.int8)
_NO_LABEL = np.array([0, UNKNOWN], np.uint8)


class TerrainMap:
    """A rolling cost map. All buffers are made here; arrays it hands out change with the map.

    `move_to`, `integrate`, `add_rocks` and `feel` as they come, then `update` once, which brings
    `cost` and `layers` up to date where something was touched.
    """

    def __init__(
        self,
        settings: MapSettings,
        rover: Rover,
        costs: CostSettings | None = None,
        feeling: FeltSettings | None = None,
    ) -> None:
        self.settings, self.rover, self.costs = settings, rover, costs or CostSettings()
        self.grid = Grid.around(0.0, 0.0, settings.size, settings.resolution)
        rows, columns_ = self.grid.rows, self.grid.columns
        self._memory = Planes(_NO_MEMORY, rows, columns_)
        self._derived = Planes(_NO_SURFACE, rows, columns_)
        self._cost = Planes(_NO_COST, rows, columns_)
        self._labels = Planes(_NO_LABEL, rows, columns_)
        self._planes = (self._memory, self._derived, self._cost, self._labels)
        self._sums = np.zeros((rows, columns_, columns.SUMS), np.float32)
        self._sums[:, :, columns.LOWEST] = np.inf
        self._sums[:, :, columns.HIGHEST] = -np.inf
        self._evidence = map_settings.class_evidence(settings)
        self._tuning = map_settings.fusion_numbers(settings)
        self._table = cost.cost_table(rover, self.costs)
        self._limits = cost.grading_limits(
            rover, self.costs, settings.resolution, -settings.certainty
        )
        self._feeling = Feeling(feeling or FeltSettings(), self.costs, rover)
        self._footprint = cost.Footprint.of(rover, settings.resolution)
        self._surface = Surface.of(settings, rover)
        self._room = point_kernels.RowRoom.of(0)
        self._heard = Sources(settings)
        self._epoch = self._swept = 0.0
        self._touched = NOTHING

    @property
    def resolution(self) -> float:
        """Edge of a cell in metres."""
        return self.settings.resolution

    @property
    def origin(self) -> tuple[float, float]:
        """x, y in metres (odom) of the outer corner of cell (0, 0)."""
        return self.grid.origin

    @property
    def cost(self) -> NDArray[np.int8]:
        """(rows, columns), contiguous: -1 unknown, 1..99 graded, 100 lethal; as of `update`."""
        return _read_only(self._cost.array[1])

    @property
    def layers(self) -> dict[str, NDArray[Any]]:
        """Named views (rows, columns), nan where unknown; heights in metres, slope in radians."""
        memory, derived = _read_only(self._memory.array), _read_only(self._derived.array)
        layers: dict[str, NDArray[Any]] = {
            "elevation": memory[columns.ELEVATION],
            "variance": memory[columns.VARIANCE],
            "low": memory[columns.LOW],
            "high": memory[columns.HIGH],
            "slope": derived[columns.ANGLE],
            "roughness": derived[columns.ROUGHNESS],
            "step": derived[columns.STEP],
            "cost_ratio": derived[columns.COST_RATIO],
            "lethal": _read_only(self._labels.array[0]),
            "classes": self.classes,
        }
        for kind in CLASSES:
            layers[f"p_{kind.name.lower()}"] = derived[columns.SHARE + kind]
        return layers

    @property
    def classes(self) -> Labels:
        """(rows, columns) most probable class of each cell, 255 where none was ever seen."""
        return _read_only(self._labels.array[1])

    def move_to(self, x: float, y: float, stamp: float | None = None) -> None:
        """Keep the rover, at x, y metres in odom, near the middle; by whole cells, seldom."""
        if not (math.isfinite(x) and math.isfinite(y)):
            raise MappingError(f"map: the rover's place ({x}, {y}) is not finite")
        if stamp is not None:
            self._heard.newer(POSE, stamp)
            self._heard.stamps[POSE] = stamp
        row, column = self.grid.corner_around(x, y)
        rows, columns_ = row - self.grid.row, column - self.grid.column
        slack = self.settings.recentre_after / self.resolution
        if max(abs(rows), abs(columns_)) <= slack:
            return
        for planes in self._planes:
            planes.roll(rows, columns_)
        self.grid = self.grid.moved_to(row, column)
        self._touched = self._touched.moved(rows, columns_, self.grid)

    def integrate(
        self,
        points: Floats,
        classes: Labels,
        confidence: Labels,
        odom_from_camera: Pose,
        range_error: RangeError,
        stamp: float,
    ) -> Counts:
        """Points (h, w, 3) of the optical frame in image order, labels (h, w), into the map.

        Points (n, 3) with labels (n,) are taken too, but without their neighbours in the image
        nothing can be said about the ground between them: each then counts only where it is.
        """
        self._heard.newer(POINTS, stamp)
        points, classes, confidence = checked(points, classes, confidence, odom_from_camera)
        if POINTS not in self._heard.stamps:
            self._epoch = self._swept = stamp
        bounds = np.array([self.grid.rows, 0, self.grid.columns, 0], np.int64)
        tally = np.zeros(3, np.int64)
        if len(self._room.found) != points.shape[1]:
            self._room = point_kernels.RowRoom.of(points.shape[1])
        factor = float(range_error.range_sigma(np.ones(1))[0])
        point_kernels.accumulate(
            points, classes, confidence, self._cells_from_camera(odom_from_camera),
            self._evidence, map_settings.sensor_numbers(self.settings, factor), self._sums,
            *self._room, bounds, tally,
        )  # fmt: skip
        now = stamp - self._epoch
        camera_z = float(odom_from_camera.translation[2])
        cell_kernels.fuse(self._sums, self._memory.array, bounds, camera_z, now, self._tuning)
        self._touched = self._touched.union(Window(*(int(edge) for edge in bounds)))
        self._heard.stamps[POINTS] = stamp
        self._heard.stamps[POSE] = max(stamp, self._heard.stamps.get(POSE, stamp))
        self._forget(now)
        return Counts(*(int(count) for count in tally))

    def add_rocks(
        self,
        positions: NDArray[np.floating],
        widths: NDArray[np.floating],
        heights: NDArray[np.floating],
        probabilities: NDArray[np.floating],
        stamp: float,
    ) -> None:
        """Big rocks of one frame: base centres (k, 3) in odom, metres, chance of being one (k,).

        A report says that the rock is over BIG_ROCK_HEIGHT; a rover that climbs higher is not
        stopped by it.
        """
        self._heard.newer(ROCKS, stamp)
        count = len(positions)
        for name, values in (
            ("widths", widths), ("heights", heights), ("probabilities", probabilities),
        ):  # fmt: skip
            if np.shape(values) != (count,):
                raise MappingError(f"rocks: {name} has shape {np.shape(values)}, not ({count},)")
        plane = self._memory.array[columns.ROCK]
        for place, width, height, probability in zip(
            positions, widths, heights, probabilities, strict=True
        ):
            if max(float(height), BIG_ROCK_HEIGHT) >= self.rover.max_step:
                disc = raise_disc(
                    plane, self.grid, float(place[0]), float(place[1]), float(width),
                    float(probability),
                )  # fmt: skip
                self._remember_unseen(disc, stamp)
                self._touched = self._touched.union(disc)
        self._heard.stamps[ROCKS] = stamp

    def hold(self, x: float, y: float) -> None:
        """The rover was stuck on something at x, y metres in odom: lethal until forgotten.

        As wide as its track: what wheels could not pass is not known better. Unlike a rock it is
        not taken back by looking: it was felt, where nothing was seen.
        """
        if not (math.isfinite(x) and math.isfinite(y)):
            raise MappingError(f"map: the rover cannot be stuck at ({x}, {y})")
        disc, inside = disc_cells(self.grid, x, y, self.rover.track)
        self._memory.array[columns.HELD][disc.slices][inside] = 1.0
        # cells that were never seen are kept as long as those seen now
        seen = self._memory.array[columns.SEEN][disc.slices]
        seen[inside] = self._now
        self._touched = self._touched.union(disc)

    def feel(self, place: Place, slip: float, stamp: float) -> None:
        """The wheels slipped (0..1) there; the first frame with a later stamp takes it over."""
        self._feeling.feel(place, slip, stamp)

    @property
    def learned(self) -> str:
        """What was learned of loose sand, in one line."""
        return self._feeling.loose.words

    def update(self) -> Window:
        """Bring surface and cost up to date; returns the window of `cost` that may differ."""
        memory, derived = self._memory.array, self._derived.array
        (graded, priced), (lethal, classes) = self._cost.array, self._labels.array
        felt = self._feeling.learn(memory, derived, classes, self.grid, self._epoch + self._now)
        touched, self._touched = self._touched.union(felt), NOTHING
        if touched.empty:
            return touched
        around = touched.grown(self._surface.reach, self.grid.rows, self.grid.columns)
        self._surface.update(memory, derived, around)
        if abs(self._feeling.loose.share - self._limits[cost.LOOSE_SHARE]) > REPRICED:
            self._limits[cost.LOOSE_SHARE] = self._feeling.loose.share
            around = Window(0, self.grid.rows, 0, self.grid.columns)
        cell_kernels.grade(
            memory, derived, around.array, self._table, self._limits, graded, lethal, classes
        )
        return cost.inflate(graded, lethal, around, self._footprint, priced)

    def age(self, now: float) -> dict[str, float]:
        """Seconds since the newest stamp of each source; infinite for one never heard."""
        return self._heard.age(now)

    def current(self, now: float) -> dict[str, bool]:
        """Whether each source is younger than its timeout, and not from the future by as much."""
        return self._heard.current(now)

    def clear(self) -> None:
        """Forget everything but the place: for a clock that jumped back or odometry that did."""
        for planes in self._planes:
            planes.clear()
        self._heard.stamps.clear()
        self._feeling.clear()
        self._touched = NOTHING

    @property
    def _now(self) -> float:
        """Seconds since the first frame, of the newest."""
        return self._heard.stamps.get(POINTS, self._epoch) - self._epoch

    def _cells_from_camera(self, odom_from_camera: Pose) -> Floats:
        """(3, 4): optical metres to column, row (cells) and height over the camera (metres)."""
        x, y = self.grid.origin
        per = 1.0 / self.resolution
        place = odom_from_camera.translation
        transform = np.empty((3, 4))
        transform[:2, :3] = odom_from_camera.rotation[:2] * per
        transform[2, :3] = odom_from_camera.rotation[2]
        transform[:, 3] = (place[0] - x) * per, (place[1] - y) * per, 0.0
        return transform.astype(np.float32)

    def _remember_unseen(self, disc: Window, stamp: float) -> None:
        """A rock's cells no point ever fell into count as seen when it was reported."""
        rows, columns_ = disc.slices
        memory = self._memory.array[:, rows, columns_]
        new = np.isnan(memory[columns.ELEVATION]) & (memory[columns.ROCK] > -MOST_ODDS)
        if POINTS in self._heard.stamps:
            memory[columns.SEEN][new] = stamp - self._epoch

    def _forget(self, now: float) -> None:
        """Clear cells not seen for long; looked for a few times per `forget_after`."""
        if self._epoch + now - self._swept < 0.05 * self.settings.forget_after:
            return
        self._swept = self._epoch + now
        old = self._memory.array[columns.SEEN] < now - self.settings.forget_after
        if old.any():
            self._memory.array[:, old] = _NO_MEMORY[:, None]
            rows, columns_ = np.flatnonzero(old.any(axis=1)), np.flatnonzero(old.any(axis=0))
            self._touched = self._touched.union(
                Window(int(rows[0]), int(rows[-1]) + 1, int(columns_[0]), int(columns_[-1]) + 1)
            )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
