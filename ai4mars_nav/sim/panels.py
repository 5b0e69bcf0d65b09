"""The pictures of one frame: what the camera saw and what the rover made of it.

Maps show the ground from above with the rover's heading upwards; RGB u8 (side, side, 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.mapping.terrain_map import TerrainMap
from ai4mars_nav.planning.search import Plan
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.cost_colours import LETHAL, RAMP, TICKS, UNSEEN, paint_cost
from ai4mars_nav.sim.one_frame import Made
from ai4mars_nav.sim.poster import (
    INK,
    WHITE,
    Colour,
    Panel,
    Picture,
    colour_bar,
    legend,
    resized,
    scale_bar,
    write,
)
from ai4mars_nav.sim.rig import Rig, Sight
from ai4mars_nav.terrain import CLASSES, COLOURS, NAMES, UNKNOWN, colourise

BEHIND, AHEAD, ASIDE = 2.0, 18.0, 10.0
"""Metres of the map shown behind, before and to either side of the rover."""
BOTH: Colour = (255, 70, 60)
ONE: Colour = (255, 205, 60)
WAY: Colour = (0, 190, 255)


@dataclass(frozen=True)
class Outlook:
    """One frame and all that was made of it; `side` is that of a panel in pixels."""

    sight: Sight
    rig: Rig
    rover: Rover
    made: Made
    plan: Plan
    side: int

    @property
    def frame(self) -> Picture:
        """The camera's image as a panel."""
        small = resized(self.sight.left.grey, self.side, self.side)
        # navigation cameras expose for the sky: brighter for people, the same for all panels
        bright = 255.0 * (small / 255.0) ** 0.75
        return np.repeat(np.rint(bright).astype(np.uint8)[..., None], 3, axis=2)

    @property
    def camera(self) -> Pinhole:
        """The camera of that panel."""
        factor = self.side / self.rig.left.width
        return self.rig.left.scaled(factor, factor)


def all_panels(look: Outlook) -> list[Panel]:
    """From the image to the path, with what a reader has to know."""
    plan, big = look.plan, sum(rock.fused for rock in look.made.view.rocks)
    return [
        Panel("Camera", "left navigation camera, rendered", look.frame),
        Panel(
            "Terrain", "the network's classes; opacity is its calibrated confidence", classes(look)
        ),
        Panel(
            "Big rocks",
            f"{big} over 0.30 m high and 0.5 m long; height over local ground",
            rocks(look),
        ),
        Panel("Height", "from above; what is hidden behind rocks stays unseen", height(look)),
        Panel(
            "Cost and path", "time, energy and risk per metre; rocks grown by the rover", cost(look)
        ),
        Panel(
            "Path",
            f"{plan.length:.1f} m to the goal, with the tracks of its wheels",
            path_ahead(look),
        ),
    ]


def classes(look: Outlook) -> Picture:
    """The network's classes over the image; what it does not know stays grey."""
    size = (look.side, look.side)
    segmentation = look.made.view.segmentation
    labels = np.asarray(
        cv2.resize(segmentation.classes, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )
    sure = cv2.resize(segmentation.confidence, size, interpolation=cv2.INTER_LINEAR)
    opacity = np.where(labels == UNKNOWN, 0.0, 0.62 * sure)[..., None]
    picture: Picture = (look.frame * (1.0 - opacity) + colourise(labels) * opacity).astype(np.uint8)
    entries = [(_rgb(COLOURS[kind]), NAMES[kind]) for kind in CLASSES]
    legend(picture, [*entries, ((128, 128, 128), "not sure, or sky")])
    return picture


def rocks(look: Outlook) -> Picture:
    """Outlines of what may be a big rock, and the heights of what is taken for one."""
    picture = look.frame
    scale = look.side / look.made.view.segmentation.classes.shape[1]
    by_verdict = sorted(look.made.view.rocks, key=lambda rock: rock.fused)
    for rock in by_verdict:
        outline = np.rint((rock.outline + 0.5) * scale * 16).astype(np.int32)
        strokes = ((INK, 4), (BOTH, 2)) if rock.fused else ((ONE, 1),)
        for ink, width in strokes:
            cv2.polylines(picture, [outline], True, ink, width, cv2.LINE_AA, shift=4)
    for rock in by_verdict:
        if rock.fused:
            words = f"{rock.height:.2f} m" if np.isfinite(rock.height) else "no height"
            (left, top), (right, _) = rock.outline.min(axis=0), rock.outline.max(axis=0)
            x, y = round((left + right) / 2 * scale), round(top * scale) - 8
            x = min(max(x, 30), look.side - 30)
            write(picture, words, x, y, 10, WHITE, edge=INK, centred=True)
    legend(picture, [(BOTH, "big rock"), (ONE, "one source alone")])
    return picture


def height(look: Outlook) -> Picture:
    """The elevation map with hill shading."""
    elevation = _window(look.made.terrain_map, look.made.terrain_map.layers["elevation"])
    known = np.isfinite(elevation)
    low, high = np.quantile(elevation[known], (0.02, 0.98))
    share = np.clip((elevation - low) / max(high - low, 1e-3), 0.0, 1.0)
    ramp = _ramp(cv2.COLORMAP_CIVIDIS)
    colours = ramp[(np.nan_to_num(share) * 255).astype(np.uint8)]
    down, across = np.gradient(np.where(known, elevation, 0.0), look.made.terrain_map.resolution)
    shade = np.clip(1.0 + 0.9 * np.nan_to_num(across - down), 0.55, 1.35)[..., None]
    picture = _map(look, np.where(known[..., None], np.clip(colours * shade, 0, 255), UNSEEN))
    ticks = [(0.0, f"{low:.1f}"), (1.0, f"{high:.1f}")]
    colour_bar(picture, ramp, ticks, "height [m]")
    _rover(look, picture)
    scale_bar(picture, _pixels_per_metre(look), 5.0)
    return picture


def cost(look: Outlook) -> Picture:
    """The cost map with the plan: cheap is light, dear is dark, lethal is red."""
    values = _window(look.made.terrain_map, look.made.terrain_map.cost)
    colours = np.empty((*values.shape, 3), np.uint8)
    colours[:] = UNSEEN
    paint_cost(colours, values)
    picture = _map(look, colours.astype(np.float64))
    points = np.rint(_on_map(look, look.plan.points) * 16).astype(np.int32)
    for ink, width in ((INK, 6), (WAY, 3)):
        cv2.polylines(picture, [points], False, ink, width, cv2.LINE_AA, shift=4)
    _goal(picture, points[-1] / 16.0)
    _rover(look, picture)
    colour_bar(picture, RAMP, TICKS, "cost")
    scale_bar(picture, _pixels_per_metre(look), 5.0)
    legend(picture[: look.side - 48], [(LETHAL, "lethal"), (UNSEEN, "unseen"), (WAY, "path")])
    return picture


def path_ahead(look: Outlook) -> Picture:
    """The plan as the camera would see the tracks of the rover's wheels lie on the ground."""
    picture = look.frame
    middle = _dense(look.plan.points, 0.1)
    along = np.gradient(middle, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    aside = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half = look.rover.wheel_width / 2.0
    veil = picture.copy()
    for wheel in (-look.rover.track / 2.0, look.rover.track / 2.0):
        left, right = (_project(look, middle + (wheel + rim) * aside) for rim in (-half, half))
        for corners in np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1):
            if np.isfinite(corners).all():
                corner = np.rint(corners * 16).astype(np.int32)
                cv2.fillConvexPoly(veil, corner, WAY, cv2.LINE_AA, shift=4)
    picture[:] = (0.4 * picture + 0.6 * veil).astype(np.uint8)
    end = _project(look, look.plan.points[-1:])[0]
    if np.isfinite(end).all():
        _goal(picture, end)
    return picture


def _window(terrain_map: TerrainMap, layer: NDArray[Any]) -> NDArray[Any]:
    """The part of a layer round the rover at the map's middle, its heading (x) upwards."""
    rows, columns = layer.shape
    cells = [round(metres / terrain_map.resolution) for metres in (BEHIND, AHEAD, ASIDE)]
    part = layer[
        rows // 2 - cells[2] : rows // 2 + cells[2],
        columns // 2 - cells[0] : columns // 2 + cells[1],
    ]
    return part.T[::-1, ::-1]


def _map(look: Outlook, colours: NDArray[np.floating]) -> Picture:
    """Colours per cell (rows, columns, 3) as a panel, crisp at the cells' edges."""
    whole = tuple(4 * n for n in colours.shape[1::-1])
    large = cv2.resize(colours.astype(np.uint8), whole, interpolation=cv2.INTER_NEAREST)
    return resized(np.asarray(large, dtype=np.uint8), look.side, look.side)


def _pixels_per_metre(look: Outlook) -> float:
    return look.side / (2.0 * ASIDE)


def _on_map(look: Outlook, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels (n, 2) of points (n, 2) in odom, on a map panel."""
    x, y = (points - look.sight.odom_from_base.translation[:2]).T
    return np.stack([ASIDE - y, AHEAD - x], axis=1) * _pixels_per_metre(look)


def _project(look: Outlook, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels (n, 2) of points (n, 2) on the mapped ground; nan where it is not seen there."""
    terrain_map = look.made.terrain_map
    elevation = terrain_map.layers["elevation"]
    cells = np.floor((points - terrain_map.origin) / terrain_map.resolution).astype(np.int64)
    column, row = np.clip(cells, 0, np.array(elevation.shape)[::-1] - 1).T
    z = np.where(np.isfinite(elevation[row, column]), elevation[row, column], 0.0)
    places = look.sight.odom_from_camera.inverse().apply(np.column_stack([points, z]))
    camera = look.camera
    uv, ahead = camera.project(places)
    depth = cv2.resize(look.sight.left.depth, (look.side, look.side), interpolation=cv2.INTER_AREA)
    u, v = (np.clip(np.nan_to_num(uv[:, i]), 0, look.side - 1).astype(np.int64) for i in (0, 1))
    uv[~ahead | (places[:, 2] > depth[v, u] * 1.05 + 0.3) | (places[:, 2] < 1.0)] = np.nan
    return uv


def _dense(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Points (n, 2) on a polyline, `step` metres apart."""
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    wanted = np.arange(0.0, at[-1], step)
    return np.stack([np.interp(wanted, at, points[:, i]) for i in (0, 1)], axis=1)


def _rover(look: Outlook, picture: Picture) -> None:
    """The rover's outline and the edges of its camera's view."""
    half = np.array([look.rover.length, look.rover.width]) / 2.0
    here = look.sight.odom_from_base.translation[:2]
    corners = here + half * np.array([(1, 1), (1, -1), (-1, -1), (-1, 1)])
    box = np.rint(_on_map(look, corners) * 16).astype(np.int32)
    cv2.fillPoly(picture, [box], WHITE, cv2.LINE_AA, shift=4)
    cv2.polylines(picture, [box], True, INK, 2, cv2.LINE_AA, shift=4)
    nose = here + np.array([(half[0] - 0.2, 0.0), (0.4, 0.55), (0.4, -0.55)])
    arrow = np.rint(_on_map(look, nose) * 16).astype(np.int32)
    cv2.fillPoly(picture, [arrow], INK, cv2.LINE_AA, shift=4)


def _goal(picture: Picture, at: NDArray[np.floating]) -> None:
    centre = (round(float(at[0])), round(float(at[1])))
    for radius, ink in ((9, INK), (7, WHITE), (4, WAY)):
        cv2.circle(picture, centre, radius, ink, cv2.FILLED, cv2.LINE_AA)


def _ramp(colormap: int) -> Picture:
    """The 256 colours (256, 3) of one of OpenCV's maps, RGB."""
    bgr = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], colormap)
    return np.ascontiguousarray(bgr[:, 0, ::-1])


def _rgb(colour: NDArray[np.uint8]) -> Colour:
    red, green, blue = (int(level) for level in colour)
    return red, green, blue
