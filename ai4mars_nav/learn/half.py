"""An fp32 ONNX network to fp16: weights and arithmetic in half, input and output in float32.

TensorRT since version 11 takes the precision from the file; there is no flag for it any more.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.onnx_file import finish

_KEPT_INPUTS = {"Resize": (1, 2)}  # region and scales are float32 by the standard


def to_fp16(fp32: Path, path: Path, name: str) -> None:
    """Write the half precision form of the model fp32 to path."""
    proto = onnx.load(str(fp32))
    graph = proto.graph
    kept = {
        node.input[index]
        for node in graph.node
        for index in _KEPT_INPUTS.get(node.op_type, ())
        if index < len(node.input)
    }
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and tensor.name not in kept:
            tensor.CopyFrom(_half(tensor, str(fp32)))
    for node in graph.node:
        if node.op_type == "Constant" and node.output[0] not in kept:
            for value in node.attribute:
                if value.name == "value" and value.t.data_type == TensorProto.FLOAT:
                    value.t.CopyFrom(_half(value.t, str(fp32)))
        if node.op_type == "Cast" and helper.get_node_attr_value(node, "to") == TensorProto.FLOAT:
            raise ModelFileError(f"{fp32}: node {node.name} casts to float32, which fp16 would mix")
    _cast_at_the_ends(graph)
    del graph.value_info[:]
    finish(proto, path, name)


def _half(tensor: onnx.TensorProto, where: str) -> onnx.TensorProto:
    values = numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        halves = values.astype(np.float16)
    if np.isinf(halves).any() and not np.isinf(values).any():
        raise ModelFileError(f"{where}: {tensor.name} holds {np.abs(values).max():g}, over fp16")
    return numpy_helper.from_array(halves, tensor.name)


def _cast_at_the_ends(graph: onnx.GraphProto) -> None:
    """Inputs and outputs keep name and type; within, their half forms stand for them."""
    inside = {value.name: f"{value.name}_half" for value in (*graph.input, *graph.output)}
    for node in graph.node:
        node.input[:] = [inside.get(name, name) for name in node.input]
        node.output[:] = [inside.get(name, name) for name in node.output]
    first = [_cast(v.name, inside[v.name], TensorProto.FLOAT16) for v in graph.input]
    last = [_cast(inside[v.name], v.name, TensorProto.FLOAT) for v in graph.output]
    middle = list(graph.node)
    del graph.node[:]
    graph.node.extend([*first, *middle, *last])


def _cast(given: str, made: str, kind: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [given], [made], f"{given}_cast", to=kind)
