"""From a trained network to ONNX files that carry their sidecar's name: fp32 and int8 (QDQ)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from ai4mars_nav.learn.data import MULTIPLE, U8
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.learn.preprocess import OFFSET, SCALE
from ai4mars_nav.perception.sidecar import METADATA_KEY

INPUT = "image"
OUTPUT = "logits"
OPSET = 20

# The stem and the stages at strides 2 and 4. In dark frames their whole texture is a few grey
# levels, which one int8 range for all exposures rounds away. Measured on terrain-256: with them in
# float 99.5 % of labelled pixels keep their class, without 98.1 %, and it is no faster without.
FLOAT_CONVOLUTIONS = 9


def to_onnx(model: Network, path: Path, name: str, side: int) -> None:
    """Write path for one (1, 1, side, side) float32 image, with weights inside and checked."""
    if side % MULTIPLE:
        raise ModelFileError(f"{path}: side {side} is not a multiple of {MULTIPLE}")
    example = torch.zeros(1, 1, side, side)
    plain = model.to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    program = torch.onnx.export(
        plain,
        (example,),
        input_names=[INPUT],
        output_names=[OUTPUT],
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise ModelFileError(f"{path}: the exporter returned no program")
    _finish(program.model_proto, path, name)


def to_int8(fp32: Path, path: Path, name: str, images: U8) -> None:
    """Quantise fp32 into path: symmetric int8 weights (per channel) and activations, QDQ nodes.

    The ranges of the activations come from images (n, side, side) uint8.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantised = Path(folder) / "prepared.onnx", Path(folder) / "quantised.onnx"
        quant_pre_process(str(fp32), str(prepared))
        proto = onnx.load(str(prepared))
        quantize_static(
            str(prepared),
            str(quantised),
            _Images(images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=_before_convolution(proto, FLOAT_CONVOLUTIONS),
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True},
        )
        _finish(onnx.load(str(quantised)), path, name)


def _before_convolution(proto: onnx.ModelProto, count: int) -> list[str]:
    """Names of the nodes that come before the convolution number `count` (from 0)."""
    kinds = [node.op_type for node in proto.graph.node]
    convolutions = [index for index, kind in enumerate(kinds) if kind == "Conv"]
    return [node.name for node in proto.graph.node[: convolutions[count]]]


class _Images(CalibrationDataReader):  # type: ignore[misc]
    """Feeds (n, side, side) uint8 images to the quantiser, one at a time."""

    def __init__(self, images: U8) -> None:
        self._batches: Iterator[dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]]
        self._batches = (
            {INPUT: image[None, None].astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET)}
            for image in images
        )

    def get_next(self) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] | None:
        return next(self._batches, None)


def _finish(proto: onnx.ModelProto, path: Path, name: str) -> None:
    """Check, drop what only debugging needs, write the sidecar's name into it and save."""
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.value_info):
        del value.metadata_props[:]
    del proto.metadata_props[:]
    used = {node.domain for node in proto.graph.node}
    opsets = [opset for opset in proto.opset_import if opset.domain in used]
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    onnx.helper.set_model_props(proto, {METADATA_KEY: name})
    onnx.checker.check_model(proto)
    onnx.save(proto, str(path))
