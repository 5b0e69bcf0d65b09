"""A replay as a film: image, terrain, big rocks and cost side by side; GIF, and MP4 where OpenCV
can write it. Pictures are RGB u8 (h, w, 3)."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.perception.overlay import STRONGEST
from ai4mars_nav.replay.glimpses import Glimpse, Glimpses
from ai4mars_nav.sim.cost_colours import LETHAL, RAMP, TICKS, UNSEEN, paint_cost
from ai4mars_nav.sim.poster import (
    INK,
    PAPER,
    WHITE,
    Picture,
    colour_bar,
    legend,
    resized,
    scale_bar,
    write,
)
from ai4mars_nav.sim.rock_boxes import SURE, draw_rock
from ai4mars_nav.terrain import CLASSES, COLOURS, NAMES, UNKNOWN, colourise

HEIGHT, WIDEST = 300, 560
"""Pixels of the map's side and of a panel's height, whose width keeps the image's shape; and the
widest panel: tiles and panoramas are lower than the map, and stand over one another."""
HEAD, GAP = 24, 6
AROUND = 14.0
"""Metres of the map on every side of the rover."""
MILLISECONDS = 350
MP4_RATE = 4.0


def film(glimpses: Glimpses) -> list[Picture]:
    """All frames, of one size."""
    first = glimpses.frames[0].stamp if glimpses.frames else 0
    return [_page(each, each.stamp - first, glimpses.camera) for each in glimpses.frames]


def write_gif(frames: list[Picture], path: Path) -> None:
    """The film as a GIF that runs for ever."""
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames]
    animation.durations = [MILLISECONDS] * len(frames)
    animation.loop_count = 0
    cv2.imwriteanimation(str(path), animation)


def write_mp4(frames: list[Picture], path: Path) -> bool:
    """The film as MP4; false where this OpenCV has no encoder for it."""
    height, width = (side - side % 2 for side in frames[0].shape[:2])
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), code, MP4_RATE, (width, height))
    if not writer.isOpened():
        return False
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:height, :width, ::-1]))
    writer.release()
    return True


def _page(frame: Glimpse, since: int, camera: Pinhole | None) -> Picture:
    """One frame, `since` ns after the first."""
    height, width = frame.grey.shape
    scale = min(HEIGHT / height, WIDEST / width)
    wide, high = max(round(scale * width), 1), max(round(scale * height), 1)
    grey = np.repeat(resized(frame.grey, wide, high)[..., None], 3, axis=2)
    panels = {
        f"image, {since / 1e9:.2f} s": grey,
        "terrain": _terrain(grey, frame),
        _rock_title(frame): _rocks(grey, frame, camera),
        "cost, from above" if frame.cost is not None else "no map": _map(frame),
    }
    right, down = wide + GAP, HEAD + high + GAP
    if high < HEIGHT:
        places = [(0, 0), (0, down), (0, 2 * down), (right, 0)]
        size = max(3 * down, HEAD + HEIGHT + GAP), right + HEIGHT
    else:
        places = [(number * right, 0) for number in range(4)]
        size = down, 3 * right + HEIGHT
    page = np.empty((size[0], size[1] + 2 * GAP, 3), np.uint8)
    page[:] = PAPER
    for (x, y), (title, panel) in zip(places, panels.items(), strict=True):
        left, top = x + GAP, y + HEAD
        page[top : top + panel.shape[0], left : left + panel.shape[1]] = panel
        write(page, title, left, top - 8, 9, INK, bold=True)
    return page


def _terrain(grey: Picture, frame: Glimpse) -> Picture:
    picture = grey.copy()
    if frame.classes is not None and frame.confidence is not None:
        size, nearest = (grey.shape[1], grey.shape[0]), cv2.INTER_NEAREST
        classes = cv2.resize(frame.classes, size, interpolation=nearest).astype(np.uint8)
        sure = cv2.resize(frame.confidence, size, interpolation=nearest) / 255.0
        opacity = np.where(classes == UNKNOWN, 0.0, STRONGEST * sure)[..., None]
        picture[:] = picture * (1.0 - opacity) + colourise(classes) * opacity
    named = [(_rgb(COLOURS[kind]), NAMES[kind]) for kind in CLASSES]
    legend(picture, named)
    return picture


def _rock_title(frame: Glimpse) -> str:
    if frame.rocks is None:
        return "no rocks: no pose or no depth"
    sure = sum(rock.probability >= SURE for rock in frame.rocks)
    return f"{sure} big rock{'s' * (sure != 1)}"


def _rocks(grey: Picture, frame: Glimpse, camera: Pinhole | None) -> Picture:
    picture = grey.copy()
    if camera is None:
        return picture
    height, width = grey.shape[:2]
    small = camera.scaled(width / camera.width, height / camera.height)
    for rock in sorted(frame.rocks or [], key=lambda each: each.probability):
        draw_rock(picture, rock, small, 8)
    return picture


def _map(frame: Glimpse) -> Picture:
    """The cost round the rover (HEIGHT, HEIGHT, 3), y of odom upwards, with its heading."""
    picture = np.empty((HEIGHT, HEIGHT, 3), np.uint8)
    picture[:] = UNSEEN
    grid = frame.cost
    if grid is None:
        return picture
    rows, columns = grid.cost.shape
    middle = np.array(grid.origin) + 0.5 * grid.resolution * np.array([columns, rows])
    pose = frame.odom_from_base
    here = middle if pose is None else pose.translation[:2]
    scale = HEIGHT / (2.0 * AROUND)
    at = (np.arange(HEIGHT) + 0.5) / scale - AROUND
    column = np.floor((here[0] + at - grid.origin[0]) / grid.resolution).astype(int)
    row = np.floor((here[1] - at - grid.origin[1]) / grid.resolution).astype(int)
    inside = ((row >= 0) & (row < rows))[:, None] & ((column >= 0) & (column < columns))[None]
    there = np.ix_(np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1))
    cost = np.where(inside, grid.cost[there], -1)
    paint_cost(picture, cost)
    colour_bar(picture, RAMP, TICKS, "cost")
    if pose is not None:
        _draw_rover(picture, pose.yaw())
    scale_bar(picture, scale, 5.0)
    legend(picture[: HEIGHT - 42], [(LETHAL, "lethal"), (UNSEEN, "not seen")])
    return picture


def _draw_rover(picture: Picture, yaw: float) -> None:
    """An arrow in the middle that looks where the rover looks."""
    ahead = np.array([math.cos(yaw), -math.sin(yaw)])
    aside = np.array([-ahead[1], ahead[0]])
    tip = np.array(
        [10.0 * ahead, -7.0 * ahead + 6.0 * aside, -3.0 * ahead, -7.0 * ahead - 6.0 * aside]
    )
    corners = np.rint((tip + HEIGHT / 2.0) * 16).astype(np.int32)
    cv2.fillPoly(picture, [corners], WHITE, cv2.LINE_AA, shift=4)
    cv2.polylines(picture, [corners], True, INK, 1, cv2.LINE_AA, shift=4)


def _rgb(colour: np.typing.NDArray[np.uint8]) -> tuple[int, int, int]:
    red, green, blue = (int(level) for level in colour)
    return red, green, blue
