"""Where a thing stands and how wide it is, from the points that stereo has of its front."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MISTRUST = 1.5
"""Factor on the stated range error before a spread along the ray is taken for depth."""


@dataclass(frozen=True)
class Seen:
    """The visible side of a thing: middle (3,) of its points, distance and width in metres."""

    middle: NDArray[np.float64]
    distance: float
    width: float


def measure(surface: NDArray[np.float64], pixel_angle: float, range_gain: float) -> Seen:
    """The place and width of points (n, 3), z up, origin at the camera.

    Width is the largest horizontal extent. Across the line of sight it goes from side to side,
    plus the pixel that sampling loses; along and askew it comes from the points' spread, after
    the range error's part was taken out.
    """
    middle = surface.mean(axis=0)
    level = math.hypot(middle[0], middle[1])
    distance = math.hypot(level, middle[2])
    forward = surface[:, :2] @ (middle[:2] / level)
    leftward = surface[:, :2] @ (np.array([-middle[1], middle[0]]) / level)
    # directions are exact: seen from one common distance the sides are not blurred by range
    leftward *= level / forward
    across = float(leftward.max() - leftward.min()) + pixel_angle * distance
    return Seen(middle, distance, max(across, _spread_width(forward, leftward, range_gain)))


def _spread_width(
    forward: NDArray[np.float64], leftward: NDArray[np.float64], range_gain: float
) -> float:
    """Longest axis in metres of a uniform bar with the spread of these coordinates (n,)."""
    blur = _MISTRUST * range_gain * float(forward.mean()) ** 2
    forward, leftward = forward - forward.mean(), leftward - leftward.mean()
    count = len(forward)
    across, askew = float(leftward @ leftward) / count, float(forward @ leftward) / count
    along = max(float(forward @ forward) / count - blur**2, 0.0)
    askew = min(abs(askew), math.sqrt(across * along))
    longest = 0.5 * (across + along) + math.hypot(0.5 * (across - along), askew)
    return math.sqrt(12.0 * longest)
