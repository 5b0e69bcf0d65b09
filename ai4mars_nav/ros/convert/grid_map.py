"""grid_map_msgs/GridMap, where grid_map_msgs is installed: every layer of the map.

A grid map counts its cells from the largest x and y down, rows along x, and stores them column by
column: our arrays (rows along y, ascending), turned about, are exactly that sequence.
"""

from __future__ import annotations

import array
import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np
from geometry_msgs.msg import Point, Pose, Quaternion
from numpy.typing import NDArray
from std_msgs.msg import Float32MultiArray, MultiArrayDimension, MultiArrayLayout

from ai4mars_nav.ros.convert.grid import CostGrid
from ai4mars_nav.ros.convert.header import header

HAS_GRID_MAP_MSGS = importlib.util.find_spec("grid_map_msgs") is not None


def grid_map_type() -> Any:
    """The message type."""
    from grid_map_msgs.msg import GridMap

    return GridMap


def to_grid_map(layers: Mapping[str, NDArray[Any]], costs: CostGrid) -> Any:
    """Layers (rows, columns) and the cost that they led to, nan where unknown."""
    from grid_map_msgs.msg import GridMap, GridMapInfo

    rows, columns = costs.cost.shape
    length_x, length_y = columns * costs.resolution, rows * costs.resolution
    middle = Point(x=costs.origin[0] + length_x / 2.0, y=costs.origin[1] + length_y / 2.0)
    known_cost = np.where(costs.cost < 0, np.nan, costs.cost)
    shown = {**layers, "cost": known_cost}
    return GridMap(
        header=header(costs.stamp, costs.frame),
        info=GridMapInfo(
            resolution=costs.resolution,
            length_x=length_x,
            length_y=length_y,
            pose=Pose(position=middle, orientation=Quaternion(w=1.0)),
        ),
        layers=list(shown),
        basic_layers=["elevation"],
        data=[to_multi_array(layer) for layer in shown.values()],
    )


def to_multi_array(layer: NDArray[Any]) -> Float32MultiArray:
    """A layer (rows along y, columns along x, ascending) in a grid map's order."""
    rows, columns = layer.shape
    data = array.array("f")
    data.frombytes(np.ascontiguousarray(layer[::-1, ::-1], dtype=np.float32).data.cast("B"))
    return Float32MultiArray(
        layout=MultiArrayLayout(
            dim=[
                MultiArrayDimension(label="column_index", size=rows, stride=rows * columns),
                MultiArrayDimension(label="row_index", size=columns, stride=columns),
            ]
        ),
        data=data,
    )
