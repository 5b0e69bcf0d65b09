"""Which pictures a step of training sees, and what the network must not learn from that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ai4mars_nav.content.learn.settings import Training
from ai4mars_nav.content.learn.views import view
from ai4mars_nav.content.network_input import OFFSET, SCALE

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
_NEVER = 1e-9
"""Stands for the share of a class without a picture, whose logarithm there is not."""


def shares(support: Sequence[int], evenness: float) -> F64:
    """How often each class is drawn (classes,): as its share to the power 1 - evenness."""
    counts = np.asarray(support, np.float64)
    drawn = np.where(counts > 0, np.maximum(counts, 1.0) ** (1.0 - evenness), 0.0)
    return np.asarray(drawn / drawn.sum(), np.float64)


def log_shares(support: Sequence[int], evenness: float) -> Tensor:
    """Added to the logits in training, so that they do not hold how common a class was.

    (Menon et al. 2021.) What is common changes over a mission: drill holes and wheels are 2.8 % of
    the first 200 sols and two thirds of the next 400.
    """
    prior = np.maximum(shares(support, evenness), _NEVER)
    return torch.from_numpy(np.log(prior)).to(torch.float32)


def batch(
    pictures: Sequence[U8],
    kinds: NDArray[np.int64],
    chance: F64,
    settings: Training,
    step: int,
) -> tuple[Tensor, Tensor]:
    """The views (batch, 3, side, side) of a step and their classes; `chance` is of each picture."""
    rng = np.random.default_rng([settings.seed, step])
    drawn = rng.choice(len(pictures), settings.batch, p=chance)
    views = np.stack([view(pictures[index], settings, rng) for index in drawn])
    inputs = torch.from_numpy(views).permute(0, 3, 1, 2).to(torch.float32)
    inputs = (inputs * SCALE + OFFSET).contiguous(memory_format=torch.channels_last)
    return inputs, torch.from_numpy(kinds[drawn])


def chances(kinds: NDArray[np.int64], support: Sequence[int], evenness: float) -> F64:
    """How likely each picture (n,) is drawn."""
    each = shares(support, evenness) / np.maximum(support, 1)
    chance = each[kinds]
    return np.asarray(chance / chance.sum(), np.float64)
