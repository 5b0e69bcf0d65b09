"""DDRNet-23-slim (Hong et al. 2021): one branch keeps stride 8, another sees far, they exchange."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.learn.networks.layers import (
    classifier,
    conv,
    conv_bn,
    conv_bn_relu,
    enlarged,
    initialise,
)
from ai4mars_nav.learn.networks.network import Network

_WIDTH = 32
_CONTEXT = 128
_HEAD = 64
_POOLS = ((5, 2), (9, 4), (17, 8))  # kernel and stride of the averages that DAPPM looks at


class Basic(nn.Module):
    """(n, cin, h, w) to (n, cout, h/stride, w/stride): two 3x3 filters, added; ReLU is left out."""

    def __init__(self, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(conv_bn_relu(cin, cout, 3, stride), conv_bn(cout, cout))
        same = stride == 1 and cin == cout
        self.shortcut = nn.Identity() if same else conv_bn(cin, cout, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x) + self.shortcut(x)
        return y


class Wide(nn.Module):
    """(n, c, h, w) to (n, 2 c, h/stride, w/stride): a bottleneck; ReLU is left out."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv_bn_relu(channels, channels, 1),
            conv_bn_relu(channels, channels, 3, stride),
            conv_bn(channels, 2 * channels, 1),
        )
        self.shortcut = conv_bn(channels, 2 * channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x) + self.shortcut(x)
        return y


def _stage(cin: int, cout: int, stride: int) -> nn.Sequential:
    return nn.Sequential(Basic(cin, cout, stride), nn.ReLU(), Basic(cout, cout, 1))


def _bn_relu_conv(cin: int, cout: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(cin), nn.ReLU(), conv(cin, cout, kernel))


class Surroundings(nn.Module):
    """(n, cin, h, w) to (n, 128, h, w): averages over ever larger surroundings (DAPPM)."""

    def __init__(self, cin: int) -> None:
        super().__init__()
        self.own = _bn_relu_conv(cin, _CONTEXT, 1)
        pools: list[nn.Module] = [nn.AvgPool2d(k, s, k // 2) for k, s in _POOLS]
        pools.append(nn.AdaptiveAvgPool2d(1))
        self.looks = nn.ModuleList(
            nn.Sequential(pool, _bn_relu_conv(cin, _CONTEXT, 1)) for pool in pools
        )
        self.merges = nn.ModuleList(_bn_relu_conv(_CONTEXT, _CONTEXT, 3) for _ in pools)
        self.join = _bn_relu_conv(_CONTEXT * (1 + len(pools)), _CONTEXT, 1)
        self.shortcut = _bn_relu_conv(cin, _CONTEXT, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = [self.own(x)]
        for look, merge in zip(self.looks, self.merges, strict=True):
            seen.append(merge(enlarged(look(x), x) + seen[-1]))
        joined: Tensor = self.join(torch.cat(seen, 1)) + self.shortcut(x)
        return joined


class DDRNet(Network):
    """(n, 1, h, w) grey in -1..1 to logits (n, 4, h/8, w/8)."""

    name = "ddrnet-23-slim"
    stride = 8

    def __init__(self) -> None:
        super().__init__()
        c = _WIDTH
        self.stem = nn.Sequential(
            conv_bn_relu(1, c, 3, 2),
            conv_bn_relu(c, c, 3, 2),
            _stage(c, c, 1),
            nn.ReLU(),
            _stage(c, 2 * c, 2),
            nn.ReLU(),
        )
        self.deep3, self.fine3 = _stage(2 * c, 4 * c, 2), _stage(2 * c, 2 * c, 1)
        self.up3, self.down3 = conv_bn(4 * c, 2 * c, 1), conv_bn(2 * c, 4 * c, 3, 2)
        self.deep4, self.fine4 = _stage(4 * c, 8 * c, 2), _stage(2 * c, 2 * c, 1)
        self.up4 = conv_bn(8 * c, 2 * c, 1)
        self.down4 = nn.Sequential(conv_bn_relu(2 * c, 4 * c, 3, 2), conv_bn(4 * c, 8 * c, 3, 2))
        self.deep5, self.fine5 = Wide(8 * c, 2), Wide(2 * c, 1)
        self.surroundings = Surroundings(16 * c)
        self.head = nn.Sequential(
            _bn_relu_conv(_CONTEXT, _HEAD, 3),
            nn.BatchNorm2d(_HEAD),
            nn.ReLU(),
            classifier(_HEAD),
        )
        initialise(self)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stem(image)
        deep, fine = functional.relu(self.deep3(x)), functional.relu(self.fine3(x))
        deep, fine = deep + self.down3(fine), fine + enlarged(self.up3(deep), fine)
        deep, fine = self.deep4(functional.relu(deep)), self.fine4(functional.relu(fine))
        deep, fine = functional.relu(deep), functional.relu(fine)
        deep, fine = deep + self.down4(fine), fine + enlarged(self.up4(deep), fine)
        far = self.surroundings(self.deep5(functional.relu(deep)))
        fine = self.fine5(functional.relu(fine))
        logits: Tensor = self.head(fine + enlarged(far, fine))
        return logits
