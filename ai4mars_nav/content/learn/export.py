"""From a trained network to an ONNX file of half the size, computed in full precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ai4mars_nav.content.learn.network import ContentNet
from ai4mars_nav.learn.export import exported
from ai4mars_nav.learn.onnx_file import OUTPUT, finish

SEEN = "seen"
"""The output besides the logits: what the last layer sees."""
_SMALL = 1024
"""Tensors of fewer numbers stay as they are: halving them saves nothing."""


def to_onnx(network: ContentNet, path: Path, name: str, side: int) -> None:
    """Write path for one (1, 3, side, side) float32 picture; weights are stored in fp16.

    A runtime widens them once, when it loads the file.
    """
    example = torch.zeros(1, 3, side, side)
    proto = exported(_Telling(network), example, path, (OUTPUT, SEEN))
    _store_in_half(proto.graph)
    finish(proto, path, name)


class _Telling(nn.Module):
    """A content network that gives (1, 1280, rows, columns) besides its logits."""

    def __init__(self, network: ContentNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.network.seen(image)
        return self.network.judged(seen), seen


def _store_in_half(graph: onnx.GraphProto) -> None:
    """Large weights as fp16 with a cast behind each."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _SMALL:
            continue
        half = f"{tensor.name}_half"
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
    # shapes of intermediate values are found again; those of the weights have moved
    del graph.value_info[:]
