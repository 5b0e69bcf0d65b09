"""Where a run computes: on which device, how precisely, and as which of how many processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from ai4mars_nav.learn.errors import LearnError

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Place:
    """The device of one process, its number among `world` of them, the dtype of mixed precision."""

    device: torch.device
    rank: int = 0
    world: int = 1
    precision: torch.dtype | None = None

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and reports."""
        return self.rank == 0

    def total(self, value: Tensor) -> Tensor:
        """The sum of a tensor over all processes; gradients pass."""
        if self.world == 1:
            return value
        summed: Tensor = _Sum.apply(value)  # type: ignore[no-untyped-call]
        return summed

    def share(self, batch: int) -> slice:
        """Which frames of a batch are this process's."""
        if batch % self.world:
            raise LearnError(f"a batch of {batch} cannot be shared by {self.world} processes")
        each = batch // self.world
        return slice(self.rank * each, (self.rank + 1) * each)


ALONE = Place(torch.device("cpu"))


class _Sum(torch.autograd.Function):
    """A sum over processes that is differentiated as one: each hands its gradient to all."""

    @staticmethod
    def forward(_: object, value: Tensor) -> Tensor:
        return _summed(value)

    @staticmethod
    def backward(_: object, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(value: Tensor) -> Tensor:
    value = value.detach().clone(memory_format=torch.contiguous_format)
    dist.all_reduce(value)
    return value


@contextmanager
def joined(choice: str) -> Iterator[Place]:
    """This process's place, as one of those that torchrun started where it did (RANK and so on).

    `choice` is one of DEVICES; gloo joins processes on the CPU, nccl on CUDA. Processes that are
    joined stay so: leaving and joining again can hang, because torchrun keeps the old addresses.
    """
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    device = _device(choice, int(os.environ.get("LOCAL_RANK", "0")))
    place = Place(device, rank, world, _precision(device))
    if world == 1 or dist.is_initialized():
        yield place
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, rank=rank, world_size=world)
    try:
        yield place
    finally:
        dist.destroy_process_group()


def _device(choice: str, local_rank: int) -> torch.device:
    if choice not in DEVICES:
        raise LearnError(f"device {choice!r}: one of {', '.join(DEVICES)} is meant")
    there = torch.cuda.is_available()
    if choice == "cuda" and not there:
        raise LearnError("device cuda: torch sees no CUDA device; `--device cpu` trains without")
    if choice == "cpu" or not there:
        return torch.device("cpu")
    count = torch.cuda.device_count()
    if local_rank >= count:
        raise LearnError(f"{local_rank + 1} processes, but {count} CUDA devices: start {count}")
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)


def _precision(device: torch.device) -> torch.dtype | None:
    """Half the bits where the device is made for it; a CPU computes in float32."""
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
