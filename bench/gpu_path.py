"""The perception path in torch, on any device: the shipped network and what stands around it.

What `perception/segmenter.py` does on the CPU, done where the network runs: only the grey frame
goes in and only classes and confidence come out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as ops

from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.learn.networks.registry import DEFAULT, make_network
from ai4mars_nav.perception.sidecar import Sidecar, load_model
from ai4mars_nav.terrain import UNKNOWN

WARM_UP = 5


def shipped_network(path: Path) -> Network:
    """The network of an fp32 .onnx file of this package as a torch module, on the CPU."""
    _, content = load_model(path)
    constants = {
        tensor.name: tensor for tensor in onnx.load_model_from_string(content).graph.initializer
    }
    network = make_network(DEFAULT).eval().deployed()
    weights = {
        name: torch.from_numpy(numpy_helper.to_array(constants[name]).copy())
        for name in network.state_dict()
    }
    network.load_state_dict(weights)
    return network.eval().requires_grad_(False)


class Perception(nn.Module):
    """Grey frames u8 (H, W) to classes u8 and confidence f32, both (H, W), on one device."""

    def __init__(self, network: Network, sidecar: Sidecar, side: int, dtype: torch.dtype) -> None:
        """The network sees frames at side x side pixels and computes in dtype."""
        super().__init__()
        self.network = network.to(dtype=dtype, memory_format=torch.channels_last)
        self.side, self.dtype = side, dtype
        self.scale, self.offset = sidecar.preprocessing.scale, sidecar.preprocessing.offset
        self.abstain_below = sidecar.calibration.abstain_below
        for name in ("scale", "bias"):
            values = torch.tensor(getattr(sidecar.calibration, name), dtype=torch.float32)
            self.register_buffer(f"class_{name}", values[None, :, None, None])

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        """Classes and confidence of a frame."""
        image = ops.adaptive_avg_pool2d(grey[None, None].float(), self.side)
        # as on the CPU, where the small image is one of bytes again
        batch = image.round_().mul_(self.scale).add_(self.offset)
        batch = batch.to(self.dtype).contiguous(memory_format=torch.channels_last)
        logits = self.network(batch).float() * self.class_scale + self.class_bias
        full = ops.interpolate(
            logits.softmax(dim=1), size=grey.shape, mode="bilinear", align_corners=False
        )
        confidence, classes = full[0].max(dim=0)
        unsure = confidence < self.abstain_below
        return classes.to(torch.uint8).masked_fill_(unsure, UNKNOWN), confidence


@dataclass(frozen=True)
class Replay:
    """A CUDA graph, and the work that it was made of: its tensors are read and written again."""

    graph: torch.cuda.CUDAGraph
    work: Callable[[], object]

    def __call__(self) -> None:
        self.graph.replay()


def captured(work: Callable[[], object], device: torch.device) -> Callable[[], object]:
    """The same work as one CUDA graph; on a CPU, where there are none, the work itself."""
    if device.type != "cuda":
        return work
    # warmed up aside: what the first calls allocate and search for must not be captured
    aside = torch.cuda.Stream(device)
    aside.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(aside):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream(device).wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return Replay(graph, work)
