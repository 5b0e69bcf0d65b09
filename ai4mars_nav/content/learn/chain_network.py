"""One encoder with two heads: a chain of classifiers, and independent ones to compare it with."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.content.learn.network import ContentNet

FIXED = 5
"""Stages that stay as they are stored, down to 1 / 16 of a picture's side. They are three quarters
of the work, so that what they see of each view is computed once and kept."""
SHALLOW, REDUCED = 96, 16
"""Channels of what they see, and pixels of the picture for one place of it."""


class ChainNet(nn.Module):
    """(n, 3, h, w) RGB in -1..1 to the own logits of the chain and the independent logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.content = ContentNet(2 * classes)
        self.links = nn.Parameter(torch.zeros(classes, classes))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(n, classes) each."""
        return self.heads(self.deep(self.shallow(image)))

    def shallow(self, image: Tensor) -> Tensor:
        """(n, 96, h / 16, w / 16): what the stages that are never trained see."""
        encoder = self.content.encoder
        seen: Tensor = encoder.stem(image)
        for stage in encoder.stages[:FIXED]:
            seen = stage(seen)
        return seen

    def deep(self, seen: Tensor) -> Tensor:
        """(n, 1280, h / 32, w / 32): what the last layer sees, of what the shallow stages saw."""
        for stage in self.content.encoder.stages[FIXED:]:
            seen = stage(seen)
        wide: Tensor = self.content.wide(seen)
        return wide

    def heads(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """(n, classes) each, of what the last layer sees."""
        logits = self.content.judged(seen)[..., 0, 0]
        return logits[:, : self.classes], logits[:, self.classes :]

    def trained_parameters(self) -> list[nn.Parameter]:
        """Those of the deep stages; heads and links are trained, too."""
        stages = self.content.encoder.stages[FIXED:]
        return [*stages.parameters(), *self.content.wide.parameters()]

    def warm_start(self, path: Path) -> None:
        """Fill all but heads and links from stored MobileNetV2 weights."""
        self.content.warm_start(path)

    def linked(self) -> Tensor:
        """(classes, classes): what each class adds to those after it in the chain."""
        return torch.tril(self.links, -1)

    def one_head(self, chain: bool) -> tuple[ContentNet, Tensor]:
        """A network of one of the heads alone, and its links: none where it is independent."""
        rows = slice(0, self.classes) if chain else slice(self.classes, None)
        alone = ContentNet(self.classes)
        kept = {
            key: value[rows] if key.startswith("head.") else value
            for key, value in self.content.state_dict().items()
        }
        alone.load_state_dict(kept)
        links = self.linked().detach()
        return alone.eval().requires_grad_(False), links if chain else torch.zeros_like(links)


def chain_loss(own: Tensor, links: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """As `label_loss`, of the own logits (n, classes) of a chain.

    Each class is given the truth of those before it (Read et al. 2009); where nobody said, none.
    """
    return label_loss(own + labels.clamp(min=0.0) @ links.T, labels, weights)


def label_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Mean cross entropy of labels (n, classes) of 1, 0 or -1 (not said, and not counted).

    `weights` (n,) are of the pictures.
    """
    counted = (labels >= 0).to(logits.dtype) * weights[:, None]
    losses = functional.binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0.0), reduction="none"
    )
    return (losses * counted).sum() / counted.sum().clamp(min=1e-12)
