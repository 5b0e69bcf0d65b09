"""The floor under a network's time on a device: bytes and operations over measured ceilings.

Each convolution must read its input and its weights and write its output once, and do its
multiplications; all else (activations, additions, enlarging) is taken to be free, as in a runtime
that fuses all of it. A convolution can be no faster than the slower of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gpu_clock import milliseconds


@dataclass(frozen=True)
class Ceilings:
    """Bytes a second of a large copy (read and written), operations a second of a large product."""

    bandwidth: float
    operations: float


@dataclass(frozen=True)
class Work:
    """What one convolution must do: numbers read and written, multiplications and additions."""

    numbers: int
    operations: int


def measured(device: torch.device, dtype: torch.dtype, side: int, numbers: int) -> Ceilings:
    """The ceilings of a device: a copy of so many float32, a product of side x side matrices."""
    source = torch.zeros(numbers, device=device)
    target = torch.empty_like(source)
    left = torch.ones(side, side, device=device, dtype=dtype)
    product = torch.empty_like(left)
    copy = _fastest(lambda: target.copy_(source), device)
    multiply = _fastest(lambda: torch.mm(left, left, out=product), device)
    return Ceilings(2 * source.nbytes / copy, 2 * side**3 / multiply)


def work_of(network: nn.Module, image: Tensor) -> list[Work]:
    """The work of each convolution of a network on an image (1, 1, h, w)."""
    found: list[Work] = []

    def note(conv: nn.Module, taken: tuple[Tensor, ...], given: Tensor) -> None:
        assert isinstance(conv, nn.Conv2d)
        weights = conv.weight.numel()
        taps = weights // conv.out_channels
        numbers = taken[0].numel() + weights + given.numel()
        found.append(Work(numbers, 2 * taps * given.numel()))

    hooks = [
        module.register_forward_hook(note)
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]
    try:
        network(image)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def floor_ms(work: list[Work], ceilings: Ceilings, size: int) -> float:
    """Milliseconds below which this work cannot be done, with numbers of `size` bytes."""
    return 1e3 * sum(
        max(each.numbers * size / ceilings.bandwidth, each.operations / ceilings.operations)
        for each in work
    )


def around_ms(frame: int, logits: int, ceilings: Ceilings) -> float:
    """Milliseconds of what stands around the network: so many pixels and logits.

    A byte a pixel is read, and a class (1 byte) and a confidence (4) are written; the logits (4
    bytes each) are read.
    """
    return 1e3 * (6 * frame + 4 * logits) / ceilings.bandwidth


def _fastest(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of some calls."""
    return 1e-3 * float(milliseconds(work, device, 20).min())
