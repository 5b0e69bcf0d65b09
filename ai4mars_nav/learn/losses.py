"""What training makes small. Unlabelled pixels never count, and neither does who computes what.

Each loss is a ratio of sums over the pixels of a batch. `total` adds a sum up over the processes
that share the batch, so that several of them have the loss, and the gradient, that one would have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from ai4mars_nav.terrain import CLASSES, UNKNOWN

Total = Callable[[Tensor], Tensor]
Loss = Callable[[Tensor, Tensor, Tensor, Total, float], Tensor]

FOCUS = 2.0  # the exponent of the focal loss
_EVEN = 1.0  # pixels added to both sides of the Dice ratio: a class of few pixels does not rule it


def alone(value: Tensor) -> Tensor:
    """The total of a process that has no others."""
    return value


def cross_entropy(
    logits: Tensor, labels: Tensor, weights: Tensor, total: Total, smoothing: float
) -> Tensor:
    """Class-weighted cross-entropy of logits (n, 4, h, w) on labels (n, h, w), 255 left out.

    `smoothing` of each label is spread over all classes.
    """
    sums = functional.cross_entropy(
        logits, labels, weights, ignore_index=UNKNOWN, reduction="sum", label_smoothing=smoothing
    )
    return total(sums) / _weight(labels, weights, total)


def focal(
    logits: Tensor, labels: Tensor, weights: Tensor, total: Total, smoothing: float
) -> Tensor:
    """Cross-entropy in which a pixel counts by (1 - p)^2 of its own class (Lin et al. 2017)."""
    known = labels != UNKNOWN
    own = torch.where(known, labels, 0).unsqueeze(1)
    p = functional.softmax(logits, 1).gather(1, own).squeeze(1)
    each = functional.cross_entropy(
        logits, labels, weights, ignore_index=UNKNOWN, reduction="none", label_smoothing=smoothing
    )
    return total((each * (1.0 - p) ** FOCUS).sum()) / _weight(labels, weights, total)


def with_dice(
    logits: Tensor, labels: Tensor, weights: Tensor, total: Total, smoothing: float
) -> Tensor:
    """Cross-entropy plus one minus the Dice ratio, the mean over the classes of the batch."""
    known = labels != UNKNOWN
    p = functional.softmax(logits, 1) * known.unsqueeze(1)
    truth = _one_hot(labels)
    over = (0, 2, 3)
    sums = total(torch.stack([(p * truth).sum(over), p.sum(over), truth.sum(over)]))
    both, said, there = sums
    shown = there > 0
    dice = (1.0 - (2.0 * both + _EVEN) / (said + there + _EVEN)) * shown
    mean: Tensor = dice.sum() / shown.sum().clamp(min=1)
    return cross_entropy(logits, labels, weights, total, smoothing) + mean


def with_lovasz(
    logits: Tensor, labels: Tensor, weights: Tensor, total: Total, smoothing: float
) -> Tensor:
    """Cross-entropy plus the Lovász-softmax of each image (Berman et al. 2018), averaged.

    The mean is over the classes that an image shows, then over the images with a label.
    """
    p = functional.softmax(logits, 1)
    pairs = [(a[:, known], b[known]) for a, b in zip(p, labels, strict=True) for known in _any(b)]
    found = [_lovasz(shares, truth) for shares, truth in pairs]
    summed = torch.stack(found).sum() if found else p.sum() * 0.0
    count = total(p.new_tensor(float(len(found)))).clamp(min=1.0)
    return cross_entropy(logits, labels, weights, total, smoothing) + total(summed) / count


def _any(labels: Tensor) -> tuple[Tensor, ...]:
    known = labels != UNKNOWN
    return (known,) if bool(known.any()) else ()


def _lovasz(p: Tensor, truth: Tensor) -> Tensor:
    """Lovász extension of one minus the IoU: shares (4, pixels), truth (pixels,), all known."""
    losses = []
    for index in range(len(CLASSES)):
        own = (truth == index).to(p.dtype)
        if not bool(own.any()):
            continue
        errors, order = torch.sort((own - p[index]).abs(), descending=True)
        own = own[order]
        # one minus the IoU were the pixels down to this one all wrong
        wrong = 1.0 - (own.sum() - own.cumsum(0)) / (own.sum() + (1.0 - own).cumsum(0))
        losses.append(errors @ torch.diff(wrong, prepend=wrong.new_zeros(1)))
    return torch.stack(losses).mean()


def vote_cross_entropy(logits: Tensor, shares: Tensor, weights: Tensor, total: Total) -> Tensor:
    """Class-weighted cross-entropy of logits on shares of votes, both (n, 4, h, w).

    A pixel without votes has shares of zero and does not count.
    """
    weighted = shares * weights[:, None, None]
    sums = -(weighted * functional.log_softmax(logits, 1)).sum()
    return total(sums) / _at_least_some(total(weighted.sum()))


LOSSES: Mapping[str, Loss] = {
    "cross-entropy": cross_entropy,
    "focal": focal,
    "dice": with_dice,
    "lovasz": with_lovasz,
}


def _weight(labels: Tensor, weights: Tensor, total: Total) -> Tensor:
    """The summed weights of the labelled pixels."""
    counts = torch.bincount(labels.flatten(), minlength=len(CLASSES))[: len(CLASSES)]
    return _at_least_some(total((counts * weights).sum()))


def _at_least_some(weight: Tensor) -> Tensor:
    """A batch without a label has the loss 0 and no gradient, not 0/0."""
    return weight.clamp(min=torch.finfo(weight.dtype).tiny)


def _one_hot(labels: Tensor) -> Tensor:
    """Labels (n, h, w) as float32 (n, 4, h, w), all zero where unlabelled."""
    numbers = torch.arange(len(CLASSES), device=labels.device)
    return (labels.unsqueeze(1) == numbers[:, None, None]).float()
