"""Pictures and a tiny classifier that tests make for themselves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, checker, helper, numpy_helper, save

from ai4mars_nav.content.calibration import Calibration, Scaling
from ai4mars_nav.content.network_sidecar import Answer, FeatureMap
from ai4mars_nav.content.sidecar import ContentSidecar, write_content_sidecar
from ai4mars_nav.perception.sidecar import Input, describe_file

COLOURS = ("red", "green", "blue")
SIDE = 64


def paint(path: Path, colour: int, side: int = 40, seed: int = 0) -> Path:
    """Write a picture that is mostly of one colour."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 60, (side, side, 3), dtype=np.uint8)
    pixels[..., 2 - colour] += 150
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture(scope="session")
def colour_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .onnx whose logits are ten times the mean red, green and blue, with its sidecar."""
    path = tmp_path_factory.mktemp("model") / "colours.onnx"
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3, 1, 1])
    ten = numpy_helper.from_array(np.full(1, 10.0, np.float32), "ten")
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Mul", ["mean", "ten"], ["logits"]),
    ]
    graph = helper.make_graph(nodes, "colours", [image], [logits], [ten])
    opset = [helper.make_opsetid("", 20)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    checker.check_model(model)
    save(model, str(path))
    sidecar = ContentSidecar(
        "colours",
        describe_file(path),
        Input("image", SIDE, SIDE),
        Answer("logits"),
        COLOURS,
        True,
        Calibration(Scaling(1.0, (0.0, 0.0, 0.0)), 0.6, "its own definition"),
        "fp32",
        training={"support": [5, 3, 2]},
    )
    write_content_sidecar(sidecar, path)
    return path


@pytest.fixture(scope="session")
def seeing_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `colour_model`; it tells what it saw, too: red, green and blue in 2 x 2 places."""
    path = tmp_path_factory.mktemp("model") / "seeing.onnx"
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3, 1, 1])
    seen = helper.make_tensor_value_info("seen", TensorProto.FLOAT, [1, 3, 2, 2])
    ten = numpy_helper.from_array(np.full(1, 10.0, np.float32), "ten")
    half = SIDE // 2
    nodes = [
        helper.make_node(
            "AveragePool", ["image"], ["seen"], kernel_shape=[half, half], strides=[half, half]
        ),
        helper.make_node("GlobalAveragePool", ["seen"], ["mean"]),
        helper.make_node("Mul", ["mean", "ten"], ["logits"]),
    ]
    graph = helper.make_graph(nodes, "seeing", [image], [logits, seen], [ten])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    checker.check_model(model)
    save(model, str(path))
    sidecar = ContentSidecar(
        "seeing",
        describe_file(path),
        Input("image", SIDE, SIDE),
        Answer("logits", FeatureMap("seen", 3, 2, 2)),
        COLOURS,
        False,
        Calibration(Scaling(1.0, (0.0, 0.0, 0.0)), 0.6, "its own definition"),
        "fp32",
        training={"support": [5, 3, 2]},
    )
    write_content_sidecar(sidecar, path)
    return path
