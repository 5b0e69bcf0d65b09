"""A U-Net of re-parameterised blocks (Ding et al. 2021): three branches to learn, one to drive."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.learn.networks.layers import classifier, conv, initialise
from ai4mars_nav.learn.networks.network import Network

_WIDTHS = (32, 48, 96, 160, 192)  # channels at strides 2, 4, 8, 16 and 32
_DEPTHS = (1, 2, 2, 2, 2)


class Branches(nn.Module):
    """(n, cin, h, w) to (n, cout, h/stride, w/stride): ReLU of a 3x3, a 1x1 and an identity."""

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.square, self.square_norm = conv(cin, cout, 3, stride), nn.BatchNorm2d(cout)
        self.point, self.point_norm = conv(cin, cout, 1, stride), nn.BatchNorm2d(cout)
        self.same_norm = nn.BatchNorm2d(cout) if stride == 1 and cin == cout else None

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.square_norm(self.square(x)) + self.point_norm(self.point(x))
        if self.same_norm is not None:
            y = y + self.same_norm(x)
        return functional.relu(y)

    def fused(self) -> nn.Sequential:
        """The same function in evaluation mode as one 3x3 convolution with bias, and ReLU."""
        square, point = self.square, functional.pad(self.point.weight, (1, 1, 1, 1))
        parts = [_folded(square.weight, self.square_norm), _folded(point, self.point_norm)]
        if self.same_norm is not None:
            parts.append(_folded(_identity(square.weight), self.same_norm))
        one = nn.Conv2d(square.in_channels, square.out_channels, 3, square.stride[0], 1)
        one.weight.data = torch.stack([kernel for kernel, _ in parts]).sum(0)
        one.bias.data = torch.stack([bias for _, bias in parts]).sum(0)  # type: ignore[union-attr]
        return nn.Sequential(one, nn.ReLU())


def _folded(kernel: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Kernel (o, i, k, k) and bias (o,) of a convolution followed by a batch norm."""
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = norm.bias - norm.running_mean * gain
    return (kernel * gain[:, None, None, None]).detach(), bias.detach()


def _identity(like: Tensor) -> Tensor:
    kernel = torch.zeros_like(like)
    channels = torch.arange(like.shape[0])
    kernel[channels, channels, 1, 1] = 1.0
    return kernel


class RepUNet(Network):
    """(n, 1, h, w) grey in -1..1 to logits (n, 4, h/4, w/4)."""

    name = "rep-unet"
    stride = 4

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        cin = 1
        for width, depth in zip(_WIDTHS, _DEPTHS, strict=True):
            blocks = [Branches(cin, width, 2)]
            blocks += [Branches(width, width) for _ in range(depth - 1)]
            self.down.append(nn.Sequential(*blocks))
            cin = width
        fine, coarse = _WIDTHS[1:-1][::-1], _WIDTHS[2:][::-1]
        self.lift = nn.ModuleList(
            nn.Conv2d(wide, narrow, 1) for wide, narrow in zip(coarse, fine, strict=True)
        )
        self.up = nn.ModuleList(Branches(width, width) for width in fine)
        self.classify = classifier(_WIDTHS[1])
        initialise(self)

    def forward(self, image: Tensor) -> Tensor:
        features = []
        x = image
        for stage in self.down:
            x = stage(x)
            features.append(x)
        for lift, up, skip in zip(self.lift, self.up, features[-2:0:-1], strict=True):
            x = functional.interpolate(lift(x), scale_factor=2.0, mode="nearest")
            x = up(x + skip)
        logits: Tensor = self.classify(x)
        return logits

    def deployed(self) -> RepUNet:
        """A copy whose blocks are single convolutions."""
        network = copy.deepcopy(self).eval()
        network.down = nn.ModuleList(_fused(stage) for stage in network.down)
        network.up = nn.ModuleList(_fused(stage) for stage in network.up)
        return network


def _fused(stage: nn.Module) -> nn.Sequential:
    blocks = [block for block in stage.modules() if isinstance(block, Branches)]
    return nn.Sequential(*(block.fused() for block in blocks))
