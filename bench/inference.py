"""Speed of the terrain network against the AI4Mars paper's DeepLabv3+ ResNet-101, like for like.

Both are made with random weights, exported and rounded by the same code, and timed turn by turn on
one thread: how long a network takes does not depend on what it has learned. Rounded networks are
those of the CPU: int8 weights, uint8 activations. The paper's images have 513 pixels a side; both
networks get 512 of them here, a size that both can halve five times.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from ai4mars_nav.learn.export import to_onnx
from ai4mars_nav.learn.networks.deeplab import DeepLab
from ai4mars_nav.learn.networks.registry import DEFAULT, make_network
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT
from ai4mars_nav.learn.quantise import to_int8
from ai4mars_nav.learn.release import pictures
from measure import Row, compared

SIDES = (256, 512)
REPEATS = {256: 31, 512: 21}
THEIR_REPEATS = {256: 11, 512: 7}
GOALS = {(512, "fp32"): ">= 15", (512, "uint8"): ">= 12"}


@dataclass(frozen=True)
class Call:
    """A network in ONNX Runtime on one thread, with an image to run it on."""

    session: onnxruntime.InferenceSession
    image: np.ndarray

    def __call__(self) -> object:
        return self.session.run([OUTPUT], {INPUT: self.image})


def run() -> list[Row]:
    """All rows; some minutes, most of them the export of the large network."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for side in SIDES:
            ours, theirs = (_both(name, side, Path(folder)) for name in (DEFAULT, DeepLab.name))
            rows += [
                compared(
                    f"{DEFAULT}, {precision}",
                    f"{side}²",
                    ours[precision],
                    f"{DeepLab.name}, {precision}",
                    theirs[precision],
                    REPEATS[side],
                    THEIR_REPEATS[side],
                    GOALS.get((side, precision), ""),
                )
                for precision in ours
            ]
    return rows


def _both(name: str, side: int, folder: Path) -> dict[str, Call]:
    """A network by precision: fp32 and uint8."""
    exact, rounded = folder / f"{name}.onnx", folder / f"{name}-uint8.onnx"
    with contextlib.redirect_stdout(io.StringIO()):  # the exporter tells its progress
        to_onnx(make_network(name).eval().deployed(), exact, name, side)
    to_int8(exact, rounded, name, pictures(side), signed=False)
    return {"fp32": _call(exact, side), "uint8": _call(rounded, side)}


def _call(path: Path, side: int) -> Call:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    image = np.random.default_rng(0).uniform(-1.0, 1.0, (1, 1, side, side)).astype(np.float32)
    return Call(session, image)
