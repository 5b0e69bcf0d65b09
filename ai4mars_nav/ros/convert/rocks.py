"""visualization_msgs/MarkerArray of big rocks: upright cylinders that people and maps can read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import geometry_msgs.msg as geometry
import numpy as np
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert.header import header, nanoseconds
from ai4mars_nav.ros.convert.pose import from_pose, to_pose
from ai4mars_nav.ros.errors import MessageError
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, COLOURS, Terrain

NAMESPACE = "big_rock"
LEAST_DRAWN = 0.01
"""Metres: what the network calls a rock may be measured as level or hollow, and is drawn flat."""
_TEXT = re.compile(
    r"h (?:(?P<height>-?[\d.]+)±(?P<sigma>[\d.]+) m|\?) w [\d.]+ m p [\d.]+ "
    r"height:(?P<by_height>yes|no) class:(?P<by_class>yes|no)"
)


@dataclass(frozen=True)
class RockSighting:
    """A big rock as it crosses the wall; metres. A height that was not measured is nan."""

    base: Pose
    """Base centre, with z along the rock's height, in the message's frame."""
    height: float
    height_sigma: float
    width: float
    probability: float
    by_height: bool
    by_class: bool


def to_markers(rocks: list[RockSighting], stamp: int, frame: str) -> MarkerArray:
    """A MarkerArray that replaces all rocks shown before; it says when even if there are none."""
    first = Marker(header=header(stamp, frame), ns=NAMESPACE, action=Marker.DELETEALL)
    return MarkerArray(
        markers=[first, *(_marker(i, rock, first.header) for i, rock in enumerate(rocks))]
    )


def from_markers(message: MarkerArray, topic: str) -> tuple[int, str, list[RockSighting]]:
    """Stamp, frame and rocks of a MarkerArray of `to_markers`."""
    if not message.markers or message.markers[0].action != Marker.DELETEALL:
        raise MessageError(f"{topic}: markers[0] is not DELETEALL, so it has no stamp of its own")
    first = message.markers[0].header
    rocks = [_rock(marker, topic) for marker in message.markers[1:]]
    return nanoseconds(first.stamp), first.frame_id, rocks


def text(rock: RockSighting) -> str:
    """A rock in words, the three verdicts kept apart."""
    measured = math.isfinite(rock.height)
    height = f"{rock.height:.2f}±{rock.height_sigma:.3f} m" if measured else "?"
    verdicts = f"height:{_word(rock.by_height)} class:{_word(rock.by_class)}"
    return f"h {height} w {rock.width:.2f} m p {rock.probability:.2f} {verdicts}"


def _marker(index: int, rock: RockSighting, shared: object) -> Marker:
    # a rock of unknown height is drawn as high as it must be to count as big
    height = max(rock.height, LEAST_DRAWN) if math.isfinite(rock.height) else BIG_ROCK_HEIGHT
    centre = rock.base @ Pose(np.eye(3), np.array([0.0, 0.0, height / 2.0]))
    red, green, blue = (float(c) / 255.0 for c in COLOURS[Terrain.BIG_ROCK])
    return Marker(
        header=shared,
        ns=NAMESPACE,
        id=index,
        type=Marker.CYLINDER,
        action=Marker.ADD,
        pose=from_pose(centre),
        scale=geometry.Vector3(x=rock.width, y=rock.width, z=height),
        color=ColorRGBA(r=red, g=green, b=blue, a=rock.probability),
        text=text(rock),
    )


def _rock(marker: Marker, topic: str) -> RockSighting:
    told = _TEXT.fullmatch(marker.text)
    if marker.ns != NAMESPACE or told is None:
        raise MessageError(f"{topic}: marker {marker.ns!r} {marker.id}: text {marker.text!r}")
    width, probability = marker.scale.x, float(marker.color.a)
    if not (0.0 <= width < math.inf and 0.0 <= probability <= 1.0):
        raise MessageError(
            f"{topic}: marker {marker.ns!r} {marker.id}: scale.x {width}, color.a {probability}: "
            "no width in metres or no probability"
        )
    centre = to_pose(marker.pose, topic)
    down = Pose(np.eye(3), np.array([0.0, 0.0, -marker.scale.z / 2.0]))
    flat = marker.scale.z <= LEAST_DRAWN
    height = float(told["height"]) if told["sigma"] and flat else marker.scale.z
    return RockSighting(
        centre @ down,
        height if told["sigma"] else math.nan,
        float(told["sigma"] or math.nan),
        width,
        probability,
        told["by_height"] == "yes",
        told["by_class"] == "yes",
    )


def _word(verdict: bool) -> str:
    return "yes" if verdict else "no"
