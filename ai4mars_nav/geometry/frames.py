"""The frames of rovers and of ROS, and how one stands in another.

optical     x right, y down, z forward: camera images
body        x forward, y left, z up (REP 103): base_link
ROVER_NAV   x forward, y right, z down, same origin as body: PDS labels
SITE        x north, y east, z down: PDS maps
local       x east, y north, z up, same origin as SITE (REP 103): odom or map of a replay
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose


def _turn(*rows: tuple[int, int, int]) -> Pose:
    return Pose(np.array(rows, dtype=np.float64), np.zeros(3))


BODY_FROM_OPTICAL = _turn((0, 0, 1), (-1, 0, 0), (0, -1, 0))
"""A camera that looks straight ahead, in a frame of REP 103."""
BODY_FROM_ROVER_NAV = _turn((1, 0, 0), (0, -1, 0), (0, 0, -1))
ROVER_NAV_FROM_BODY = BODY_FROM_ROVER_NAV.inverse()
LOCAL_FROM_SITE = _turn((0, 1, 0), (1, 0, 0), (0, 0, -1))
SITE_FROM_LOCAL = LOCAL_FROM_SITE.inverse()


def body_from_camera(xyz: tuple[float, ...], pitch_down_deg: float) -> Pose:
    """Optical frame in the body of a camera at xyz (metres) that looks ahead and down."""
    level = Pose.from_rpy(xyz, (0.0, np.deg2rad(pitch_down_deg), 0.0))
    return level @ BODY_FROM_OPTICAL


def site_from_rover(offset: tuple[float, ...], wxyz: tuple[float, ...]) -> Pose:
    """ROVER_NAV in SITE, from a label's ORIGIN_OFFSET_VECTOR and ORIGIN_ROTATION_QUATERNION."""
    return Pose.from_quaternion(offset, wxyz)


def local_from_body(site_from_rover_nav: Pose) -> Pose:
    """Body in the local frame, from ROVER_NAV in SITE: what an odometry message says."""
    return LOCAL_FROM_SITE @ site_from_rover_nav @ ROVER_NAV_FROM_BODY


def site_from_rover_of(local_from_body_pose: Pose) -> Pose:
    """ROVER_NAV in SITE, from the body in the local frame: inverse of `local_from_body`."""
    return SITE_FROM_LOCAL @ local_from_body_pose @ BODY_FROM_ROVER_NAV


def azimuth_elevation(direction: NDArray[np.float64]) -> tuple[float, float]:
    """Degrees clockwise from x (0 to 360) and above the horizon, of (3,) in a z-down frame."""
    x, y, z = direction
    azimuth, elevation = np.rad2deg([np.arctan2(y, x), np.arctan2(-z, np.hypot(x, y))])
    return float(azimuth % 360.0), float(elevation)
