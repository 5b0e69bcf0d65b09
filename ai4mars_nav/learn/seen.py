"""What a model says of a frame: as it drives, and as its network alone would have said it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn.calibrate import IDENTITY
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.segmenter import Segmentation, Segmenter, SegmenterSettings, Size
from ai4mars_nav.perception.sidecar import Sidecar

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

_WHOLE = SegmenterSettings(abstain_below=0.0)


class _Once:
    """An engine that does not infer the same batch twice in a row."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.model = engine.name, engine.model
        self.input_shape, self.output_shape = engine.input_shape, engine.output_shape
        self._engine = engine
        self._batch: F32 | None = None
        self._logits: F32 = np.empty(0, np.float32)

    def infer(self, batch: F32) -> F32:
        if self._batch is None or not np.array_equal(batch, self._batch):
            self._logits = self._engine.infer(batch)
            self._batch = batch.copy()
        return self._logits

    def close(self) -> None:
        self._engine.close()


class Seer:
    """One model on grey frames of any size, with nothing abstained from."""

    def __init__(self, engine: Engine, sidecar: Sidecar) -> None:
        """Segmenters are made as sizes come."""
        self._engine = _Once(engine)
        self._sidecar = sidecar
        plain = replace(sidecar.calibration, scale=IDENTITY.scale, bias=IDENTITY.bias)
        self._plain = replace(sidecar, calibration=plain)
        self._pairs: dict[tuple[Size, Size], tuple[Segmenter, Segmenter]] = {}

    def see(self, image: U8, size: Size) -> tuple[Segmentation, Segmentation]:
        """A frame (H, W) judged at `size`: as calibrated, and without calibration."""
        key = (image.shape[0], image.shape[1]), size
        if key not in self._pairs:
            self._pairs[key] = (
                Segmenter(self._engine, self._sidecar, _WHOLE, *key),
                Segmenter(self._engine, self._plain, _WHOLE, *key),
            )
        calibrated, plain = self._pairs[key]
        return calibrated.segment(image), plain.segment(image)
