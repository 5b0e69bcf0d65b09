"""Rocks as the graph reports them, drawn into the image that they were seen in."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.perception.overlay import FUSED_COLOUR, OPINION_COLOUR
from ai4mars_nav.ros.convert.rocks import RockSighting
from ai4mars_nav.sim.poster import WHITE, Picture, write

SURE = 0.5
"""Probability from which a rock is drawn as one."""


def draw_rock(picture: Picture, rock: RockSighting, camera: Pinhole, size: int) -> None:
    """The box round a rock's cylinder, with its height in centimetres in letters of `size`."""
    half, high = 0.5 * rock.width, max(rock.height, 0.0) if math.isfinite(rock.height) else 0.3
    corners = np.array([(x, y, z) for x in (-half, half) for y in (-half, half) for z in (0, high)])
    uv, visible = camera.project(rock.base.apply(corners))
    if not visible.any():
        return
    (u0, v0), (u1, v1) = uv[visible].min(axis=0), uv[visible].max(axis=0)
    low, top = (round(u0), round(v0)), (round(u1), round(v1))
    sure = rock.probability >= SURE
    colour = FUSED_COLOUR if sure else OPINION_COLOUR
    cv2.rectangle(picture, low, top, colour, 2 if sure else 1, cv2.LINE_AA)
    if sure:
        words = f"{100 * rock.height:.0f} cm" if math.isfinite(rock.height) else "?"
        write(picture, words, low[0], low[1] - 4, size, WHITE, edge=(0, 0, 0))
