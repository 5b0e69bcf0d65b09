"""The network and the perception path on a CUDA GPU, beside their floor: one table.

    .venv/bin/python bench/gpu.py [--out TABLE.md]

In fp32 (without TF32) and fp16, through torch and CUDA graphs; the shipped weights at the size they
were made for and at 512 and 1024 pixels. `network`: input and output on the device. `path`: a grey
frame on the device to classes and confidence on the device. `end to end`: from pinned host memory
to pinned host memory, by the clock of the host. int8 is TensorRT's: torch has no such convolutions
on a GPU. Not part of `make bench`; without a CUDA device there is nothing to measure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ai4mars_nav.learn.release import pictures
from ai4mars_nav.perception.sidecar import Sidecar, load_model
from ai4mars_nav.share import model_file
from gpu_clock import milliseconds, waited
from gpu_floor import Ceilings, around_ms, floor_ms, measured, work_of
from gpu_path import Perception, captured, shipped_network
from run import markdown

MODEL = "terrain-256"
SIDES = (256, 512, 1024)
FRAME = 1024
PRECISIONS: Mapping[str, torch.dtype] = {"fp32": torch.float32, "fp16": torch.float16}
REPEATS = 200
LARGE_PRODUCT, LARGE_COPY = 8192, 1 << 28
GOALS = {"path": "<= 2 times its floor", "end to end": "< 2 ms"}

Precisions = Mapping[str, torch.dtype]
Row = dict[str, object]


@dataclass(frozen=True)
class Machine:
    """The device, how often each thing is repeated, and the sizes that its ceilings take."""

    device: torch.device
    repeats: int = REPEATS
    product: int = LARGE_PRODUCT
    copy: int = LARGE_COPY


def main() -> int:
    """Print, and keep, the table; a line and nothing else where there is no CUDA device."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="also write the table here (Markdown)")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        print(f"no CUDA device (torch {torch.__version__}): nothing was measured")
        return 0
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    text = table(Machine(torch.device("cuda", 0)), PRECISIONS, SIDES, FRAME)
    print(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    return 0


def table(machine: Machine, precisions: Precisions, sides: tuple[int, ...], frame: int) -> str:
    """The whole table, with the device's name and its ceilings above it."""
    heads, rows = [], []
    for precision, dtype in precisions.items():
        ceilings = measured(machine.device, dtype, machine.product, machine.copy)
        heads.append(
            f"{precision}: a copy {ceilings.bandwidth / 1e9:.0f} GB/s, a product of matrices "
            f"{ceilings.operations / 1e12:.3g} Tera-operations/s"
        )
        for side in sides:
            rows += _rows(machine, ceilings, (precision, dtype), side, frame)
    lines = [f"Machine: {_name(machine.device)}, torch {torch.__version__}"]
    return "\n".join([*lines, *heads, "", *markdown(rows), ""])


def _rows(
    machine: Machine, ceilings: Ceilings, kind: tuple[str, torch.dtype], side: int, frame: int
) -> list[Row]:
    """Network, path and end to end, with frames of frame² and a network of side²."""
    path = model_file(MODEL)
    sidecar, _ = load_model(path)
    network = shipped_network(path)
    work = work_of(network, torch.zeros(1, 1, side, side))
    (precision, dtype), device = kind, machine.device
    perception = Perception(deepcopy(network), sidecar, side, dtype).to(device)
    grey = torch.from_numpy(pictures(frame)[1])
    cells = 4 * (side // network.stride) ** 2
    below = floor_ms(work, ceilings, dtype.itemsize)
    around = around_ms(frame * frame, cells, ceilings)
    with torch.inference_mode():
        batch = _batch(sidecar, side, dtype).to(device)
        steps = {
            "network": captured(lambda: perception.network(batch), device),
            "path": _path(perception, grey.to(device)),
            "end to end": _end_to_end(perception, grey),
        }
        host = torch.device("cpu")
        return [
            _row(
                f"{what}, {precision}",
                f"{side}²" if what == "network" else f"{frame}² to {frame}², network {side}²",
                milliseconds(step, host if what == "end to end" else device, machine.repeats),
                below if what == "network" else below + around,
                GOALS.get(what, ""),
            )
            for what, step in steps.items()
        ]


def _path(perception: Perception, grey: Tensor) -> Callable[[], object]:
    """A frame on the device to classes and confidence there."""
    return captured(lambda: perception(grey), grey.device)


def _end_to_end(perception: Perception, frame: Tensor) -> Callable[[], object]:
    """A frame in host memory to classes and confidence in host memory, when it returns."""
    device = next(perception.parameters()).device
    pinned = device.type == "cuda"
    source = frame.pin_memory() if pinned else frame
    grey = torch.empty_like(frame, device=device)
    outputs: list[Tensor] = []

    def work() -> None:
        grey.copy_(source, non_blocking=True)
        given = perception(grey)
        if not outputs:
            outputs.extend(
                torch.empty(each.shape, dtype=each.dtype, pin_memory=pinned) for each in given
            )
        for target, each in zip(outputs, given, strict=True):
            target.copy_(each, non_blocking=True)

    work()  # makes the outputs, which no graph could
    return waited(captured(work, device), device)


def _batch(sidecar: Sidecar, side: int, dtype: torch.dtype) -> Tensor:
    """The network's input (1, 1, side, side) of a picture."""
    grey = torch.from_numpy(pictures(side)[1])[None, None].float()
    batch = grey * sidecar.preprocessing.scale + sidecar.preprocessing.offset
    return batch.to(dtype).contiguous(memory_format=torch.channels_last)


def _row(name: str, size: str, times: np.ndarray, floor: float, goal: str) -> Row:
    low, median, high = (float(p) for p in np.percentile(times, [10, 50, 90]))
    return {
        "name": name,
        "size": size,
        "median_ms": median,
        "spread_ms": f"{low:.3g} to {high:.3g}",
        "reference": "its floor",
        "reference_ms": floor,
        "ratio": floor / median,
        "goal": goal,
    }


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


if __name__ == "__main__":
    sys.exit(main())
