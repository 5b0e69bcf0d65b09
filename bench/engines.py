"""Runtimes on the CPU turn by turn: the shipped network in ONNX Runtime and in OpenVINO.

The shipped files at their own size, and the same weights for larger images: the network is fully
convolutional, so only the shape of the input changes. One thread is processor time; two threads are
wall time and want the machine to themselves. OpenVINO is an extra, and is not measured where it is
not installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx

from ai4mars_nav.learn.release import pictures
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.engines.openvino import OpenVinoEngine
from ai4mars_nav.perception.sidecar import Sidecar, load_model
from ai4mars_nav.share import model_file
from measure import Row, Times, row

MODEL = "terrain-256"
PRECISIONS = {"fp32": "", "int8": "-int8", "uint8": "-uint8"}
REPEATS = {256: 41, 512: 21, 1024: 11}
THREADS = (1, 2)
GOALS = ((512, "int8"), (512, "uint8"), (1024, "int8"), (1024, "uint8"))
"""ONNX Runtime must be within 10 % of OpenVINO here, on one thread."""
AGREEMENT = 0.98
"""Share of cells of the same class below which the two do not run the same network."""

REST = 0.03
"""Seconds before each call: threads of the one before it still look about for work."""

Call = Callable[[], object]


def run() -> list[Row]:
    """All rows; about a minute."""
    return [
        _row(precision, side, threads)
        for threads in THREADS
        for side in REPEATS
        for precision in PRECISIONS
    ]


def resized(sidecar: Sidecar, content: bytes, side: int) -> tuple[Sidecar, bytes]:
    """A fully convolutional model for images of another size, a multiple of 32 pixels."""
    network = onnx.load_model_from_string(content)
    graph = network.graph
    for value, pixels in ((graph.input[0], side), (graph.output[0], side // sidecar.output.stride)):
        for axis in (2, 3):
            value.type.tensor_type.shape.dim[axis].dim_value = pixels
    del graph.value_info[:]
    size = replace(sidecar.input, height=side, width=side)
    return replace(sidecar, input=size), network.SerializeToString()


def _row(precision: str, side: int, threads: int) -> Row:
    model = load_model(model_file(f"{MODEL}{PRECISIONS[precision]}"))
    sidecar, content = resized(*model, side)
    image = pictures(side)[1] * np.float32(sidecar.preprocessing.scale)
    batch = (image + np.float32(sidecar.preprocessing.offset))[None, None].astype(np.float32)
    ours = OnnxEngine(sidecar, content, threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    name = f"{precision}, ONNX Runtime, {threads} thread{'s, wall' if threads > 1 else ''}"
    goal = ">= 0.91" if threads == 1 and (side, precision) in GOALS else ""
    try:
        theirs = OpenVinoEngine(sidecar, content, threads)
    except Unavailable:
        (own,) = _by_turns([lambda: ours.infer(batch)], side, clock)
        return {**row(name, f"{side}²", own, goal=goal), "reference": "OpenVINO: not installed"}
    _same(ours, theirs, batch)
    own, other = _by_turns([lambda: ours.infer(batch), lambda: theirs.infer(batch)], side, clock)
    return row(name, f"{side}²", own, theirs.name.split(",")[0], other, goal)


def _same(ours: Engine, theirs: Engine, batch: np.ndarray) -> None:
    agreement = (ours.infer(batch).argmax(1) == theirs.infer(batch).argmax(1)).mean()
    if agreement < AGREEMENT:
        raise RuntimeError(f"{ours.name} and {theirs.name} agree in {agreement:.1%} only")


def _by_turns(calls: list[Call], side: int, clock: Callable[[], float]) -> list[Times]:
    """Milliseconds of each call, turn by turn, so that all meet the same machine."""
    for call in calls:
        call()
    found = np.empty((len(calls), REPEATS[side]))
    for turn in range(REPEATS[side]):
        for number, call in enumerate(calls):
            time.sleep(REST)
            start = clock()
            call()
            found[number, turn] = 1e3 * (clock() - start)
    return list(found)
