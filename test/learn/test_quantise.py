"""Networks in 8 bits and in half: what is rounded, how, and that the mean does not shift."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from ai4mars_nav.learn.errors import ModelFileError  # noqa: E402
from ai4mars_nav.learn.grids import best_grid, grid_of, int8_weight, rounded  # noqa: E402
from ai4mars_nav.learn.half import to_fp16  # noqa: E402
from ai4mars_nav.learn.qdq import Network, whole_convolutions  # noqa: E402
from ai4mars_nav.learn.quantise import to_int8  # noqa: E402

SIDE = 64
# name, channels in, channels out, kernel, stride, groups
LAYERS = (
    ("stem", 1, 8, 3, 2, 1),
    ("filter", 8, 8, 3, 2, 8),
    ("widen", 8, 24, 1, 1, 1),
    ("halve", 24, 24, 3, 2, 24),
    ("narrow", 24, 8, 1, 1, 1),
    ("again", 8, 8, 3, 1, 1),
    ("classify", 8, 4, 1, 1, 1),
)


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    """A small network with depthwise filters, ReLU6, a residual, a resize and a dead channel."""
    rng = np.random.default_rng(0)
    nodes, constants = (
        [],
        [
            numpy_helper.from_array(np.float32(0.0), "zero"),
            numpy_helper.from_array(np.float32(6.0), "six"),
            numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
        ],
    )
    taken = "image"
    for name, cin, cout, kernel, stride, groups in LAYERS:
        fan = cin // groups * kernel * kernel
        weight = rng.normal(0.3 / fan, np.sqrt(2 / fan), (cout, cin // groups, kernel, kernel))
        bias = rng.normal(0.0, 0.3, cout)
        if name == "narrow":
            weight[3], bias[3] = 1e-9, -2.5  # dead: all weight decayed, only the bias is left
        constants += [
            numpy_helper.from_array(weight.astype(np.float32), f"{name}.weight"),
            numpy_helper.from_array(bias.astype(np.float32), f"{name}.bias"),
        ]
        pads = [kernel // 2] * 4
        inputs = [taken, f"{name}.weight", f"{name}.bias"]
        given = "logits" if name == "classify" else name
        nodes.append(
            helper.make_node(
                "Conv", inputs, [given], name, strides=[stride] * 2, pads=pads, group=groups
            )
        )
        taken = given
        if name in ("stem", "filter", "widen", "halve"):
            nodes.append(helper.make_node("Clip", [given, "zero", "six"], [f"{name}.cut"]))
            taken = f"{name}.cut"
        if name == "again":
            nodes.append(helper.make_node("Add", ["again", "narrow"], ["sum"]))
            nodes.append(helper.make_node("Resize", ["sum", "", "scales"], ["large"], "resize"))
            taken = "large"
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4, SIDE // 4, SIDE // 4])],
        constants,
    )
    path = tmp_path_factory.mktemp("small") / "small.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    return path


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Smooth grey pictures (8, SIDE, SIDE)."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    rows = [120 + 60 * np.sin(k * across + 3 * down) + 15 * np.cos(9 * k * down) for k in range(8)]
    return np.clip(np.stack(rows), 0, 255).astype(np.uint8)


def logits(path: Path, images: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    seen = images[:, None, None].astype(np.float32) * np.float32(2 / 255) - 1
    return np.concatenate([session.run(None, {"image": one})[0] for one in seen])


def constants_of(path: Path) -> dict[str, np.ndarray]:
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


@pytest.mark.parametrize("signed", [True, False])
def test_grid_spans_its_range_and_holds_zero(signed):
    for low, high in ((-3.0, 5.0), (0.0, 6.0), (1.0, 2.0), (-4.0, -1.0), (0.0, 0.0)):
        grid = grid_of(low, high, signed)
        ends = np.array([min(low, 0.0), 0.0, max(high, 0.0)], np.float32)
        assert np.abs(rounded(ends, grid) - ends).max() <= 0.5001 * grid.scale
        assert rounded(np.zeros(1, np.float32), grid)[0] == 0.0
        assert not signed or grid.zero == 0


def test_best_grid_cuts_a_lone_peak():
    sample = np.random.default_rng(0).normal(0.0, 1.0, 200_000).astype(np.float32)
    peak = np.append(sample, np.float32(20.0))
    chosen, whole = best_grid(peak, True), grid_of(float(peak.min()), float(peak.max()), True)
    assert chosen.scale < 0.7 * whole.scale
    errors = [np.square(rounded(peak, grid) - peak).mean() for grid in (chosen, whole)]
    assert errors[0] < errors[1]


def test_weights_keep_half_a_step_and_a_dead_channel_its_bias():
    weight = np.random.default_rng(0).normal(0.0, 1.0, (5, 3, 3, 3)).astype(np.float32)
    weight[2] = 1e-12
    bias = np.array([0.1, 0.2, -3.0, 0.0, 1.0], np.float32)
    grid = grid_of(0.0, 6.0, True)
    stored, scale = int8_weight(weight, bias, grid)
    assert np.all(np.abs(stored * scale[:, None, None, None] - weight) <= 0.5001 * scale.max())
    unit = scale.astype(np.float64) * grid.scale
    assert np.all(np.abs(np.int32(np.rint(bias / unit)) * unit - bias) <= 0.5001 * unit)


WHOLE = {True: ["widen", "halve", "narrow", "again"], False: ["halve", "narrow", "again"]}


@pytest.mark.parametrize("signed", [True, False])
def test_first_stages_and_the_last_convolution_stay_in_float(network, signed):
    chosen = [conv.name for conv in whole_convolutions(Network(onnx.load(network)), signed)]
    assert chosen == WHOLE[signed]


def test_network_without_deep_stages_is_refused(network):
    proto = onnx.load(network)
    for node in proto.graph.node:
        for value in node.attribute:
            if value.name == "strides":
                value.ints[:] = [1, 1]
    with pytest.raises(ModelFileError, match="stride 4"):
        whole_convolutions(Network(proto), True)


@pytest.mark.parametrize("signed", [True, False])
def test_whole_numbers_come_near_the_exact_network(network, images, tmp_path, signed):
    path = tmp_path / "whole.onnx"
    to_int8(network, path, "whole", images, signed)
    exact, found = logits(network, images), logits(path, images)
    spread = exact.std(axis=(0, 2, 3))
    assert np.all(np.abs(found - exact).mean(axis=(0, 2, 3)) < 0.1 * spread)
    stored = constants_of(path)
    zeros = {name: value for name, value in stored.items() if name.endswith("_zero_point")}
    activations = [value for name, value in zeros.items() if value.ndim == 0]
    assert {value.dtype for value in activations} == {np.dtype("int8" if signed else "uint8")}
    assert not signed or not any(value.any() for value in zeros.values())
    if signed:
        weights = {name for name, value in stored.items() if name.endswith("_weight_held")}
        assert weights == {f"{name}_weight_held" for name in WHOLE[signed]}
    else:
        weights = {
            name for name, value in stored.items() if value.dtype == np.int8 and value.ndim == 4
        }
        assert weights == {f"{name}_weight_stored" for name in WHOLE[signed]}


def test_int8_for_tensorrt_obeys_its_parser(network, images, tmp_path):
    """Quantised is what a QuantizeLinear has made, about zero; constants and biases are float."""
    path = tmp_path / "whole.onnx"
    to_int8(network, path, "whole", images, True)
    stored, nodes = constants_of(path), onnx.load(path).graph.node
    quantised = {node.output[0] for node in nodes if node.op_type == "QuantizeLinear"}
    for node in nodes:
        if node.op_type == "DequantizeLinear":
            assert node.input[0] in quantised
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            assert stored[node.input[2]].dtype == np.int8 and not stored[node.input[2]].any()
            assert (stored[node.input[1]] > 0).all()
        if node.op_type == "Conv":
            assert stored[node.input[2]].dtype == np.float32


def test_int8_for_tensorrt_runs_in_whole_numbers_on_a_cpu(network, images, tmp_path):
    """ONNX Runtime quantises these weights and biases itself; what it makes is what was chosen."""
    path = tmp_path / "whole.onnx"
    to_int8(network, path, "whole", images, True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    held, made = constants_of(path), onnx.load(tmp_path / "optimised.onnx").graph
    constants = {t.name: numpy_helper.to_array(t) for t in made.initializer}
    whole = [node for node in made.node if node.op_type == "QLinearConv"]
    assert len(whole) > 1
    for node in whole:
        name = next(name for name in WHOLE[True] if name in node.name)
        scale = held[f"{name}_weight_scale"]
        stored = held[f"{name}_weight_held"] / scale[:, None, None, None]
        np.testing.assert_array_equal(constants[node.input[3]], stored.round())
        unit = constants[node.input[1]].astype(np.float64) * scale
        found = constants[node.input[8]] * unit
        np.testing.assert_allclose(found, held[f"{name}_bias"], rtol=1e-6, atol=unit.max())


def test_corrected_biases_hold_the_mean(network, images, tmp_path, monkeypatch):
    from ai4mars_nav.learn import quantise

    shifts = []
    for correct in (True, False):
        if not correct:
            plain = lambda network, conv, *_: network.parameters(conv)[1]  # noqa: E731
            monkeypatch.setattr(quantise, "corrected_bias", plain)
        to_int8(network, tmp_path / "whole.onnx", "whole", images, True)
        change = logits(tmp_path / "whole.onnx", images) - logits(network, images)
        shifts.append(np.abs(change.mean(axis=(0, 2, 3))).max())
    assert shifts[0] < 0.7 * shifts[1]


def test_half_keeps_its_ends_in_float32(network, images, tmp_path):
    path = tmp_path / "half.onnx"
    to_fp16(network, path, "half")
    graph = onnx.load(path).graph
    for value in (*graph.input, *graph.output):
        assert value.type.tensor_type.elem_type == TensorProto.FLOAT
    kinds = {name: values.dtype for name, values in constants_of(path).items()}
    assert kinds.pop("scales") == np.float32
    assert set(kinds.values()) == {np.dtype(np.float16)}
    exact, found = logits(network, images), logits(path, images)
    assert np.abs(found - exact).max() < 0.02 * exact.std()


def test_weight_that_half_cannot_hold_is_named(network, tmp_path):
    proto = onnx.load(network)
    for tensor in proto.graph.initializer:
        if tensor.name == "again.bias":
            values = numpy_helper.to_array(tensor).copy()
            values[0] = 1e5
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(proto, str(tmp_path / "large.onnx"))
    with pytest.raises(ModelFileError, match=r"again\.bias holds 100000"):
        to_fp16(tmp_path / "large.onnx", tmp_path / "half.onnx", "half")
