"""A multi-label classifier: pictures in, the calibrated probability of each class out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.chain import through_chain
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar, load_multi_label_model
from ai4mars_nav.content.picture_network import Look, PictureNetwork

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]


class MultiLabelClassifier:
    """A network, the chain over its logits, and Platt's scaling."""

    def __init__(self, sidecar: MultiLabelSidecar, content: bytes, threads: int = 1) -> None:
        self.sidecar = sidecar
        self._network = PictureNetwork(sidecar, content, threads)
        self._links = sidecar.links_matrix()

    def logits(self, picture: U8) -> F64:
        """(classes,) of a picture (h, w, 3) RGB: each class's own, before chain and calibration."""
        return self._network.logits(picture)

    def look(self, picture: U8) -> Look:
        """Own logits and what was seen of a picture (h, w, 3) RGB, in one go."""
        return self._network.look(picture)

    def probabilities(self, picture: U8, _: str) -> F64:
        """(classes,) of a picture (h, w, 3) RGB, by any instrument; they need not sum to 1."""
        own = self.logits(picture)[None]
        return np.asarray(through_chain(own, self._links, self.sidecar.platt)[0], np.float64)


def open_multi_label(model: Path, threads: int = 1) -> MultiLabelClassifier:
    """The classifier of an .onnx file with its sidecar."""
    return MultiLabelClassifier(*load_multi_label_model(model), threads)
