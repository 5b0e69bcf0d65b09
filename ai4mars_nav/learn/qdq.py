"""An ONNX graph with some convolutions in whole numbers: quantise and dequantise nodes (QDQ).

What a convolution takes and gives is rounded to 8 bits; additions, resizing and all else stay in
float, where rounding would cost classes and save no time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, helper, numpy_helper

from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.grids import F32, Grid, int8_weight

_ACTIVATIONS = ("Clip", "Relu")


class Network:
    """An ONNX graph, and who takes each of its tensors."""

    def __init__(self, proto: onnx.ModelProto) -> None:
        """Index the graph of a model."""
        self.proto = proto
        self.nodes: list[NodeProto] = list(proto.graph.node)
        self.constants = {tensor.name: tensor for tensor in proto.graph.initializer}
        self.takers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for tensor in node.input:
                self.takers[tensor].append(node)

    def parameters(self, conv: NodeProto) -> tuple[F32, F32]:
        """Weight (out, in, kh, kw) and bias (out,) of a convolution."""
        for tensor in conv.input[1:]:
            if tensor not in self.constants:
                raise ModelFileError(f"node {conv.name}: {tensor!r} is no constant")
        weight: F32 = numpy_helper.to_array(self.constants[conv.input[1]])
        if len(conv.input) < 3:
            return weight, np.zeros(len(weight), np.float32)
        return weight, numpy_helper.to_array(self.constants[conv.input[2]])

    def activation_of(self, conv: NodeProto) -> NodeProto | None:
        """The Clip or Relu that is the only taker of a convolution's output."""
        takers = self.takers[conv.output[0]]
        if len(takers) == 1 and takers[0].op_type in _ACTIVATIONS:
            return takers[0]
        return None

    def given_by(self, conv: NodeProto) -> str:
        """The tensor a convolution gives, after its activation."""
        return str((self.activation_of(conv) or conv).output[0])

    def stored(self, convolutions: Iterable[NodeProto]) -> list[str]:
        """The tensors that are rounded where these convolutions work in whole numbers."""
        pairs = ((conv.input[0], self.given_by(conv)) for conv in convolutions)
        return list(dict.fromkeys(tensor for pair in pairs for tensor in pair))


def whole_convolutions(network: Network, signed: bool) -> list[NodeProto]:
    """The convolutions that are worth quantising: all but the first stages and the last.

    In dark frames the whole texture is a few grey levels, which one 8-bit range for all exposures
    rounds away in the first stages; they take about as long in float. Signed activations have a
    bit less behind a ReLU and stay in float for longer: on terrain-256 from the fourth halving on
    99.5 % of all cells keep their class at the speed of from the third on (99.4 %). The last
    convolution gives the logits, whose fine differences are the confidence.
    """
    found: list[NodeProto] = []
    halvings: list[int] = []
    for node in network.nodes:
        if _stride(node) == 2:
            halvings.append(len(found))
        if node.op_type == "Conv":
            found.append(node)
    # before a halving stands the convolution that widens for it, after it the one that narrows
    number, offset = (4, -1) if signed else (2, 2)
    if len(halvings) < 3 or len(found) - halvings[2] < 3:
        raise ModelFileError("the network has no convolutions past stride 4 to quantise")
    return found[halvings[min(number, len(halvings)) - 1] + offset : -1]


def _stride(node: NodeProto) -> int:
    return max((max(a.ints) for a in node.attribute if a.name == "strides"), default=1)


def in_whole_numbers(
    network: Network,
    convolutions: Sequence[NodeProto],
    grids: Mapping[str, Grid],
    biases: Mapping[str, F32],
) -> onnx.ModelProto:
    """The model with these convolutions in int8, each with the bias (out,) of its name.

    `grids` has the tensors of `Network.stored`.
    """
    chosen = {conv.name for conv in convolutions}
    writer = _Writer(network, grids)
    for node in network.nodes:
        copy = NodeProto()
        copy.CopyFrom(node)
        if node.op_type == "Conv" and node.name in chosen:
            writer.convolution(copy, biases[node.name])
        else:
            writer.other(copy)
    return writer.finished()


class _Writer:
    """Collects the nodes and constants of the quantised graph."""

    def __init__(self, network: Network, grids: Mapping[str, Grid]) -> None:
        self.network, self.grids = network, grids
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.renamed: dict[str, str] = {}  # what exists only rounded: its name before and after
        self.late: set[str] = set()  # what is rounded as soon as an activation has made it
        self.takes: dict[str, int] = defaultdict(int)

    def constant(self, name: str, values: npt.ArrayLike) -> str:
        self.constants[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def pair(self, tensor: str, name: str, grid: Grid) -> str:
        """Quantise and dequantise a tensor; the name of the rounded one."""
        scale = self.constant(f"{name}_scale", np.float32(grid.scale))
        zero = np.int8(grid.zero) if grid.signed else np.uint8(grid.zero)
        zero_point = self.constant(f"{name}_zero_point", zero)
        stored, back = f"{name}_stored", f"{name}_rounded"
        self.nodes += [
            helper.make_node("QuantizeLinear", [tensor, scale, zero_point], [stored], f"{name}_q"),
            helper.make_node("DequantizeLinear", [stored, scale, zero_point], [back], f"{name}_dq"),
        ]
        return back

    def taken(self, tensor: str) -> str:
        """The rounded form of what a convolution takes.

        On x86 ONNX Runtime leaves a convolution in float whose int8 input others take too, and it
        merges equal pairs: each taker gets a pair of its own, the scales apart by the last bit.
        """
        shared = len(self.network.takers[tensor]) > 1 and self.grids[tensor].signed
        if tensor in self.renamed and not shared:
            return self.renamed[tensor]
        number = self.takes[tensor]
        self.takes[tensor] += 1
        if number and not self.grids[tensor].signed:
            return f"{tensor}_in0_rounded"
        grid = self.grids[tensor]
        scale = np.float32(grid.scale)
        for _ in range(number + (tensor in self.renamed)):
            scale = np.nextafter(scale, np.float32(np.inf))
        own = Grid(float(scale), grid.zero, grid.signed)
        return self.pair(self.renamed.get(tensor, tensor), f"{tensor}_in{number}", own)

    def convolution(self, conv: NodeProto, bias: F32) -> None:
        """One convolution with its weights, bias, input and output in whole numbers."""
        grid = self.grids[conv.input[0]]
        stored, scale = int8_weight(self.network.parameters(conv)[0], bias, grid)
        unit = scale * np.float32(grid.scale)
        whole = np.rint(bias / unit.astype(np.float64)).astype(np.int32)
        activation, given = self.network.activation_of(conv), conv.output[0]
        if grid.signed:
            # TensorRT takes no bias in int32, and its older versions no int8 constants; of these
            # ONNX Runtime makes the same whole numbers when it loads them
            parameters = [
                self._per_channel(f"{conv.name}_weight", stored, scale, paired=True),
                self.constant(f"{conv.name}_bias", (whole * unit.astype(np.float64)).astype("f4")),
            ]
        else:
            parameters = [
                self._per_channel(f"{conv.name}_weight", stored, scale),
                self._per_channel(f"{conv.name}_bias", whole, unit),
            ]
        conv.input[:] = [self.taken(conv.input[0]), *parameters]
        self.nodes.append(conv)
        after = self.grids[(activation or conv).output[0]]
        if activation is None or after.signed:
            # a grid about 0 cannot hold back what is negative: round, cut, round again
            self.renamed[given] = self.pair(given, f"{given}_out", after)
        else:
            self.late.add(activation.output[0])

    def other(self, node: NodeProto) -> None:
        """A node that stays in float."""
        node.input[:] = [self.renamed.get(name, name) for name in node.input]
        self.nodes.append(node)
        for name in node.output:
            if name in self.late:
                self.renamed[name] = self.pair(name, f"{name}_out", self.grids[name])

    def finished(self) -> onnx.ModelProto:
        """The model of what was collected."""
        made = onnx.ModelProto()
        made.CopyFrom(self.network.proto)
        del made.graph.node[:], made.graph.initializer[:], made.graph.value_info[:]
        made.graph.node.extend(self.nodes)
        used = {name for node in self.nodes for name in node.input}
        kept = [tensor for name, tensor in self.network.constants.items() if name in used]
        made.graph.initializer.extend([*kept, *self.constants.values()])
        return made

    def _per_channel(
        self,
        name: str,
        stored: npt.NDArray[np.signedinteger],
        scale: F32,
        paired: bool = False,
    ) -> str:
        """Constants (out, ...) in whole numbers; paired: in float, rounded to those when loaded."""
        grid = [
            self.constant(f"{name}_scale", scale),
            self.constant(f"{name}_zero_point", np.zeros(len(scale), stored.dtype)),
        ]
        whole, back = f"{name}_stored", f"{name}_rounded"
        if paired:
            steps = scale.reshape(-1, *[1] * (stored.ndim - 1))
            held = self.constant(f"{name}_held", stored.astype(np.float32) * steps)
            self.nodes.append(
                helper.make_node("QuantizeLinear", [held, *grid], [whole], f"{name}_q", axis=0)
            )
        else:
            self.constant(whole, stored)
        self.nodes.append(
            helper.make_node("DequantizeLinear", [whole, *grid], [back], f"{name}_dq", axis=0)
        )
        return back
