"""Batch norm over a batch that several processes share: the statistics are those of all of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ai4mars_nav.learn.losses import Total


class SharedBatchNorm(nn.BatchNorm2d):
    """As BatchNorm2d with its parameters and buffers, on any device.

    torch's own SyncBatchNorm refuses the CPU, where the tests and small runs are.
    """

    def __init__(self, own: nn.BatchNorm2d, total: Total) -> None:
        super().__init__(own.num_features, own.eps, own.momentum)
        self.total = total
        self.weight, self.bias = own.weight, own.bias
        self.running_mean, self.running_var = own.running_mean, own.running_var
        self.num_batches_tracked = own.num_batches_tracked
        self.train(own.training)

    def forward(self, input: Tensor) -> Tensor:
        """(n, c, h, w), n this process's share of the batch, to the same."""
        if not self.training:
            return super().forward(input)
        # sums of squares need more digits than half precision has
        x, over = input.float(), (0, 2, 3)
        count = self.total(x.new_tensor(float(x.numel() // x.shape[1])))
        mean = self.total(x.sum(over)) / count
        centred = x - mean[:, None, None]
        variance = self.total((centred * centred).sum(over)) / count
        self._follow(mean, variance * count / (count - 1.0))
        gain = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * gain[:, None, None] + self.bias[:, None, None]).to(input.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += 1


def share_batch_norms(module: nn.Module, total: Total) -> None:
    """Replace every batch norm within the module; parameters and their names stay."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, SharedBatchNorm(child, total))
        else:
            share_batch_norms(child, total)
