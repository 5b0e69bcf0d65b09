"""The gate before an engine's first use: on stored frames it must say what the CPU engine says.

Of a network in fp32 or fp16 every cell counts. Rounded to integers, a cell between two classes
falls to one or the other with the order in which a runtime adds up: there the cells count that the
CPU engine is sure enough of to give them a class, and of all others, which are unknown to the rover
anyway, less is asked. By how much two runtimes of one file differ is in docs/LOG.md, Engines.
"""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.engines.record import Parity
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.share import share

GATE = 0.995
"""Share of cells with the same class that is asked for."""
GATE_OF_ROUNDED = 0.99
"""The same of all cells of a network that is rounded to integers; of those with a class, GATE."""
ROUNDED = ("int8", "uint8")
Frames = list[NDArray[np.uint8]]


class Disagrees(ModelError):
    """An engine that runs, and says other classes than the CPU engine."""


def stored_frames() -> Frames:
    """The grey frames u8 (h, w) of models/parity; tools/parity_frames.py makes them."""
    folder = share() / "models" / "parity"
    paths = sorted(folder.glob("*.png"))
    if not paths:
        raise ModelError(f"{folder}: holds no .png frames; install models/ again")
    return [_read(str(path)) for path in paths]


def digest(frames: Frames) -> str:
    """The sha256 in hex of the frames' pixels and sizes."""
    told = hashlib.sha256()
    for frame in frames:
        told.update(repr(frame.shape).encode())
        told.update(frame.tobytes())
    return told.hexdigest()


def compare(engine: Engine, exact: Engine, sidecar: Sidecar, frames: Frames) -> Parity:
    """How often an engine says what the exact one of the same model says, over all frames."""
    same, decided = [], []
    for frame in frames:
        batch = network_input(frame, sidecar)
        ours, theirs = engine.infer(batch)[0], exact.infer(batch)[0]
        # what is no number agrees with nothing, wherever argmax finds it
        equal = (ours.argmax(axis=0) == theirs.argmax(axis=0)) & np.isfinite(ours).all(axis=0)
        same.append(equal)
        decided.append(_confidence(theirs, sidecar) >= sidecar.calibration.abstain_below)
    equal, sure = np.stack(same), np.stack(decided)
    every = float(equal.mean())
    of_sure = float(equal[sure].mean()) if sure.any() else every
    return Parity(every, of_sure, exact.name, digest(frames))


def passed(parity: Parity, precision: str, engine: str) -> None:
    """Refuse an engine that does not pass the gate for its precision; `engine` is its name."""
    gates = [("all cells", parity.every, GATE)]
    if precision in ROUNDED:
        gates = [
            ("all cells", parity.every, GATE_OF_ROUNDED),
            ("those that have a class", parity.decided, GATE),
        ]
    for which, found, asked in gates:
        if found < asked:
            raise Disagrees(
                f"{engine}: agrees with {parity.against} in {in_words(parity)}, "
                f"{asked * 1e2:.1f} % of {which} are asked for of {precision}: it is not used"
            )


def in_words(parity: Parity) -> str:
    """Both shares in percent; what is not all is never rounded up to it."""
    every, decided = (np.floor(share * 1e4) / 1e2 for share in (parity.every, parity.decided))
    return f"{every:.2f} % of all cells and {decided:.2f} % of those that have a class"


def _confidence(logits: NDArray[np.float32], sidecar: Sidecar) -> NDArray[np.float64]:
    """Calibrated probability (rows, cols) of the best class, as the segmenter has it."""
    calibration = sidecar.calibration
    scale, bias = (np.reshape(v, (-1, 1, 1)) for v in (calibration.scale, calibration.bias))
    scaled = logits * scale + bias
    odds = np.exp(scaled - scaled.max(axis=0))
    confidence: NDArray[np.float64] = odds.max(axis=0) / odds.sum(axis=0)
    return confidence


def network_input(grey: NDArray[np.uint8], sidecar: Sidecar) -> NDArray[np.float32]:
    """A grey frame u8 of any size as the float32 batch (1, 1, height, width) of a model."""
    _, _, height, width = sidecar.input_shape
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    scale, offset = sidecar.preprocessing.scale, sidecar.preprocessing.offset
    batch = small.astype(np.float32) * np.float32(scale) + np.float32(offset)
    return np.ascontiguousarray(batch[None, None])


def _read(path: str) -> NDArray[np.uint8]:
    grey = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ModelError(f"{path}: cannot be read as an image; install models/ again")
    return np.asarray(grey, np.uint8)
