"""A drive from above: the true ground and the map that the rover made of it, side by side.

North, the y axis of odom, is up; pictures are RGB u8 (h, w, 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.cost_colours import LETHAL, RAMP, TICKS, UNSEEN, paint_cost
from ai4mars_nav.sim.drive.referee import is_hard
from ai4mars_nav.sim.drive.seen import Frame, Seen
from ai4mars_nav.sim.drive.trip import Outcome
from ai4mars_nav.sim.poster import (
    INK,
    WHITE,
    Colour,
    Panel,
    Picture,
    colour_bar,
    legend,
    page,
    scale_bar,
)
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, CLASSES, COLOURS, NAMES

PLANNED: Colour = (0, 150, 215)
DRIVEN: Colour = (20, 20, 20)
BELIEVED: Colour = (30, 150, 60)
STRUCK: Colour = (230, 0, 160)
MARGIN = 4.0
"""Metres shown round start, goal and everywhere the rover was."""
SIDE = 860
"""Pixels of a panel."""


@dataclass(frozen=True)
class View:
    """A square of ground, `side` metres from its lower left corner, on SIDE pixels."""

    corner: tuple[float, float]
    side: float

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        return SIDE / self.side

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 2) in metres as pixels, x right and y down."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        u = (points[:, 0] - self.corner[0]) * self.scale
        v = SIDE - (points[:, 1] - self.corner[1]) * self.scale
        return np.stack([u, v], axis=1)

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x and y (SIDE, SIDE) of all pixel centres."""
        rows, columns = np.indices((SIDE, SIDE)) + 0.5
        return self.corner[0] + columns / self.scale, self.corner[1] + (SIDE - rows) / self.scale


def topdown(outcome: Outcome, seen: Seen) -> Picture:
    """The page: truth on the left, the rover's own map on the right."""
    view = view_of(outcome)
    truth = true_ground(outcome.ground.world, view)
    known = np.empty((SIDE, SIDE, 3), np.uint8)
    known[:] = UNSEEN
    costs = mosaic(seen.frames, view)
    paint_cost(known, costs)
    for picture in (truth, known):
        _draw_ways(picture, outcome, seen, view)
    legend(truth, [(_rgb(COLOURS[each]), NAMES[each]) for each in CLASSES])
    legend(
        known,
        [
            (PLANNED, "planned"),
            (DRIVEN, "driven"),
            (BELIEVED, "believed"),
            (LETHAL, "lethal"),
            (UNSEEN, "not seen"),
        ],
    )
    colour_bar(known, RAMP, TICKS, "cost")
    panels = [
        Panel("The ground as it is", _rock_note(outcome), truth),
        Panel("What the rover made of it", "its cost: all maps, the newest on top", known),
    ]
    for panel in panels:
        draw_scale(panel.picture, view)
    trip = outcome.trip
    title = f"{outcome.ground.rover.name} in {outcome.ground.world.name}, seed {trip.seed}"
    return page(title, outcome.end.reason.splitlines()[0][:110], panels, 2)


def true_ground(world: World, view: View) -> Picture:
    """Classes in their colours, shaded by slope; rocks over BIG_ROCK_HEIGHT outlined."""
    x, y = view.centres()
    classes, height = world.class_at(x, y), world.height(x, y)
    down, right = np.gradient(height, 1.0 / view.scale)
    light = np.clip(1.0 + 0.9 * (0.7 * right + 0.7 * down), 0.35, 1.35)[..., None]
    inside = world.holds(x, y)[..., None]
    picture = np.where(inside, COLOURS[classes] * light, 235.0)
    drawn = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    for rock in np.flatnonzero(world.rocks.height > BIG_ROCK_HEIGHT):
        _ring(drawn, world, int(rock), view, INK, 1)
    return drawn


def mosaic(frames: list[Frame], view: View) -> NDArray[np.int16]:
    """Cost (SIDE, SIDE) of all maps, the newest that knows a cell: -1 where none does."""
    x, y = view.centres()
    total = np.full((SIDE, SIDE), -1, np.int16)
    for frame in frames:
        if frame.cost is None:
            continue
        grid = frame.cost
        column = np.floor((x[0] - grid.origin[0]) / grid.resolution).astype(int)
        row = np.floor((y[:, 0] - grid.origin[1]) / grid.resolution).astype(int)
        across = _within(column, grid.cost.shape[1])
        down = _within(row, grid.cost.shape[0])
        part = grid.cost[row[down]][:, column[across]]
        np.copyto(total[down, across], part, where=part >= 0)
    return total


def _within(cells: NDArray[np.int64], count: int) -> slice:
    """Which of the cells (n,), in rising or falling order, are among 0..count-1."""
    inside = np.flatnonzero((cells >= 0) & (cells < count))
    return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0, 0)


def draw_rover(
    picture: Picture,
    rover: Rover,
    place: tuple[float, float, float],
    view: View,
    colour: Colour,
) -> None:
    """The rover's rectangle and its heading."""
    x, y, yaw = place
    half_length, half_width = 0.5 * rover.length, 0.5 * rover.width
    corners = np.array(
        [
            (half_length, half_width),
            (half_length, -half_width),
            (-half_length, -half_width),
            (-half_length, half_width),
            (half_length, half_width),
            (half_length * 1.6, 0.0),
            (half_length, -half_width),
        ]
    )
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    _polyline(picture, corners @ turn.T + (x, y), view, colour, 2)


def draw_path(
    picture: Picture, points: NDArray[np.float64], view: View, colour: Colour, thickness: int
) -> None:
    """A line through points (n, 2) in metres."""
    _polyline(picture, points, view, colour, thickness)


def view_of(outcome: Outcome) -> View:
    """The square round start, goal and everywhere the rover was."""
    places = [truth.place[:2] for truth in outcome.truths]
    places += [outcome.ground.mission.start[:2], outcome.ground.rules.goal]
    low, high = np.min(places, axis=0), np.max(places, axis=0)
    side = float((high - low).max()) + 2.0 * MARGIN
    corner = 0.5 * (low + high) - 0.5 * side
    return View((float(corner[0]), float(corner[1])), side)


def _draw_ways(picture: Picture, outcome: Outcome, seen: Seen, view: View) -> None:
    plans = [frame.plan for frame in seen.frames if frame.plan is not None and len(frame.plan)]
    for plan in plans[:: max(1, len(plans) // 12)]:
        draw_path(picture, plan, view, PLANNED, 1)
    believed = np.array([truth.believed[:2] for truth in outcome.truths])
    driven = np.array([truth.place[:2] for truth in outcome.truths])
    draw_path(picture, believed, view, BELIEVED, 1)
    draw_path(picture, driven, view, WHITE, 5)
    draw_path(picture, driven, view, DRIVEN, 3)
    goal = view.pixels(np.array(outcome.ground.rules.goal))[0]
    for radius, colour in ((11, WHITE), (9, INK), (5, (255, 205, 60))):
        cv2.circle(picture, _at(goal), radius, colour, cv2.FILLED, cv2.LINE_AA)
    if outcome.truths:
        draw_rover(picture, outcome.ground.rover, outcome.truths[-1].place, view, INK)
        world = outcome.ground.world
        for strike in outcome.truths[-1].strikes:
            if strike.rock >= 0:
                _ring(picture, world, strike.rock, view, STRUCK, 3)
            at = _at(view.pixels(np.array((strike.x, strike.y)))[0])
            size = 18 if is_hard(strike) else 8
            cv2.drawMarker(picture, at, STRUCK, cv2.MARKER_TILTED_CROSS, size, 2, cv2.LINE_AA)
    draw_rover(picture, outcome.ground.rover, outcome.ground.mission.start, view, (90, 90, 90))


def _rock_note(outcome: Outcome) -> str:
    rocks = outcome.ground.world.rocks
    big = int((rocks.height > BIG_ROCK_HEIGHT).sum())
    strikes = outcome.truths[-1].strikes if outcome.truths else ()
    struck = len({strike.rock for strike in strikes if strike.rock >= 0})
    return f"outlined: {big} rocks over {BIG_ROCK_HEIGHT:.2f} m in all; {struck} struck (crosses)"


def draw_scale(picture: Picture, view: View) -> None:
    """A scale bar, bottom right: the legend stands bottom left."""
    metres = 5.0 if view.side > 15.0 else 1.0
    wide = round(metres * view.scale) + 44
    part = np.ascontiguousarray(picture[:, -wide:])
    scale_bar(part, view.scale, metres)
    picture[:, -wide:] = part


def _ring(
    picture: Picture, world: World, rock: int, view: View, colour: Colour, thickness: int
) -> None:
    rocks = world.rocks
    centre = _at(view.pixels(np.array((rocks.x[rock], rocks.y[rock])))[0])
    axes = tuple(
        max(2, round(0.5 * float(length[rock]) * view.scale))
        for length in (rocks.length, rocks.width)
    )
    turn = -float(np.rad2deg(rocks.yaw[rock]))
    cv2.ellipse(picture, centre, axes, turn, 0.0, 360.0, colour, thickness, cv2.LINE_AA)


def _polyline(
    picture: Picture, points: NDArray[np.float64], view: View, colour: Colour, thickness: int
) -> None:
    if len(points):
        fine = np.rint(view.pixels(points) * 8.0).astype(np.int32)
        cv2.polylines(picture, [fine], False, colour, thickness, cv2.LINE_AA, shift=3)


def _at(pixel: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(pixel[0])), round(float(pixel[1]))


def _rgb(colour: NDArray[np.uint8]) -> Colour:
    return int(colour[0]), int(colour[1]), int(colour[2])
