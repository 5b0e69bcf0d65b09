"""nav_msgs/OccupancyGrid to arrays and back."""

from __future__ import annotations

import array
import math
from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion
from nav_msgs.msg import MapMetaData, OccupancyGrid
from numpy.typing import NDArray

from ai4mars_nav.ros.convert.header import header, nanoseconds, to_time
from ai4mars_nav.ros.errors import MessageError


@dataclass(frozen=True)
class CostGrid:
    """Cost int8 (rows = y, columns = x): -1 unknown, 0..99 graded, 100 lethal; metres."""

    cost: NDArray[np.int8]
    origin: tuple[float, float]
    """x and y of the corner of cell (0, 0)."""
    resolution: float
    stamp: int
    frame: str


def to_message(grid: CostGrid) -> OccupancyGrid:
    """The OccupancyGrid of a cost grid."""
    message = OccupancyGrid(
        header=header(grid.stamp, grid.frame),
        info=MapMetaData(
            map_load_time=to_time(grid.stamp),
            resolution=grid.resolution,
            width=grid.cost.shape[1],
            height=grid.cost.shape[0],
            origin=Pose(
                position=Point(x=grid.origin[0], y=grid.origin[1], z=0.0),
                orientation=Quaternion(w=1.0),
            ),
        ),
    )
    data = array.array("b")
    data.frombytes(np.ascontiguousarray(grid.cost, dtype=np.int8).data.cast("B"))
    message.data = data
    return message


def to_grid(message: OccupancyGrid, topic: str) -> CostGrid:
    """The cost grid of an OccupancyGrid that is not turned; the cost is a view."""
    info = message.info
    if len(message.data) != info.width * info.height or not len(message.data):
        raise MessageError(
            f"{topic}: data holds {len(message.data)} cells, info says {info.width} x {info.height}"
        )
    if not 0.0 < info.resolution < math.inf:
        raise MessageError(f"{topic}: info.resolution is {info.resolution}")
    x, y = info.origin.position.x, info.origin.position.y
    if not (math.isfinite(x) and math.isfinite(y)):
        raise MessageError(f"{topic}: info.origin ({x}, {y}) is not finite")
    if abs(info.origin.orientation.w) < 1.0 - 1e-9:
        raise MessageError(f"{topic}: info.origin is turned; only grids along x and y are read")
    cost = np.frombuffer(message.data, np.int8).reshape(info.height, info.width)
    # the driver takes all but -1 and 100 for ground that it may drive on
    if cost.min() < -1 or cost.max() > 100:
        raise MessageError(f"{topic}: cells are {cost.min()} to {cost.max()}, must be -1 to 100")
    return CostGrid(
        cost,
        (x, y),
        # the message holds a float32; 0.1 must come back as 0.1
        float(np.round(info.resolution, 6)),
        nanoseconds(message.header.stamp),
        message.header.frame_id,
    )
