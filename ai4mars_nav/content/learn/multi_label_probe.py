"""The heads of a multi-label classifier on features that do not change: its floor and start."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ai4mars_nav.content.learn.chain_network import ChainNet, chain_loss, label_loss

F32 = NDArray[np.float32]
_ROUNDS = 150


def fit_heads(network: ChainNet, seen: F32, labels: Tensor, weights: Tensor, pull: float) -> None:
    """Fill both heads and the links by logistic regressions on features (n, 2560), by L-BFGS."""
    x = torch.from_numpy(seen)
    mean, spread = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / spread
    classes = network.classes
    weight = torch.zeros(2 * classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(2 * classes, requires_grad=True)
    links = torch.zeros(classes, classes, requires_grad=True)

    def loss() -> Tensor:
        logits = x @ weight.T + bias
        below = torch.tril(links, -1)
        chained = chain_loss(logits[:, :classes], below, labels, weights)
        alone = label_loss(logits[:, classes:], labels, weights)
        # means over the classes, so that each class has the pull it would have alone
        return chained + alone + pull / classes * (weight.square().sum() + below.square().sum())

    _minimise(loss, [weight, bias, links])
    with torch.no_grad():
        scaled = weight / spread
        head = network.content.head
        head.weight.copy_(scaled[..., None, None])
        assert head.bias is not None
        head.bias.copy_(bias - scaled @ mean)
        network.links.copy_(torch.tril(links, -1))


def _minimise(loss: Callable[[], Tensor], free: list[Tensor]) -> None:
    optimiser = torch.optim.LBFGS(
        free, max_iter=_ROUNDS, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
