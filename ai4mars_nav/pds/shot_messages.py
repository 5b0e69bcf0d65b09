"""A shot to the messages of its moment: what the nodes hear of a rover, and what it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ai4mars_nav.geometry import frames
from ai4mars_nav.geometry.pinhole import check_pair
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.rectify import Remap
from ai4mars_nav.pds import depth, messages, pixels, view
from ai4mars_nav.pds.messages import Message
from ai4mars_nav.pds.product import Product
from ai4mars_nav.pds.sequence import Shot
from ai4mars_nav.pds.sites import Sites, site_of

ODOM, BASE, ROVER_NAV = "odom", "base_link", "rover_nav"
LEFT, RIGHT = "/left/image_rect", "/right/image_rect"
LEFT_INFO, RIGHT_INFO = "/left/camera_info", "/right/camera_info"
DEPTH, ODOMETRY, TF, TF_STATIC = "/depth/image_rect", "/odom", "/tf", "/tf_static"
IDENTITY = "/pds/identity"
TOPICS = {
    TF_STATIC: messages.TRANSFORMS,
    TF: messages.TRANSFORMS,
    ODOMETRY: messages.ODOMETRY,
    IDENTITY: messages.TEXT,
    LEFT_INFO: messages.CAMERA,
    RIGHT_INFO: messages.CAMERA,
    DEPTH: messages.IMAGE,
    RIGHT: messages.IMAGE,
    LEFT: messages.IMAGE,
}
"""Topic and type, in the order in which the messages of one moment are written: the left image
comes last, when all that a node looks for beside it is there."""


@dataclass(frozen=True)
class Moment:
    """What is written of a shot: its stamp, and message bytes by topic."""

    stamp: int
    messages: dict[str, Message]

    def in_order(self) -> Iterator[tuple[str, Message]]:
        """Topics and messages as they are written."""
        return ((topic, self.messages[topic]) for topic in TOPICS if topic in self.messages)


def topics_of(shots: Sequence[Shot]) -> dict[str, str]:
    """Topics and types of a bag of these shots: a camera that is not there has no topics."""
    absent: set[str] = set()
    if all(shot.right is None for shot in shots):
        absent |= {RIGHT, RIGHT_INFO}
    if all(shot.depth is None for shot in shots):
        absent.add(DEPTH)
    return {topic: kind for topic, kind in TOPICS.items() if topic not in absent}


def moment_of(shot: Shot, sites: Sites) -> Moment:
    """All messages of a shot. The right image and the depth get the stamp of the left one."""
    seen = view.rectified(shot.left, shot.right)
    stamp, frame = shot.left.stamp, camera_frame(shot.left)
    odom_from_base = pose_of(shot.left, sites)
    base_from_camera = frames.BODY_FROM_ROVER_NAV @ seen.rover_from_left
    raw = pixels.counts(shot.left)
    white = pixels.white_level(shot.left, raw)
    made: dict[str, Message] = {
        TF: messages.transforms(
            [(ODOM, BASE, odom_from_base), (BASE, frame, base_from_camera)], stamp
        ),
        ODOMETRY: messages.odometry(odom_from_base, stamp, ODOM, BASE),
        LEFT_INFO: messages.camera_info(seen.left, stamp, frame),
        LEFT: messages.image(
            _straight(pixels.grey(raw, shot.left.bits, white), seen.left_map), stamp, frame
        ),
        IDENTITY: messages.text(json.dumps(identity(shot, white), sort_keys=True)),
    }
    if shot.right is not None and seen.right is not None:
        check_pair(seen.left, seen.right)
        grey = pixels.grey(pixels.counts(shot.right), shot.right.bits, white)
        made[RIGHT_INFO] = messages.camera_info(seen.right, stamp, frame)
        made[RIGHT] = messages.image(_straight(grey, seen.right_map), stamp, frame)
    if shot.depth is not None:
        made[DEPTH] = messages.image(depth.depth_of(shot.depth, seen), stamp, frame)
    return Moment(stamp, made)


def static_transforms(shots: list[Shot], sites: Sites) -> Message:
    """What does not move: PDS's own frames beside those of REP 103, as of the first shot."""
    edges = [(BASE, ROVER_NAV, frames.BODY_FROM_ROVER_NAV)]
    for number, shot in sorted({site_of(shot.left): shot for shot in shots}.items()):
        odom_from_site = frames.LOCAL_FROM_SITE @ sites.first_from(shot.left)
        edges.append((ODOM, f"site_{number}", odom_from_site))
    return messages.transforms(edges, shots[0].left.stamp)


def camera_frame(product: Product) -> str:
    """The optical frame of the rectified camera: navcam_left_optical."""
    return f"{product.camera}_{product.eye or 'left'}_optical"


def pose_of(product: Product, sites: Sites) -> Pose:
    """The rover's base in odom: the first site's frame, x east, y north, z up."""
    assert product.rover_pose is not None  # `Sites` has refused products without
    return frames.local_from_body(sites.first_from(product) @ product.rover_pose.pose)


def identity(shot: Shot, white: float | None = None) -> dict[str, Any]:
    """Where the messages of a shot come from."""
    named = {"left": shot.left, "right": shot.right, "depth": shot.depth}
    told: dict[str, Any] = {
        role: _identity_of(product) for role, product in named.items() if product is not None
    }
    if white is not None:
        told["white"] = white
    return told


def _identity_of(product: Product) -> dict[str, Any]:
    sun = product.sun
    return {
        "product_id": product.product_id,
        "file": product.path.name,
        "rover": product.rover,
        "camera": product.camera,
        "eye": product.eye,
        "sol": product.sol,
        "sclk": product.sclk,
        "site": product.site,
        "drive": product.drive,
        "motion_counter": list(product.counter),
        "camera_model": product.model.name if product.model is not None else None,
        "true_solar_time": product.true_solar_time,
        "sun": None if sun is None else [sun.azimuth, sun.elevation, sun.frame],
    }


def _straight(grey: pixels.U8, remap: Remap | None) -> pixels.U8:
    return grey if remap is None else np.asarray(remap.apply(grey), np.uint8)
