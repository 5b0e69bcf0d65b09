"""DeepLabv3+ on ResNet-101 (Chen et al. 2018, He et al. 2016): the network of the AI4Mars paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.learn.networks.layers import (
    classifier,
    conv_bn,
    conv_bn_relu,
    enlarged,
    initialise,
)
from ai4mars_nav.learn.networks.network import Network

# ResNet-101 at output stride 16: width, blocks, stride and dilation of each stage. The last one
# is dilated instead of strided.
_STAGES = ((64, 3, 1, 1), (128, 4, 2, 1), (256, 23, 2, 1), (512, 3, 1, 2))
_EXPANSION = 4
_ATROUS_RATES = (6, 12, 18)
_CONTEXT = 256
_LOW = 48


class Bottleneck(nn.Module):
    """(n, cin, h, w) to (n, 4 * width, h/stride, w/stride): narrow, filter, widen, add."""

    def __init__(self, cin: int, width: int, stride: int, dilation: int) -> None:
        super().__init__()
        cout = width * _EXPANSION
        self.layers = nn.Sequential(
            conv_bn_relu(cin, width, 1),
            conv_bn_relu(width, width, 3, stride, dilation),
            conv_bn(width, cout, 1),
        )
        same = stride == 1 and cin == cout
        self.shortcut = nn.Identity() if same else conv_bn(cin, cout, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.layers(x) + self.shortcut(x))


class ResNet(nn.Module):
    """(n, 1, h, w) to features of 256 channels at stride 4 and of 2048 channels at stride 16."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn_relu(1, 64, 7, 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList()
        cin = 64
        for width, count, stride, dilation in _STAGES:
            blocks = [Bottleneck(cin, width, stride, dilation)]
            cin = width * _EXPANSION
            blocks += [Bottleneck(cin, width, 1, dilation) for _ in range(count - 1)]
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        low: Tensor = self.stages[0](self.stem(image))
        high = low
        for stage in self.stages[1:]:
            high = stage(high)
        return low, high


class Context(nn.Module):
    """(n, 2048, h, w) to (n, 256, h, w): five views of the surroundings (ASPP), joined."""

    def __init__(self, cin: int) -> None:
        super().__init__()
        self.views = nn.ModuleList([conv_bn_relu(cin, _CONTEXT, 1)])
        self.views.extend(conv_bn_relu(cin, _CONTEXT, 3, 1, rate) for rate in _ATROUS_RATES)
        self.whole = nn.Sequential(nn.AdaptiveAvgPool2d(1), conv_bn_relu(cin, _CONTEXT, 1))
        self.join = conv_bn_relu(_CONTEXT * (len(self.views) + 1), _CONTEXT, 1)

    def forward(self, x: Tensor) -> Tensor:
        whole = self.whole(x).expand(-1, -1, *x.shape[2:])
        joined: Tensor = self.join(torch.cat([*(view(x) for view in self.views), whole], 1))
        return joined


class DeepLab(Network):
    """(n, 1, h, w) grey in -1..1 to logits (n, 4, h/4, w/4)."""

    name = "deeplab-r101"
    stride = 4

    def __init__(self) -> None:
        super().__init__()
        self.encoder = ResNet()
        self.context = Context(_STAGES[-1][0] * _EXPANSION)
        self.low = conv_bn_relu(_STAGES[0][0] * _EXPANSION, _LOW, 1)
        self.decode = nn.Sequential(
            conv_bn_relu(_CONTEXT + _LOW, _CONTEXT),
            conv_bn_relu(_CONTEXT, _CONTEXT),
            classifier(_CONTEXT),
        )
        initialise(self)

    def forward(self, image: Tensor) -> Tensor:
        low, high = self.encoder(image)
        low = self.low(low)
        logits: Tensor = self.decode(torch.cat([enlarged(self.context(high), low), low], 1))
        return logits
