"""The network of a content classifier in ONNX Runtime: pictures in, logits and what it saw out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.network_input import network_input, squeezed
from ai4mars_nav.content.network_sidecar import NetworkSidecar
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.engines.promise import Tensor

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """Of one picture: logits (classes,) before calibration, and what the last layer saw of it."""

    logits: F64
    seen: F32
    """(channels, rows, columns) of the picture as it stands, not of its mirror image."""


class PictureNetwork:
    """One picture at a time, as a CPU likes it best; what its border says is in the logits."""

    def __init__(self, sidecar: NetworkSidecar, content: bytes, threads: int = 1) -> None:
        self._sidecar = sidecar
        seen = sidecar.output.seen
        besides = [] if seen is None else [Tensor(seen.name, "float32", seen.shape)]
        self._engine = OnnxEngine(sidecar, content, threads, besides=besides)

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, before calibration."""
        return self._judged(picture, [self._engine.infer(view) for view in self._views(picture)])

    def look(self, picture: U8) -> Look:
        """Logits and what was seen of a picture (h, w, 3) RGB, in one go."""
        first, *others = self._views(picture)
        logits, seen = self._outputs(first)
        answers = [logits, *(self._engine.infer(view) for view in others)]
        return Look(self._judged(picture, answers), seen[0])

    def seen(self, picture: U8) -> F32:
        """(channels, rows, columns) of a picture (h, w, 3) RGB: one look, for features alone."""
        seen = self._outputs(network_input(picture, self._sidecar.input.height))[1]
        return np.asarray(seen[0], np.float32)

    def _judged(self, picture: U8, answers: Sequence[F32]) -> F64:
        """(classes,) of what the network said of each view of a picture (h, w, 3)."""
        mean = np.mean([each.ravel() for each in answers], axis=0, dtype=np.float64)
        logits = np.asarray(mean, np.float64)
        if (border := self._sidecar.output.border) is not None:
            logits[border.kind] += border.says(picture)
        return logits

    def _outputs(self, view: F32) -> list[F32]:
        if self._sidecar.output.seen is None:
            raise ContentError(
                f"{self._sidecar.model.file}: this network tells its answer, not what it saw; "
                "novelty needs one that was exported with its `seen` output"
            )
        return self._engine.infer_all(view)

    def _views(self, picture: U8) -> list[F32]:
        """The network's inputs of a picture: itself, and its mirror image where that is asked."""
        side = self._sidecar.input.height
        small = squeezed(picture, side)
        views = [small]
        if self._sidecar.mirrored:
            views.append(np.asarray(cv2.flip(small, 1), np.uint8))
        return [network_input(view, side) for view in views]
