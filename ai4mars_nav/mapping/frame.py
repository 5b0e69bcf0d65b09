"""One frame of labelled points: what the map takes, and what it counts of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.mapping.errors import MappingError

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]


class Counts(NamedTuple):
    """Points of one frame: used, dropped (not finite, out of range or alone), outside the map."""

    used: int
    dropped: int
    outside: int


def checked(
    points: Floats, classes: Labels, confidence: Labels, odom_from_camera: Pose
) -> tuple[Floats, Labels, Labels]:
    """Points (h, w, 3) or (n, 3), labels (h, w) or (n,), as (h, w, 3) and (h, w), all sound."""
    if points.ndim == 2:
        points = points[None]
        classes, confidence = np.atleast_2d(classes), np.atleast_2d(confidence)
    if points.dtype != np.float32 or points.ndim != 3 or points.shape[2] != 3:
        raise MappingError(
            f"map: points are {points.dtype} {points.shape}, must be float32 (h, w, 3) or (n, 3)"
        )
    for name, labels in (("classes", classes), ("confidence", confidence)):
        if labels.dtype != np.uint8 or labels.shape != points.shape[:2]:
            raise MappingError(
                f"map: {name} are {labels.dtype} {labels.shape}, must be uint8 {points.shape[:2]}"
            )
    for name, array in (("points", points), ("classes", classes), ("confidence", confidence)):
        if not array.flags.c_contiguous:
            raise MappingError(f"map: {name} must be contiguous in memory")
    if points.size == 0:
        raise MappingError("map: a frame without points")
    if not (
        np.isfinite(odom_from_camera.rotation).all()
        and np.isfinite(odom_from_camera.translation).all()
    ):
        raise MappingError("map: odom_from_camera is not finite")
    return points, classes, confidence
