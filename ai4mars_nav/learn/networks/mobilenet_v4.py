"""MobileNetV4-Conv-Small (Qin et al. 2024) with a light feature pyramid at stride 4."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.learn.networks.layers import classifier, conv_bn, conv_bn_relu, initialise
from ai4mars_nav.learn.networks.network import Network

_PYRAMID = 64
_TAP_CHANNELS = (32, 64, 96, 128)
# Universal inverted bottlenecks at strides 16 and 32: output channels, kernel of the filter before
# the expansion and of the one inside it (0: none), stride, expansion.
_STAGES = (
    (
        (96, 5, 5, 2, 3.0),
        (96, 0, 3, 1, 2.0),
        (96, 0, 3, 1, 2.0),
        (96, 0, 3, 1, 2.0),
        (96, 0, 3, 1, 2.0),
        (96, 3, 0, 1, 4.0),
    ),
    (
        (128, 3, 3, 2, 6.0),
        (128, 5, 5, 1, 4.0),
        (128, 0, 5, 1, 4.0),
        (128, 0, 5, 1, 3.0),
        (128, 0, 3, 1, 4.0),
        (128, 0, 3, 1, 4.0),
    ),
)


class Bottleneck(nn.Module):
    """(n, cin, h, w) to (n, cout, h/stride, w/stride): filter, expand, filter, project, add."""

    def __init__(
        self, cin: int, cout: int, before: int, inside: int, stride: int, expansion: float
    ) -> None:
        super().__init__()
        wide = int(cin * expansion)
        layers: list[nn.Module] = []
        if before:
            layers.append(conv_bn(cin, cin, before, 1 if inside else stride, groups=cin))
        layers.append(conv_bn_relu(cin, wide, 1))
        if inside:
            layers.append(conv_bn_relu(wide, wide, inside, stride, groups=wide))
        layers.append(conv_bn(wide, cout, 1))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and cin == cout

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class Encoder(nn.Module):
    """(n, 1, h, w) to features of 32, 64, 96 and 128 channels at strides 4, 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            [
                nn.Sequential(
                    conv_bn_relu(1, 32, 3, 2), conv_bn_relu(32, 32, 3, 2), conv_bn_relu(32, 32, 1)
                ),
                nn.Sequential(conv_bn_relu(32, 96, 3, 2), conv_bn_relu(96, 64, 1)),
            ]
        )
        cin = 64
        for stage in _STAGES:
            blocks = []
            for cout, before, inside, stride, expansion in stage:
                blocks.append(Bottleneck(cin, cout, before, inside, stride, expansion))
                cin = cout
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class MobileNetV4(Network):
    """(n, 1, h, w) grey in -1..1 to logits (n, 4, h/4, w/4)."""

    name = "mobilenetv4-s-fpn"
    stride = 4

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.lateral = nn.ModuleList(nn.Conv2d(c, _PYRAMID, 1) for c in _TAP_CHANNELS)
        self.smooth = nn.ModuleList(conv_bn_relu(_PYRAMID, _PYRAMID) for _ in _TAP_CHANNELS)
        self.classify = classifier(_PYRAMID)
        initialise(self)

    def forward(self, image: Tensor) -> Tensor:
        features = self.encoder(image)
        x = self.smooth[3](self.lateral[3](features[3]))
        for level in (2, 1, 0):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.smooth[level](x + self.lateral[level](features[level]))
        logits: Tensor = self.classify(x)
        return logits
