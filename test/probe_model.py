"""A real, tiny terrain model for tests: an ONNX file that tells classes by mean grey level.

It computes what its bands say, so that a test knows the right answer for each pixel of an
image it painted. Nothing outside the tests uses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ai4mars_nav import terrain
from ai4mars_nav.perception import sidecar as sc

Band = tuple[int, int, int]
"""Lowest and highest grey level, and the class value they mean."""

LEVELS: tuple[Band, ...] = (
    (10, 59, terrain.Terrain.BIG_ROCK),
    (60, 110, terrain.Terrain.SOIL),
    (111, 160, terrain.Terrain.BEDROCK),
    (161, 230, terrain.Terrain.SAND),
)
NAME = "probe"
_NOWHERE = (-300, -290, 255)
"""Where a class without a band lies: outside of every grey level."""
_PER_LEVEL = 0.4
"""Logit gained per grey level inside a band: 10 levels off the border, confidence is over 0.99."""
_SCALE, _OFFSET = 2.0 / 255.0, -1.0


def write_probe_model(
    folder: Path, levels: Sequence[Band] = LEVELS, *, name: str = NAME, size: int = 256
) -> Path:
    """Write `name`.onnx and `name`.json into `folder`; the path of the .onnx file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    path.write_bytes(_network(levels, name, size).SerializeToString())
    sc.write_sidecar(
        sc.Sidecar(
            name=name,
            model=sc.describe_file(path),
            input=sc.Input("image", size, size),
            output=sc.Output("logits", stride=4),
            preprocessing=sc.Preprocessing(_SCALE, _OFFSET),
            calibration=sc.Calibration(
                (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0), 0.6, 0.01, "its own definition"
            ),
            precision="fp32",
            training={"by": "hand, from grey level bands"},
        ),
        path,
    )
    return path


def _network(levels: Sequence[Band], name: str, size: int) -> onnx.ModelProto:
    """Mean over 4x4 pixels, then per class the highest tent (distance inside the band)."""
    nodes = [
        helper.make_node("AveragePool", ["image"], ["mean"], kernel_shape=[4, 4], strides=[4, 4])
    ]
    constants = []
    per_class = []
    for kind in terrain.CLASSES:
        bands = [band for band in levels if band[2] == kind] or [_NOWHERE]
        tents = []
        for index, (low, high, _) in enumerate(bands):
            tag = f"{int(kind)}_{index}"
            constants += [
                _constant(f"low_{tag}", [_as_input(low - 0.5)]),
                _constant(f"high_{tag}", [_as_input(high + 0.5)]),
            ]
            nodes += [
                helper.make_node("Sub", ["mean", f"low_{tag}"], [f"above_{tag}"]),
                helper.make_node("Sub", [f"high_{tag}", "mean"], [f"below_{tag}"]),
                helper.make_node("Min", [f"above_{tag}", f"below_{tag}"], [f"tent_{tag}"]),
            ]
            tents.append(f"tent_{tag}")
        nodes.append(helper.make_node("Max", tents, [f"class_{int(kind)}"]))
        per_class.append(f"class_{int(kind)}")
    constants.append(_constant("gain", [_PER_LEVEL / _SCALE]))
    nodes += [
        helper.make_node("Concat", per_class, ["tents"], axis=1),
        helper.make_node("Mul", ["tents", "gain"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, size, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4, size // 4, size // 4])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {sc.METADATA_KEY: name})
    onnx.checker.check_model(model, full_check=True)
    return model


def _as_input(grey: float) -> float:
    """A grey level as the network sees it."""
    return grey * _SCALE + _OFFSET


def _constant(name: str, values: list[float]) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype=np.float32), name)
