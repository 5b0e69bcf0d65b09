"""What training, evaluation and export ask of every network."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ai4mars_nav.learn.errors import ModelFileError


class Network(nn.Module):
    """(n, 1, h, w) grey in -1..1, h and w multiples of 32, to logits (n, 4, h/stride, w/stride)."""

    stride: int
    name: str

    def warm_parameters(self) -> list[nn.Parameter]:
        """The parameters that stored weights can fill: they learn at the lower rate."""
        return []

    def warm_start(self, path: Path) -> None:
        """Fill those parameters from a file."""
        raise ModelFileError(f"{path}: {self.name} has no part that stored weights could start")

    def deployed(self) -> Network:
        """The network that is exported: itself, or the same function in evaluation mode, made anew.

        Layers that only training needs may be gone.
        """
        return self
