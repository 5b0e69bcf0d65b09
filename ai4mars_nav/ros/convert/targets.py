"""visualization_msgs/MarkerArray of science targets: spheres in the map that people can read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import geometry_msgs.msg as geometry
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from ai4mars_nav.content.triage.targets import Target
from ai4mars_nav.content.triage.wants import FLOAT_ROCK, NEW, OUTCROP, TARGETS
from ai4mars_nav.ros.convert.header import header, nanoseconds
from ai4mars_nav.ros.errors import MessageError

DIAMETER = 0.4
"""Metres of the sphere that stands for a target."""
COLOURS: Mapping[str, tuple[int, int, int]] = {
    OUTCROP: (70, 130, 210),
    FLOAT_ROCK: (215, 90, 60),
    NEW: (240, 200, 40),
}
_TEXT = re.compile(
    r"interest (?P<interest>[\d.]+) view (?P<view>[\d.e-]+) times (?P<times>\d+) "
    r"image (?P<image>\S+): (?P<says>.*)"
)


def to_markers(
    targets: Sequence[Target], weights: Mapping[str, float], stamp: int, frame: str
) -> MarkerArray:
    """A MarkerArray that replaces all targets shown before; `stamp` is of the newest image.

    Each target bears the stamp of the image that shows it best. Its namespace is its kind, alpha
    its strength; the text says the rest.
    """
    first = Marker(header=header(stamp, frame), action=Marker.DELETEALL)
    return MarkerArray(
        markers=[first, *(_marker(i, each, weights, frame) for i, each in enumerate(targets))]
    )


def from_markers(message: MarkerArray, topic: str) -> tuple[int, str, list[Target]]:
    """Stamp, frame and targets of a MarkerArray of `to_markers`."""
    if not message.markers or message.markers[0].action != Marker.DELETEALL:
        raise MessageError(f"{topic}: markers[0] is not DELETEALL, so it has no stamp of its own")
    first = message.markers[0].header
    targets = [_target(marker, topic) for marker in message.markers[1:]]
    return nanoseconds(first.stamp), first.frame_id, targets


def _marker(index: int, target: Target, weights: Mapping[str, float], frame: str) -> Marker:
    x, y, z = target.position
    red, green, blue = (each / 255.0 for each in COLOURS[target.kind])
    return Marker(
        header=header(target.stamp, frame),
        ns=target.kind,
        id=index,
        type=Marker.SPHERE,
        action=Marker.ADD,
        pose=geometry.Pose(
            position=geometry.Point(x=x, y=y, z=z), orientation=geometry.Quaternion(w=1.0)
        ),
        scale=geometry.Vector3(x=DIAMETER, y=DIAMETER, z=DIAMETER),
        color=ColorRGBA(r=red, g=green, b=blue, a=target.strength),
        text=f"interest {target.interest(weights):.3f} view {target.view:.3g} "
        f"times {target.times} image {target.image}: {target.says}",
    )


def _target(marker: Marker, topic: str) -> Target:
    told = _TEXT.fullmatch(marker.text)
    if marker.ns not in TARGETS or told is None:
        raise MessageError(f"{topic}: marker {marker.ns!r} {marker.id}: text {marker.text!r}")
    at = marker.pose.position
    return Target(
        marker.ns,
        (at.x, at.y, at.z),
        float(marker.color.a),
        float(told["view"]),
        told["says"],
        told["image"],
        nanoseconds(marker.header.stamp),
        int(told["times"]),
    )
