"""The default network: MobileNetV2 and a light feature pyramid."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.learn.networks.mobilenet_v2 import (
    TAP_CHANNELS,
    Encoder,
    convolution,
    warm_start,
)
from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.terrain import CLASSES

PYRAMID_CHANNELS = 64


class TerrainNet(Network):
    """(n, 1, h, w) grey in -1..1, h and w multiples of 32, to logits (n, 4, h/4, w/4)."""

    name = "terrain-net"
    stride = 4

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        width = PYRAMID_CHANNELS
        self.lateral = nn.ModuleList(convolution(channels, width, 1) for channels in TAP_CHANNELS)
        self.smooth = nn.ModuleList(convolution(width, width, 3) for _ in TAP_CHANNELS)
        self.classify = convolution(width, len(CLASSES), 1)
        nn.init.normal_(self.classify.weight, std=0.01)
        nn.init.zeros_(self.classify.bias)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> Tensor:
        features = self.encoder(image)
        x = functional.relu(self.smooth[3](self.lateral[3](features[3])))
        for level in (2, 1, 0):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = functional.relu(self.smooth[level](x + self.lateral[level](features[level])))
        logits: Tensor = self.classify(x)
        return logits

    def warm_parameters(self) -> list[nn.Parameter]:
        """Those of the encoder."""
        return list(self.encoder.parameters())

    def warm_start(self, path: Path) -> None:
        """Fill the encoder from a folded MobileNetV2 npz."""
        warm_start(self.encoder, path)
