"""From an fp32 ONNX network to an int8 one: ranges and biases from images, no training.

Rounded weights shift the mean of what a convolution gives, and the shifts of fifty layers add up:
on terrain-256 that cost 0.55 % of the labelled pixels their class. The mean shift of each channel
is known beforehand and is taken into its bias, which leaves 0.2 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import NodeProto

from ai4mars_nav.learn.data import U8
from ai4mars_nav.learn.grids import F32, Grid, best_grid, int8_weight, rounded
from ai4mars_nav.learn.onnx_file import INPUT, finish
from ai4mars_nav.learn.preprocess import OFFSET, SCALE
from ai4mars_nav.learn.qdq import Network, in_whole_numbers, whole_convolutions

F64 = npt.NDArray[np.float64]

_VALUES = 3000  # of each tensor and image that the grids are chosen from


@dataclass(frozen=True)
class _Means:
    """Mean of each channel (c,) of the tensors, in float and as their grids round them."""

    exact: Mapping[str, F64]
    rounded: Mapping[str, F64]


def to_int8(fp32: Path, path: Path, name: str, images: U8, signed: bool) -> None:
    """Quantise fp32 into path: weights int8 about 0 per channel, activations int8 or uint8.

    `signed` activations are int8 about 0, the only ones TensorRT takes; uint8 ones with a zero
    point are twice as fast on x86. Ranges and biases come from images (n, side, side) uint8.
    """
    network = Network(onnx.load(str(fp32)))
    convolutions = whole_convolutions(network, signed)
    flow = _Flow(network, network.stored(convolutions), images)
    grids = {tensor: best_grid(sample, signed) for tensor, sample in flow.samples().items()}
    means = flow.means(grids)
    biases = {conv.name: corrected_bias(network, conv, grids, means) for conv in convolutions}
    finish(in_whole_numbers(network, convolutions, grids, biases), path, name)


def corrected_bias(
    network: Network, conv: NodeProto, grids: Mapping[str, Grid], means: _Means
) -> F32:
    """The bias (out,) that gives a rounded convolution the mean outputs of the exact one.

    The padded border is taken to be like the rest.
    """
    taken = conv.input[0]
    weight, bias = network.parameters(conv)
    stored, scale = int8_weight(weight, bias, grids[taken])
    kept = stored.astype(np.float64) * scale[:, None, None, None].astype(np.float64)
    shift = _mean_output(weight.astype(np.float64), means.exact[taken]) - _mean_output(
        kept, means.rounded[taken]
    )
    return (bias + shift).astype(np.float32)


def _mean_output(weight: F64, means: F64) -> F64:
    """Mean of each output (out,) of a convolution (out, in / groups, kh, kw) less its bias."""
    taps = weight.sum(axis=(2, 3))
    groups = len(means) // taps.shape[1]
    each = means.reshape(groups, -1).repeat(len(taps) // groups, axis=0)
    total: F64 = (taps * each).sum(axis=1)
    return total


class _Flow:
    """What flows through the chosen tensors of a network when it sees the images."""

    def __init__(self, network: Network, tensors: Sequence[str], images: U8) -> None:
        copy = onnx.ModelProto()
        copy.CopyFrom(network.proto)
        inside = [name for name in tensors if name != INPUT]
        copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inside)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(copy.SerializeToString(), options)
        self._tensors, self._inside, self._images = tensors, inside, images

    def _of(self, image: U8) -> dict[str, F32]:
        """Every tensor (1, c, h, w) for one image."""
        seen = image[None, None].astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET)
        found = dict(zip(self._inside, self._session.run(self._inside, {INPUT: seen}), strict=True))
        return {name: found.get(name, seen) for name in self._tensors}

    def samples(self) -> dict[str, F32]:
        """Values (n,) of each tensor from all images: some at random, and the extremes."""
        rng = np.random.default_rng(0)
        parts: dict[str, list[F32]] = {name: [] for name in self._tensors}
        for image in self._images:
            for name, values in self._of(image).items():
                flat = values.ravel()
                chosen = flat[rng.integers(0, flat.size, _VALUES)]
                parts[name] += [chosen, np.array([flat.min(), flat.max()], np.float32)]
        return {name: np.concatenate(found) for name, found in parts.items()}

    def means(self, grids: Mapping[str, Grid]) -> _Means:
        """Channel means over all images, before and after rounding."""
        exact: dict[str, F64] = {}
        after: dict[str, F64] = {}
        share = 1.0 / len(self._images)
        for image in self._images:
            for name, values in self._of(image).items():
                for sums, seen in ((exact, values), (after, rounded(values, grids[name]))):
                    mean = seen.mean(axis=(0, 2, 3), dtype=np.float64) * share
                    sums[name] = sums.get(name, 0.0) + mean
        return _Means(exact, after)
