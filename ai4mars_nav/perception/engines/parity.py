"""The gate before an engine's first use: on stored frames it must say what the CPU engine says."""

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
"""Share of cells of the logits with the same highest class that is asked for."""
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
    same = count = 0
    for frame in frames:
        batch = network_input(frame, sidecar)
        ours, theirs = engine.infer(batch)[0], exact.infer(batch)[0]
        # what is no number agrees with nothing, wherever argmax finds it
        equal = (ours.argmax(axis=0) == theirs.argmax(axis=0)) & np.isfinite(ours).all(axis=0)
        same += int(equal.sum())
        count += equal.size
    return Parity(same / count, exact.name, digest(frames))


def passed(parity: Parity, engine: str) -> None:
    """Refuse an engine that does not pass the gate; `engine` is what it is called."""
    if parity.agreement < GATE:
        raise Disagrees(
            f"{engine}: agrees with {parity.against} in {in_words(parity.agreement)} of the cells "
            f"of the stored frames, {GATE * 1e2:.1f} % are asked for: it is not used"
        )


def in_words(agreement: float) -> str:
    """An agreement in percent; what is not all is never rounded up to it."""
    return f"{np.floor(agreement * 1e4) / 1e2:.2f} %"


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
