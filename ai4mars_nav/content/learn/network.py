"""The network of all content classifiers: MobileNetV2 with one linear layer over what it saw."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ai4mars_nav.learn.networks.mobilenet_v2 import (
    TAP_CHANNELS,
    Encoder,
    convolution,
    warm_start,
)

WIDE = 1280
STRIDE = 32
"""Pixels of the picture for one place of what the last layer sees."""
FEATURES = 2 * WIDE
_DROPPED = 0.2


class ContentNet(nn.Module):
    """(n, 3, h, w) RGB in -1..1 to logits (n, classes, 1, 1), for any h and w from 64 on."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.encoder = Encoder(bands=3)
        self.wide = nn.Sequential(convolution(TAP_CHANNELS[-1], WIDE, 1), nn.ReLU6())
        self.drop = nn.Dropout(_DROPPED)
        self.head = convolution(FEATURES, classes, 1)

    def seen(self, image: Tensor) -> Tensor:
        """(n, 1280, h / 32, w / 32): what the last layer sees."""
        seen: Tensor = self.wide(self.encoder(image)[-1])
        return seen

    def features(self, image: Tensor) -> Tensor:
        """(n, 2560, 1, 1): mean and maximum of what the last layer sees, over the image."""
        return _pooled(self.seen(image))

    def judged(self, seen: Tensor) -> Tensor:
        """(n, classes, 1, 1) of what the last layer sees."""
        logits: Tensor = self.head(self.drop(_pooled(seen)))
        return logits

    def forward(self, image: Tensor) -> Tensor:
        return self.judged(self.seen(image))

    def warm_start(self, path: Path) -> None:
        """Fill all but the head from stored MobileNetV2 weights."""
        first = self.wide[0]
        assert isinstance(first, nn.Conv2d)
        warm_start(self.encoder, path, first)

    def warm_parameters(self) -> list[nn.Parameter]:
        """All but the head's."""
        return [*self.encoder.parameters(), *self.wide.parameters()]


def _pooled(seen: Tensor) -> Tensor:
    return torch.cat([seen.mean((2, 3), keepdim=True), seen.amax((2, 3), keepdim=True)], 1)
