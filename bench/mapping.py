"""How long the map takes: the whole frame against np.bincount and against its plain twin.

One core. The scene is a 1024 x 1024 NAVCAM's view of rocky ground; where "in view" is said all of
its points fall into the map, else part of the image is sky or beyond the map's edge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.range_error import RangeError
from ai4mars_nav.mapping import (
    cell_kernels,
    columns,
    cost,
    map_settings,
    slow,
    slow_surface,
    surface,
)
from ai4mars_nav.mapping.grid import NOTHING, Window
from ai4mars_nav.mapping.map_settings import MapSettings
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.rover import Rover
from measure import Row, row, times

HEIGHT, FOCAL = 1.9, 1.2
"""Camera above the ground (m), focal length over the image's edge."""
RANGE_ERROR = RangeError(520.0, 0.25)
SETTINGS = MapSettings()


class Scene:
    """Points (n, n, 3) of bumpy ground from a mast, with classes, confidence and pose."""

    def __init__(self, edge: int, pitch_deg: float) -> None:
        rng = np.random.default_rng(0)
        along = (np.arange(edge) + 0.5 - 0.5 * edge) / (FOCAL * edge)
        u, v = np.meshgrid(along, along)
        rays = np.stack([u, v, np.ones_like(u)], axis=-1)
        level = Pose.from_rpy((0.0, 0.0, HEIGHT), (0.0, np.deg2rad(pitch_deg), 0.0))
        turn = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
        self.pose = Pose(level.rotation @ turn, level.translation)
        towards = rays @ self.pose.rotation.T
        bumps = rng.uniform(0.0, 0.08, (64, 64)).repeat(edge // 64, 0).repeat(edge // 64, 1)
        with np.errstate(divide="ignore"):
            depth = np.where(towards[..., 2] < -1e-3, -(HEIGHT - bumps) / towards[..., 2], np.nan)
        depth += RANGE_ERROR.range_sigma(np.minimum(depth, 40.0)) * rng.standard_normal(u.shape)
        self.points = (rays * depth[..., None]).astype(np.float32)
        patches = rng.choice(np.array([0, 1, 2, 3, 255], np.uint8), (32, 32))
        self.classes = patches.repeat(edge // 32, 0).repeat(edge // 32, 1)
        self.confidence = rng.integers(100, 256, (edge, edge), dtype=np.uint8)


class Frame:
    """One frame after another of one scene into one map."""

    def __init__(self, scene: Scene, settings: MapSettings = SETTINGS) -> None:
        self.scene, self.map, self.stamp = scene, TerrainMap(settings, Rover()), 0.0
        self.window = NOTHING

    def __call__(self) -> None:
        self.stamp += 0.2
        scene = self.scene
        self.map.integrate(
            scene.points, scene.classes, scene.confidence, scene.pose, RANGE_ERROR, self.stamp
        )
        self.window = self.map.update()


class SlowFrame:
    """The same with the plain NumPy twins, over the same windows."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.map, self.stamp = scene, TerrainMap(SETTINGS, Rover()), 0.0
        rows, width = self.map.grid.rows, self.map.grid.columns
        self.sums = np.zeros((rows, width, columns.SUMS), np.float32)
        self.sums[..., columns.LOWEST], self.sums[..., columns.HIGHEST] = np.inf, -np.inf
        self.memory = np.zeros((columns.PLANES, rows, width), np.float32)
        self.memory[: columns.SEEN] = np.nan
        self.derived = np.full((columns.DERIVED, rows, width), np.nan, np.float32)
        self.graded = np.full((rows, width), -1, np.int8)
        self.cost = self.graded.copy()
        self.lethal, self.classes = np.zeros((2, rows, width), np.uint8)
        costs, rover = self.map.costs, self.map.rover
        self.table = cost.cost_table(rover, costs)
        self.limits = cost.grading_limits(rover, costs, SETTINGS.resolution, -SETTINGS.certainty)

    def __call__(self) -> None:
        self.stamp += 0.2
        scene, grid, layers = self.scene, self.map.grid, self.derived
        bounds, tally = np.array([grid.rows, 0, grid.columns, 0]), np.zeros(3, np.int64)
        slow.accumulate(
            scene.points, scene.classes, scene.confidence, transform(scene.pose, grid.origin),
            map_settings.class_evidence(SETTINGS),
            map_settings.sensor_numbers(SETTINGS, RANGE_ERROR.range_sigma(np.ones(1))[0]),
            self.sums, bounds, tally,
        )  # fmt: skip
        slow.fuse(
            self.sums, self.memory, bounds, HEIGHT, self.stamp,
            map_settings.fusion_numbers(SETTINGS),
        )  # fmt: skip
        radii = surface.Surface.of(SETTINGS, self.map.rover)
        touched = Window(*bounds.tolist()).grown(radii.reach, grid.rows, grid.columns)
        where, elevation = touched.array, self.memory[columns.ELEVATION]
        slope, rough = layers[columns.SLOPE], layers[columns.ROUGHNESS]
        rise, step = layers[columns.RISE], layers[columns.STEP]
        least = SETTINGS.least_known
        slow_surface.fit_planes(elevation, where, radii.trend_radius, least, slope, rough, rise)
        slow_surface.fit_planes(elevation, where, radii.slope_radius, least, slope, rough, step)
        slow_surface.find_steps(
            self.memory[columns.LOW], self.memory[columns.HIGH], slope, rise, where,
            radii.step_radius, step,
        )  # fmt: skip
        slow.grade(
            self.memory, layers, where, self.table, self.limits, self.graded, self.lethal,
            self.classes,
        )  # fmt: skip
        footprint = cost.Footprint.of(self.map.rover, SETTINGS.resolution)
        reach = int(np.ceil(footprint.circumscribed))
        written = touched.grown(reach, grid.rows, grid.columns)
        seen = written.grown(reach, grid.rows, grid.columns)
        distance = cost.distance_to_lethal(self.lethal[seen.slices])
        slow.inflate(
            self.graded, distance, written.array, seen.first_row, seen.first_column,
            footprint.inscribed, footprint.circumscribed, self.cost,
        )  # fmt: skip


def transform(pose: Pose, origin: tuple[float, float]) -> NDArray[np.float32]:
    """(3, 4): optical metres to cells and height, as the map makes it."""
    per = 1.0 / SETTINGS.resolution
    full = np.zeros((3, 4))
    full[:2, :3], full[2, :3] = pose.rotation[:2] * per, pose.rotation[2]
    full[:2, 3] = (pose.translation[:2] - np.array(origin)) * per
    return full.astype(np.float32)


def in_odom(scene: Scene) -> tuple[NDArray[np.float32], ...]:
    """x, y, z of the scene's points, contiguous."""
    moved = scene.pose.apply(scene.points.reshape(-1, 3).astype(np.float64)).astype(np.float32)
    return tuple(np.ascontiguousarray(axis) for axis in moved.T)


def cells_of(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.intp]:
    """Flat cell of each place, in plain NumPy."""
    per, half = np.float32(1.0 / SETTINGS.resolution), np.float32(0.5 * SETTINGS.size)
    width = round(SETTINGS.size / SETTINGS.resolution)
    return ((y + half) * per).astype(np.intp) * width + ((x + half) * per).astype(np.intp)


def on_map(
    x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]
) -> tuple[NDArray[np.float32], ...]:
    """The points that lie on the map."""
    half = np.float32(0.5 * SETTINGS.size)
    inside = (np.abs(x) < half) & (np.abs(y) < half)
    return (x, y, z) if inside.all() else (x[inside], y[inside], z[inside])


def binned(*places: NDArray[np.float32]) -> None:
    """Sum of z per cell of the points on the map: the plain pass that the map is held against."""
    x, y, z = on_map(*places)
    np.bincount(cells_of(x, y), z, round(SETTINGS.size / SETTINGS.resolution) ** 2)


def whole_frames() -> list[Row]:
    """Points with every layer and the cost, against bincount and the twin."""
    rows = []
    for note, pitch in (("all in view", 32.0), ("a fifth sky or beyond", 20.0)):
        scene = Scene(1024, pitch)
        places = in_odom(scene)
        frame = Frame(scene)
        ours = times(frame, 15)
        size = f"1024^2 points, {note}"
        reference = times(lambda: binned(*places), 15)  # noqa: B023
        rows.append(row("map frame", size, ours, "np.bincount of x, y, z", reference, ">= 0.33"))
        cells = cells_of(*on_map(*places)[:2])
        counted = times(lambda: np.bincount(cells), 15)  # noqa: B023
        rows.append(row("map frame", size, ours, "np.bincount of ready cells", counted, ""))
        plain = times(SlowFrame(scene), 3)
        rows.append(row("map frame", size, ours, "plain NumPy twin", plain, ">= 5"))
    return rows


def over_points() -> list[Row]:
    """The frame over the number of points; the reference is the time per point at 1024^2."""
    took = {edge: times(Frame(Scene(edge, 32.0)), 9) for edge in (256, 512, 1024, 2048)}
    per_point = np.median(took[1024]) / 1024**2
    return [
        row("map frame, linear in points", f"{edge}^2", ours, "1024^2 scaled by points",
            per_point * edge * edge, "")
        for edge, ours in took.items()
    ]  # fmt: skip


def over_cells() -> list[Row]:
    """`update` alone over the number of touched cells, all of them known."""
    rng, took = np.random.default_rng(1), {}
    terrain_map = TerrainMap(SETTINGS, Rover())
    shape = terrain_map.cost.shape
    memory = np.zeros((columns.PLANES, *shape), np.float32)
    memory[columns.ELEVATION] = rng.normal(0.0, 0.02, shape)
    memory[columns.LOW], memory[columns.HIGH] = memory[columns.ELEVATION] + [[[-0.01]], [[0.01]]]
    memory[columns.NOISE], memory[columns.ROCK] = 1e-4, -4.0
    memory[columns.BELIEF :] = rng.uniform(-6.0, 0.0, (4, *shape))
    derived = np.zeros((columns.DERIVED, *shape), np.float32)
    graded, lethal = np.zeros(shape, np.int8), (rng.random(shape) < 1e-3).astype(np.uint8)
    classes, shown = lethal.copy(), graded.copy()
    radii = surface.Surface.of(SETTINGS, terrain_map.rover)
    table = cost.cost_table(terrain_map.rover, terrain_map.costs)
    limits = cost.grading_limits(
        terrain_map.rover, terrain_map.costs, SETTINGS.resolution, -SETTINGS.certainty
    )
    footprint = cost.Footprint.of(terrain_map.rover, SETTINGS.resolution)

    for edge in (50, 100, 200, 400):
        window = Window(0, edge, 0, edge)

        def work(window: Window = window) -> None:
            radii.update(memory, derived, window)
            cell_kernels.grade(
                memory, derived, window.array, table, limits, graded, lethal, classes
            )
            cost.inflate(graded, lethal, window, footprint, shown)

        took[edge] = times(work, 15)
    per_cell = np.median(took[200]) / 200**2
    return [
        row("map update, linear in touched cells", f"{edge}^2", ours, "200^2 scaled by cells",
            per_cell * edge * edge, "")
        for edge, ours in took.items()
    ]  # fmt: skip


def rolling() -> list[Row]:
    """Moving the map by a metre."""
    terrain_map, place = TerrainMap(SETTINGS, Rover()), [0.0]

    def move() -> None:
        place[0] += 2.0
        terrain_map.move_to(place[0], -place[0])

    plane = np.zeros((columns.PLANES + columns.DERIVED + 1, 400, 400), np.float32)
    rolled = times(lambda: np.roll(plane, (-10, 10), (1, 2)), 15)
    return [
        row(
            "map moved",
            "400^2, all layers",
            times(move, 15),
            "np.roll: a ring unwrapped",
            rolled,
            "",
        )
    ]


def run() -> list[Row]:
    """Every row of this room."""
    return whole_frames() + over_points() + over_cells() + rolling()
