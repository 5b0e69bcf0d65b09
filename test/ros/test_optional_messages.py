"""Messages of packages that PyPI lacks, against stand-ins with the fields of their definitions.

vision_msgs and grid_map_msgs are not among the ROS wheels. Where they are installed, these tests
use the real ones.
"""

import importlib.util
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ai4mars_nav.ros.convert.grid import CostGrid
from ai4mars_nav.ros.convert.grid_map import to_grid_map
from ai4mars_nav.ros.convert.labels import to_label_info

FIELDS = {
    "vision_msgs": {
        "LabelInfo": ("header", "class_map", "threshold"),
        "VisionClass": ("class_id", "class_name"),
    },
    "grid_map_msgs": {
        "GridMap": (
            "header",
            "info",
            "layers",
            "basic_layers",
            "data",
            "outer_start_index",
            "inner_start_index",
        ),
        "GridMapInfo": ("resolution", "length_x", "length_y", "pose"),
    },
}


def stand_in(name: str, fields: tuple[str, ...]) -> type:
    """A message that takes its own fields and no other."""

    def init(self: Any, **values: Any) -> None:
        for key, value in values.items():
            setattr(self, key, value)

    return type(name, (), {"__slots__": fields, "__init__": init})


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    for package, messages in FIELDS.items():
        if importlib.util.find_spec(package) is None:
            module = ModuleType(f"{package}.msg")
            for name, fields in messages.items():
                setattr(module, name, stand_in(name, fields))
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
            monkeypatch.setitem(sys.modules, f"{package}.msg", module)


def test_label_info_names_the_values_of_the_class_image() -> None:
    told = to_label_info(0.7, 5)
    named = {c.class_id: c.class_name for c in told.class_map}
    assert named == {0: "soil", 1: "bedrock", 2: "sand", 3: "big rock"}
    assert told.threshold == 0.7 and told.header.stamp.nanosec == 5


def test_a_grid_map_holds_each_value_at_its_place() -> None:
    """Read back as grid_map does: cell (i, j) lies i cells below the largest x, j below y."""
    cost = np.random.default_rng(5).integers(-1, 101, (3, 4), dtype=np.int8)
    costs = CostGrid(cost, (10.0, -7.0), 0.5, 9, "odom")
    x = np.tile(10.25 + 0.5 * np.arange(4), (3, 1))
    y = np.repeat(-6.75 + 0.5 * np.arange(3)[:, None], 4, axis=1)
    grid = to_grid_map({"x": x, "y": y}, costs)
    assert grid.layers == ["x", "y", "cost"]
    centre, info = grid.info.pose.position, grid.info
    assert (info.length_x, info.length_y, info.resolution) == (2.0, 1.5, 0.5)
    for layer, message in zip(grid.layers, grid.data, strict=True):
        outer, inner = message.layout.dim
        assert (outer.label, inner.label) == ("column_index", "row_index")
        assert (outer.stride, inner.stride) == (12, inner.size)
        for j in range(outer.size):
            for i in range(inner.size):
                value = message.data[j * inner.stride + i]
                at_x = centre.x + info.length_x / 2 - (i + 0.5) * 0.5
                at_y = centre.y + info.length_y / 2 - (j + 0.5) * 0.5
                cell = cost[round((at_y + 6.75) / 0.5), round((at_x - 10.25) / 0.5)]
                wanted = {"x": at_x, "y": at_y, "cost": np.nan if cell < 0 else cell}[layer]
                np.testing.assert_allclose(value, wanted)
