"""The linear probe: a head on features that do not change. It is the floor, and the start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ai4mars_nav.content.learn.network import ContentNet
from ai4mars_nav.content.network_input import network_input
from ai4mars_nav.dataset.images import write_atomically

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
_AT_ONCE = 16
_WEIGHT_DECAY = 3e-4
_ROUNDS = 150


def features(network: ContentNet, pictures: Sequence[U8], side: int, kept: Path) -> F32:
    """(n, 2560) of whole pictures; kept in a file, and taken from it if it has as many."""
    if kept.is_file():
        stored = np.load(kept, allow_pickle=False)
        if len(stored) == len(pictures):
            return np.asarray(stored, np.float32)
    network.eval()
    found = []
    for at in range(0, len(pictures), _AT_ONCE):
        inputs = np.concatenate([network_input(p, side) for p in pictures[at : at + _AT_ONCE]])
        with torch.inference_mode():
            tensor = torch.from_numpy(inputs).contiguous(memory_format=torch.channels_last)
            found.append(network.features(tensor)[..., 0, 0].numpy())
    seen: F32 = np.concatenate(found)

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, seen)

    write_atomically(kept, write)
    return seen


def fit_head(
    network: ContentNet, seen: F32, kinds: NDArray[np.int64], offsets: Tensor, weights: Tensor
) -> None:
    """Fill the head by logistic regression of classes (n,) on features (n, 2560), by L-BFGS.

    `offsets` (classes,) are added to the logits, `weights` (n,) are of the pictures.
    """
    x, y = torch.from_numpy(seen), torch.from_numpy(kinds)
    mean, spread = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / spread
    weight = torch.zeros(len(offsets), x.shape[1], requires_grad=True)
    bias = torch.zeros(len(offsets), requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=_ROUNDS, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        losses = functional.cross_entropy(x @ weight.T + bias + offsets, y, reduction="none")
        loss = (losses * weights).sum() / weights.sum() + _WEIGHT_DECAY * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scaled = weight / spread
        network.head.weight.copy_(scaled[..., None, None])
        assert network.head.bias is not None
        network.head.bias.copy_(bias - scaled @ mean)
