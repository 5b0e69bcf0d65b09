"""From a grey frame to terrain classes with honest confidence, in buffers made once.

Probabilities are calibrated where the network speaks, at the logits' resolution, and only
then enlarged: linear weights keep their sum at one, so no softmax is needed at full size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.errors import ModelError, PerceptionError
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.settings import setting

Size = tuple[int, int]
"""(height, width) in pixels."""


@dataclass(frozen=True)
class SegmenterSettings:
    """What may be chosen about the segmenter beyond what its model's sidecar fixes."""

    abstain_below: float = setting(
        -1.0, "confidence below which a pixel is unknown; -1: as the sidecar says", lo=-1.0, hi=1.0
    )


@dataclass(frozen=True)
class Segmentation:
    """Label values u8, confidence f32 0..1 and probability of big rock f32 0..1, each (h, w).

    The arrays are the segmenter's own buffers: they hold until its next frame. Masked pixels
    (masks.apply) are unknown with confidence 0 and p_big_rock nan: nothing was said of them.
    """

    classes: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    p_big_rock: NDArray[np.float32]


class Segmenter:
    """One model on frames of one size, `image_size` in and `output_size` out."""

    def __init__(
        self,
        engine: Engine,
        sidecar: Sidecar,
        settings: SegmenterSettings,
        image_size: Size,
        output_size: Size,
    ) -> None:
        """Make every buffer; refuse an engine that does not run the sidecar's model."""
        if engine.model != sidecar.name or engine.output_shape != sidecar.output_shape:
            raise ModelError(
                f"the engine runs {engine.model!r} {engine.output_shape}, the sidecar is of "
                f"{sidecar.name!r} {sidecar.output_shape}; open the engine with this model"
            )
        self._engine = engine
        self._image_size = image_size
        self._output_size = output_size
        own = settings.abstain_below
        self.abstain_below = np.float32(sidecar.calibration.abstain_below if own < 0.0 else own)

        _, kinds, rows, columns = sidecar.output_shape
        self._small = np.empty(sidecar.input_shape[2:], dtype=np.uint8)
        self._batch = np.empty(sidecar.input_shape, dtype=np.float32)
        self._probabilities = np.empty((kinds, rows, columns), dtype=np.float32)
        self._planes = np.empty((kinds, *output_size), dtype=np.float32)
        self._best = np.empty((2, *output_size), dtype=np.float32)
        self._winner = np.empty((3, *output_size), dtype=np.uint8)
        self._scale = np.float32(sidecar.preprocessing.scale)
        self._offset = np.float32(sidecar.preprocessing.offset)
        self._class_scale = _column(sidecar.calibration.scale)
        self._class_bias = _column(sidecar.calibration.bias)

    def segment(self, grey: NDArray[np.uint8]) -> Segmentation:
        """Grey frame u8 of `image_size` to classes, confidence and p_big_rock of `output_size`."""
        self._check(grey)
        self._prepare(grey)
        self._calibrate(self._engine.infer(self._batch)[0])
        return self._decide()

    def _check(self, grey: NDArray[np.uint8]) -> None:
        if grey.dtype != np.uint8 or grey.ndim != 2:
            raise PerceptionError(
                f"frame is {grey.dtype} {grey.shape}, must be mono8: uint8 (height, width)"
            )
        if grey.shape != self._image_size:
            raise PerceptionError(
                f"frame is {grey.shape[0]} x {grey.shape[1]} (height x width), the segmenter "
                f"was configured for {self._image_size[0]} x {self._image_size[1]}"
            )

    def _prepare(self, grey: NDArray[np.uint8]) -> None:
        """Fill the network's input from a frame, as the training images were made."""
        height, width = self._small.shape
        cv2.resize(grey, (width, height), dst=self._small, interpolation=cv2.INTER_AREA)
        image = self._batch[0, 0]
        np.multiply(self._small, self._scale, out=image)
        np.add(image, self._offset, out=image)

    def _calibrate(self, logits: NDArray[np.float32]) -> None:
        """Logits (4, rows, cols) to calibrated probabilities at the same resolution."""
        p = self._probabilities
        np.multiply(logits, self._class_scale, out=p)
        np.add(p, self._class_bias, out=p)
        np.subtract(p, p.max(axis=0), out=p)
        np.exp(p, out=p)
        np.divide(p, p.sum(axis=0), out=p)

    def _decide(self) -> Segmentation:
        """Enlarge the probabilities and take the largest, pair by pair; ties go to the lower."""
        height, width = self._output_size
        for small, plane in zip(self._probabilities, self._planes, strict=True):
            cv2.resize(small, (width, height), dst=plane, interpolation=cv2.INTER_LINEAR)
        soil, bedrock, sand, big_rock = self._planes
        lower, upper = self._best
        classes, upper_class, upper_wins = self._winner

        np.greater(bedrock, soil, out=classes.view(np.bool_))
        np.greater(big_rock, sand, out=upper_class.view(np.bool_))
        np.maximum(soil, bedrock, out=lower)
        np.maximum(sand, big_rock, out=upper)
        np.greater(upper, lower, out=upper_wins.view(np.bool_))
        np.add(upper_class, np.uint8(terrain.Terrain.SAND), out=upper_class)
        np.copyto(classes, upper_class, where=upper_wins.view(np.bool_))
        confidence = np.maximum(lower, upper, out=lower)
        unsure = np.less(confidence, self.abstain_below, out=upper_wins.view(np.bool_))
        np.putmask(classes, unsure, terrain.UNKNOWN)
        return Segmentation(classes, confidence, big_rock)


def _column(values: tuple[float, ...]) -> NDArray[np.float32]:
    """Numbers per class as (4, 1, 1)."""
    return np.asarray(values, dtype=np.float32)[:, None, None]
