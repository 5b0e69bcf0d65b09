"""The CPU engine behind an accelerator: one that fails in flight costs time, and no frame.

The CPU engine is opened with the accelerator and not when that fails: what can go wrong with it
then goes wrong when a node is configured, not while a rover drives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.errors import DeviceLost, ModelError


class StandBy:
    """An engine that runs on an accelerator until that is lost, and on the CPU from then on."""

    def __init__(self, accelerator: Engine, spare: Engine) -> None:
        """Both have the same model."""
        if (accelerator.model, accelerator.input_shape, accelerator.output_shape) != (
            spare.model,
            spare.input_shape,
            spare.output_shape,
        ):
            raise ModelError(
                f"{accelerator.name} runs {accelerator.model!r}, {spare.name} behind it "
                f"{spare.model!r}: a stand-by must have the same model"
            )
        self._accelerator: Engine | None = accelerator
        self._spare = spare
        self.lost = ""
        """Why the accelerator is not used any more."""
        self.model = spare.model
        self.input_shape = spare.input_shape
        self.output_shape = spare.output_shape

    @property
    def name(self) -> str:
        """What runs the network now."""
        return (self._accelerator or self._spare).name

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of one batch; a frame on which the accelerator fails is run again on the CPU."""
        if self._accelerator is not None:
            try:
                return self._accelerator.infer(batch)
            except DeviceLost as error:
                self._lose(self._accelerator, error)
        return self._spare.infer(batch)

    def close(self) -> None:
        """Give both back; DeviceLost if the accelerator does not let go."""
        self._spare.close()
        if self._accelerator is not None:
            self._accelerator.close()

    def _lose(self, accelerator: Engine, error: DeviceLost) -> None:
        self._accelerator = None
        self.lost = f"{accelerator.name} was lost ({error}); {self._spare.name} goes on"
        try:
            accelerator.close()
        except ModelError as unfreed:
            # a device that is gone may not take its memory back: no reason to stop
            self.lost += f"; closing it failed: {unfreed}"
