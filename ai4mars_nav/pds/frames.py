"""The coordinate systems of a label: where the rover stands, and any frame seen from the rover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.frames import site_from_rover
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Label, Section
from ai4mars_nav.pds.missions import (
    LEVEL_FRAMES,
    ROVER_FRAMES,
    ROVER_SYSTEM,
    SITE_FRAMES,
    SITE_SYSTEM,
)

_LONGEST_CHAIN = 8


@dataclass(frozen=True)
class System:
    """A coordinate system: its pose in the frame that it refers to."""

    name: str
    index: tuple[int, ...]
    reference: str
    reference_index: tuple[int, ...]
    pose: Pose
    solution: str


def rover_system(label: Label) -> System | None:
    """ROVER_NAV in SITE; None where the label does not say."""
    return _system(label.section(*ROVER_SYSTEM))


def site_system(label: Label) -> System | None:
    """The site's frame in that of the site before; None where the label does not say."""
    return _system(label.section(*SITE_SYSTEM))


def rover_from(label: Label, frame: str, keyword: str) -> Pose:
    """The pose in the rover's frame of a frame that the label names; `keyword` asked for it."""
    rover = rover_system(label)
    turned: Pose = Pose.identity()
    for _ in range(_LONGEST_CHAIN):
        if frame in ROVER_FRAMES:
            return turned
        if frame in SITE_FRAMES or frame in LEVEL_FRAMES:
            if rover is None:
                raise PdsError(label.path, keyword, f"{frame}, but the rover's pose is not stated")
            level = frame in LEVEL_FRAMES
            pose = Pose(rover.pose.rotation, np.zeros(3)) if level else rover.pose
            return pose.inverse() @ turned
        system = _named(label, frame)
        if system is None:
            raise PdsError(
                label.path, keyword, f"{frame or 'no frame'}: the label has none so named"
            )
        turned, frame = system.pose @ turned, system.reference
    raise PdsError(label.path, keyword, f"{frame}: the chain of its reference frames has no end")


def _named(label: Label, frame: str) -> System | None:
    for section in label.sections():
        named = str(section.block.values.get("COORDINATE_SYSTEM_NAME", "")).upper()
        if named == frame and section.has("ORIGIN_OFFSET_VECTOR"):
            return _system(section)
    return None


def _system(section: Section | None) -> System | None:
    if section is None or not section.has("ORIGIN_OFFSET_VECTOR"):
        return None
    offset = section.numbers("ORIGIN_OFFSET_VECTOR", 3)
    quaternion = section.numbers("ORIGIN_ROTATION_QUATERNION", 4)
    try:
        pose = site_from_rover(offset, quaternion)
    except GeometryError as error:
        raise section.error("ORIGIN_ROTATION_QUATERNION", str(error)) from error
    return System(
        section.text("COORDINATE_SYSTEM_NAME", "").upper(),
        section.counters("COORDINATE_SYSTEM_INDEX"),
        section.text("REFERENCE_COORD_SYSTEM_NAME", "").upper(),
        section.counters("REFERENCE_COORD_SYSTEM_INDEX"),
        pose,
        section.text("SOLUTION_ID", ""),
    )
