"""MobileNetV2 1.0 (Sandler et al. 2018) for images, and the stored weights that start it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ai4mars_nav.learn.errors import ModelFileError

# MobileNetV2 1.0: expansion, output channels, repeats, stride of the first of them.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_TAPS = (1, 2, 4, 6)  # the stages whose ends feed the pyramid: strides 4, 8, 16 and 32
TAP_CHANNELS = (24, 32, 96, 320)


def convolution(cin: int, cout: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution with bias, where others have a batch norm."""
    return nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups)


class InvertedResidual(nn.Module):
    """(n, cin, h, w) to (n, cout, h/stride, w/stride): expand, filter each channel, project."""

    def __init__(self, cin: int, cout: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = cin * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [convolution(cin, wide, 1), nn.ReLU6()]
        layers += [convolution(wide, wide, 3, stride, wide), nn.ReLU6(), convolution(wide, cout, 1)]
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and cin == cout

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class Encoder(nn.Module):
    """(n, bands, h, w) in -1..1 to features at strides 4, 8, 16 and 32; no batch norm."""

    def __init__(self, bands: int = 1) -> None:
        """One band is grey, three are RGB."""
        super().__init__()
        self.stem = nn.Sequential(convolution(bands, 32, 3, 2), nn.ReLU6())
        self.stages = nn.ModuleList()
        cin = 32
        for expansion, cout, repeats, stride in _STAGES:
            blocks = [InvertedResidual(cin, cout, stride, expansion)]
            blocks += [InvertedResidual(cout, cout, 1, expansion) for _ in range(repeats - 1)]
            self.stages.append(nn.Sequential(*blocks))
            cin = cout

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        x = self.stem(x)
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _TAPS:
                features.append(x)
        return features


def encoder_convolutions(encoder: Encoder) -> list[nn.Conv2d]:
    """The 51 convolutions of the encoder in the order of the stored MobileNetV2 weights."""
    return [module for module in encoder.modules() if isinstance(module, nn.Conv2d)]


def warm_start(encoder: Encoder, path: Path, *after: nn.Conv2d) -> None:
    """Fill the encoder from a folded MobileNetV2 npz whose input is rgb / 127.5 - 1.

    Grey replicated into three equal channels is the same as a first kernel summed over them.
    `after` are the convolutions of the classifier that follow the encoder, where they are wanted.
    """
    with np.load(path, allow_pickle=False) as stored:
        order = [layer["name"] for layer in json.loads(str(stored["layer_order_json"]))]
        convolutions = [*encoder_convolutions(encoder), *after]
        if len(order) < len(convolutions):
            raise ModelFileError(f"{path}: {len(order)} layers, {len(convolutions)} are needed")
        for index, (name, conv) in enumerate(zip(order, convolutions, strict=False)):
            weight = stored[f"{name}.weight"]
            if index == 0 and conv.in_channels == 1:
                weight = weight.sum(axis=1, keepdims=True)
            _fill(conv, weight, stored[f"{name}.bias"], f"{path}: {name}")


def _fill(
    conv: nn.Conv2d, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32], where: str
) -> None:
    if tuple(conv.weight.shape) != weight.shape:
        raise ModelFileError(f"{where}.weight is {weight.shape}, not {tuple(conv.weight.shape)}")
    if conv.bias is None or tuple(conv.bias.shape) != bias.shape:
        raise ModelFileError(f"{where}.bias is {bias.shape}, which does not fit")
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(weight))
        conv.bias.copy_(torch.from_numpy(bias))
