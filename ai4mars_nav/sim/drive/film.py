"""What the rover saw: the camera with its terrain and big rocks beside the map round the rover.

A frame is RGB u8; the film is a GIF, the strip a sheet of some of its frames.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.perception.overlay import STRONGEST
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.cost_colours import UNSEEN, paint_cost
from ai4mars_nav.sim.drive import topdown
from ai4mars_nav.sim.drive.seen import Frame, Seen
from ai4mars_nav.sim.drive.trip import Outcome
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.poster import INK, PAPER, WHITE, Picture, resized, write
from ai4mars_nav.sim.rock_boxes import draw_rock
from ai4mars_nav.terrain import UNKNOWN, colourise

PANEL = 360
"""Pixels of each of the two pictures of a frame."""
FOOT = 34
AROUND = 9.0
"""Metres of the map on every side of the rover."""
MOST_FRAMES = 60
STRIP_FRAMES, STRIP_COLUMNS = 12, 3
MILLISECONDS = 220


def film(outcome: Outcome, seen: Seen) -> list[Picture]:
    """The frames of the film, evenly taken from those of the drive."""
    mapped = [frame for frame in seen.frames if frame.classes is not None]
    chosen = [mapped[i] for i in _even(len(mapped), MOST_FRAMES)]
    truths = {truth.stamp: truth for truth in outcome.truths}
    return [
        _frame(each, truths[each.stamp], outcome, seen) for each in chosen if each.stamp in truths
    ]


def write_gif(frames: list[Picture], path: Path) -> None:
    """The film as a GIF that runs for ever."""
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames]
    animation.durations = [MILLISECONDS] * len(frames)
    animation.loop_count = 0
    cv2.imwriteanimation(str(path), animation)


def strip(frames: list[Picture]) -> Picture:
    """Some frames on one sheet, from left to right and down."""
    chosen = [frames[i] for i in _even(len(frames), STRIP_FRAMES)]
    height, width = chosen[0].shape[:2]
    rows, gap = math.ceil(len(chosen) / STRIP_COLUMNS), 8
    columns = min(STRIP_COLUMNS, len(chosen))
    sheet = np.empty((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), np.uint8)
    sheet[:] = PAPER
    for index, frame in enumerate(chosen):
        row, column = divmod(index, STRIP_COLUMNS)
        y, x = gap + row * (height + gap), gap + column * (width + gap)
        sheet[y : y + height, x : x + width] = frame
    return sheet


def _frame(frame: Frame, truth: Truth, outcome: Outcome, seen: Seen) -> Picture:
    picture = np.empty((PANEL + FOOT, 2 * PANEL + 4, 3), np.uint8)
    picture[:] = PAPER
    picture[:PANEL, :PANEL] = camera_view(frame, seen.camera)
    picture[:PANEL, PANEL + 4 :] = map_view(frame, truth, outcome)
    left = math.dist(truth.place[:2], outcome.ground.rules.goal)
    words = f"{truth.time:.0f} s, {truth.distance_m:.1f} m driven, {left:.1f} m to go"
    write(picture, words, 6, PANEL + 15, 8, INK, bold=True)
    write(picture, seen.saying(frame.stamp)[:100], 6, PANEL + 29, 7, INK)
    return picture


def camera_view(frame: Frame, camera: Pinhole | None) -> Picture:
    """The left image (PANEL, PANEL, 3), brightened, in the colours of the terrain it shows."""
    grey = resized(frame.grey, PANEL, PANEL)
    # navigation cameras expose for the sky: brighter for people
    bright = 255.0 * (grey / 255.0) ** 0.6
    picture = np.repeat(bright[..., None], 3, axis=2)
    if frame.classes is not None and frame.confidence is not None:
        size, nearest = (PANEL, PANEL), cv2.INTER_NEAREST
        classes = cv2.resize(frame.classes, size, interpolation=nearest).astype(np.uint8)
        sure = cv2.resize(frame.confidence, size, interpolation=nearest) / 255.0
        opacity = np.where(classes == UNKNOWN, 0.0, 0.6 * STRONGEST * sure)[..., None]
        picture = picture * (1.0 - opacity) + colourise(classes) * opacity
    drawn = np.ascontiguousarray(picture.astype(np.uint8))
    if camera is not None:
        small = camera.scaled(PANEL / camera.width, PANEL / camera.height)
        for rock in frame.rocks:
            draw_rock(drawn, rock, small, 7)
    return drawn


def map_view(frame: Frame, truth: Truth, outcome: Outcome) -> Picture:
    """The cost round the rover (PANEL, PANEL, 3), with the rover, the plan and the way so far."""
    x, y, _ = truth.believed
    view = topdown.View((x - AROUND, y - AROUND), 2.0 * AROUND)
    picture = np.empty((topdown.SIDE, topdown.SIDE, 3), np.uint8)
    picture[:] = UNSEEN
    if frame.cost is not None:
        paint_cost(picture, topdown.mosaic([frame], view))
    if frame.plan is not None and len(frame.plan):
        topdown.draw_path(picture, frame.plan, view, WHITE, 9)
        topdown.draw_path(picture, frame.plan, view, topdown.PLANNED, 5)
    way = np.array([each.believed[:2] for each in outcome.truths if each.stamp <= frame.stamp])
    topdown.draw_path(picture, way, view, topdown.DRIVEN, 4)
    rover: Rover = outcome.ground.rover
    topdown.draw_rover(picture, rover, truth.believed, view, INK)
    return resized(picture, PANEL, PANEL)


def _even(count: int, most: int) -> list[int]:
    """At most `most` indices below `count`, evenly spread, the first and last among them."""
    if count == 0:
        return []
    return sorted({round(at) for at in np.linspace(0, count - 1, min(count, most))})
