"""How long work takes on a device, by the device's own clock where it has one."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

WARM_UP = 3


def milliseconds(
    work: Callable[[], object], device: torch.device, repeats: int
) -> NDArray[np.float64]:
    """Milliseconds (repeats,) of each call: on a GPU its own, on a CPU until the call returns."""
    for _ in range(WARM_UP):
        work()
    one = _on_cuda if device.type == "cuda" else _here
    return np.array([one(work) for _ in range(repeats)])


def waited(work: Callable[[], object], device: torch.device) -> Callable[[], None]:
    """The work, done when this returns: what a caller on the host waits for."""

    def whole() -> None:
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return whole


def _on_cuda(work: Callable[[], object]) -> float:
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    work()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end))


def _here(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)
