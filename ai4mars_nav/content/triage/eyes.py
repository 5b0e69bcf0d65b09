"""The classifiers of whole images as the eyes of triage: what is there, and what was seen where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.calibration import scaled
from ai4mars_nav.content.chain import through_chain
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.kinds import load_any
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar
from ai4mars_nav.content.network_sidecar import NetworkSidecar
from ai4mars_nav.content.picture_network import PictureNetwork
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.content.summed import Summed
from ai4mars_nav.perception.sidecar import proved_content

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Answer = Callable[[F64, str], F64]
"""Logits of the network, and the instrument, to calibrated probabilities (classes,)."""


class ClassifierEyes:
    """A classifier of any kind, whose network tells what it saw, too."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        said = load_any(model)
        self.classes: tuple[str, ...] = said.classes
        sidecar, content, self._answer = _parts(said, model)
        if sidecar.output.seen is None:
            raise ContentError(
                f"{model}: this network tells its answer, not what it saw; triage needs one that "
                "was exported with its `seen` output"
            )
        self._network = PictureNetwork(sidecar, content, threads)

    def look(self, picture: U8, instrument: str) -> tuple[F64, F32]:
        """Calibrated probabilities (classes,), and what was seen where, of (h, w, 3) RGB."""
        look = self._network.look(picture)
        return self._answer(look.logits, instrument), look.seen


def _parts(
    said: ContentSidecar | MultiLabelSidecar | Summed, model: Path
) -> tuple[NetworkSidecar, bytes, Answer]:
    """The network's sidecar and file, and what becomes of its logits."""
    if isinstance(said, Summed):
        return said.of, said.content, lambda logits, by: said.sums(logits[None], [by])[0]
    content = proved_content(model, said.model)
    if isinstance(said, MultiLabelSidecar):
        links = said.links_matrix()
        return said, content, lambda logits, _: through_chain(logits[None], links, said.platt)[0]
    return said, content, lambda logits, by: scaled(logits, said.calibration.of(by))
