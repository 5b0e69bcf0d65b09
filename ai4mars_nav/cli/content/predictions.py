"""The CSV of `ai4mars content evaluate --predictions`, where a picture is of one class."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai4mars_nav.content.scores import F64, I64
    from ai4mars_nav.content.sidecar import ContentSidecar
    from ai4mars_nav.content.summed import Summed


def write_predictions(
    path: Path, paths: Sequence[str], kinds: I64, shares: F64, sidecar: ContentSidecar | Summed
) -> None:
    """A row a picture; `class` is empty where the classifier abstains, `likeliest` never."""
    import numpy as np

    from ai4mars_nav.dataset.images import write_atomically

    names = sidecar.classes
    answered = np.any(sidecar.answered(shares), axis=1).tolist()

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(
                ["path", "truth", "likeliest", "confidence", "class", "class_number", *names]
            )
            for name, kind, share, sure in zip(paths, kinds, shares, answered, strict=True):
                best = int(share.argmax())
                answer = names[best] if sure else ""
                cells = [f"{value:.6f}" for value in share]
                rows.writerow([name, names[kind], names[best], cells[best], answer, best, *cells])

    write_atomically(path, write)
